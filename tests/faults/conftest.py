"""What the tests of faults share."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.forks import Forks, forks
from tests.faults.proxied import build

_MEMORY = Path("/dev/shm")  # noqa: S108  # thousands of copies of HOME: memory is enough, and no disk is worn


@pytest.fixture(scope="session")
def memory() -> Iterator[Path]:
    """Yield a folder in memory, where there is one."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the module that goes wrong."""
    return build(tmp_path_factory.mktemp("proxy"))


@pytest.fixture(scope="session")
def started(memory: Path) -> Iterator[Forks]:
    """Yield a process that has loaded the program."""
    with forks(memory) as running:
        yield running
