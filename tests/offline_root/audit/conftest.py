"""A folder with a log in it."""

from pathlib import Path

import pytest

from tests.offline_root.audit.logs import make_log


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder that has a good log of 5 lines and nothing else."""
    folder = tmp_path / "audit"
    folder.mkdir(mode=0o700)
    (folder / "log.jsonl").write_bytes(make_log(5))
    return folder
