"""One guest, and one authority whose log goes on growing in it."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from offline_root.moments import utc_text
from tests.appliance import Appliance, example_policy
from tests.guest.machine import Guest

Recorded = Callable[..., AbstractContextManager[Path]]


@dataclass
class Far:
    """An authority in the guest: its HOME was made here, and what is done there stays there."""

    guest: Guest
    appliance: Appliance

    def export(self, label: str, **mount: str) -> dict[str, Any]:
        """Deliver everything onto a stick, and keep the closing sheet; return how it ended and what was said."""
        clock = utc_text(datetime.now(UTC))
        arguments = ["--home", str(self.appliance.home), "--json", "export", *self.appliance.ceremony(clock=clock)]
        done: dict[str, Any] = self.guest.python("tests.guest.inside:on_stick", label, arguments, mount)
        told = re.search(r"--head ([0-9]+:[0-9a-f]{16})\)", done["err"])
        closing = json.loads(done["out"]).get("closing") if done["out"] else None
        self.appliance.head = closing or (told[1] if told else self.appliance.head)
        return done

    def log_is_whole(self) -> bool:
        """Say whether `log verify` finds nothing."""
        done = self.guest.call("--home", self.appliance.home, "log", "verify")
        return bool(done["code"] == 0)


@pytest.fixture(scope="session")
def guest() -> Iterator[Guest]:
    """Yield the machine."""
    with Guest() as running:
        yield running


@pytest.fixture(scope="session")
def far(guest: Guest, tmp_path_factory: pytest.TempPathFactory) -> Far:
    """Return the authority in it."""
    made = Appliance(tmp_path_factory.mktemp("guest"))
    assert made.create(example_policy()).code == 0
    return Far(guest, made)


@pytest.fixture
def recorded(tmp_path: Path) -> Recorded:
    """Return what serves an image as a file that records its writes, and that is dead after some of them."""

    @contextmanager
    def serving(image: Path, *most: int) -> Iterator[Path]:
        folder = tmp_path / "fuse"
        folder.mkdir()
        server = [sys.executable, "-m", "tests.faults.blocks", str(folder), str(image), str(tmp_path / "record")]
        with subprocess.Popen([*server, *map(str, most)]) as running:
            while not (folder / "disk").exists():
                assert running.poll() is None
            try:
                yield folder / "disk"
            finally:
                subprocess.run(["umount", folder], check=True)
                folder.rmdir()

    return serving
