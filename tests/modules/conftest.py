"""The modules under contract. What each of them supports is printed at the end of the run (tests/conftest.py)."""

from collections.abc import Callable, Iterator

import pytest

from tests.modules.stands import STANDS, Stand

Support = Callable[[str, str], None]
"""Notes for the table: what was tried, and how it went."""


@pytest.fixture(scope="session", params=STANDS)
def stand(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Yield each module in turn, with an empty token."""
    with STANDS[request.param](tmp_path_factory.mktemp(request.param)) as made:
        yield made


@pytest.fixture
def support(stand: Stand, record_property: Callable[[str, object], None]) -> Support:
    return lambda what, how: record_property("module", (stand.name, what, how))
