"""Debian's kernel as a program of this machine, User-Mode Linux: several times as quick as an emulated one.

It has the same FAT of the same version, and partition tables, but neither USB nor exFAT.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.guest.kernel import CACHE
from tests.guest.line import GUARD, Asked, Line

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Program:
    """The kernel, what is loaded before it, and the folder under which `lib/modules` of it lies."""

    kernel: Path
    before: Path
    modules: Path


def program() -> Program:
    """Return the kernel, fetched by apt where it is not there yet: about 40 MB."""
    folder = CACHE.with_name("usermode")
    made = Program(folder / "usr/bin/linux.uml", folder / "registers.so", folder)
    done = folder / "done"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _fetch(folder)
        source = HERE / "registers.c"
        subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", made.before, source], check=True)
        done.touch()
    return made


def _fetch(folder: Path) -> None:
    subprocess.run(["apt-get", "download", "-q", "user-mode-linux"], cwd=folder, check=True, capture_output=True)
    (deb,) = folder.glob("*.deb")
    subprocess.run(["dpkg-deb", "-x", deb, folder], check=True)
    deb.unlink()
    (folder / "lib").mkdir()
    (folder / "usr/lib/uml/modules").rename(folder / "lib/modules")
    (version,) = (folder / "lib/modules").iterdir()
    subprocess.run(["depmod", "-b", folder, version.name], check=True)


class UserMode(Asked):
    """The machine, which runs while this is open. It has one processor."""

    def __init__(self, memory: int = 512) -> None:
        boots = program()
        self.modules = boots.modules
        self._folder = tempfile.TemporaryDirectory(prefix="usermode-")
        self._console = Path(self._folder.name, "console")
        ours, theirs = socket.socketpair()
        self.agent = Line(ours)
        serial = f"fd:{theirs.fileno()},fd:{theirs.fileno()}"
        with theirs, self._console.open("wb") as console:
            self._process = subprocess.Popen(
                [
                    *(
                        boots.kernel,
                        f"mem={memory}M",
                        "log_buf_len=8M",
                        f"uml_dir={self._folder.name}",
                        f"init={HERE}/usermode.sh",
                    ),
                    *("root=/dev/root", "rootfstype=hostfs", "ro", "con=null", "con0=null,fd:1", f"ssl0={serial}"),
                ],
                env={**os.environ, "LD_PRELOAD": str(boots.before), "TMPDIR": "/dev/shm"},  # noqa: S108 (its memory)
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        try:
            assert self.agent.receive() == {"ready": True}
        except BaseException as error:
            error.add_note(self.console)
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def console(self) -> str:
        """Return what the kernel and the first processes printed."""
        return self._console.read_text(errors="replace")

    def close(self) -> None:
        """End the machine, at once: the kernel, and its processes, which are processes here."""
        os.killpg(self._process.pid, 9)
        self._process.wait(GUARD)
        self.agent.close()
        self._folder.cleanup()
