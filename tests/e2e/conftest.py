"""One OpenBao server for the whole run, and an authority that each test may have a copy of."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.appliance import Appliance, example_policy
from tests.e2e.openbao import OpenBao, serving


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    """Run OpenBao."""
    with serving(tmp_path_factory.mktemp("openbao")) as running:
        yield running


@pytest.fixture
def bao(server: OpenBao, tmp_path: Path) -> Iterator[OpenBao]:
    """Yield OpenBao without any mount, with its administrator in a folder of this test."""
    folder = tmp_path / "online"
    folder.mkdir()
    yield OpenBao(server.address, folder)
    server.empty()


@pytest.fixture(scope="session")
def created(tmp_path_factory: pytest.TempPathFactory) -> Appliance:
    """Return an authority under the policy of the design page. Tests only copy it."""
    made = Appliance(tmp_path_factory.mktemp("created"))
    done = made.create(example_policy())
    assert done.code == 0, done.err
    return made


@pytest.fixture
def appliance(created: Appliance, tmp_path: Path) -> Appliance:
    """Return an authority of this test alone."""
    return created.copy(tmp_path / "appliance")
