"""An authority for the tests of the command line, made once and copied."""

from pathlib import Path

import pytest

from tests.appliance import Appliance, example_policy
from tests.requests import request, written


@pytest.fixture(scope="session")
def created(tmp_path_factory: pytest.TempPathFactory) -> Appliance:
    """Return an authority under the policy of the design page. Tests only copy it, or read it."""
    made = Appliance(tmp_path_factory.mktemp("created"))
    done = made.create(example_policy())
    assert done.code == 0, done.err
    return made


@pytest.fixture
def appliance(created: Appliance, tmp_path: Path) -> Appliance:
    """Return an authority of this test alone."""
    return created.copy(tmp_path / "appliance")


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """Return the file of a request that `test` accepts."""
    return written(tmp_path, "good.csr", request())
