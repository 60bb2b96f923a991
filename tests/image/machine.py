"""A machine that boots the image: its kernel and its initramfs, or its media; and the terminal on its serial line."""

import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyte

from image.cpio import File, archive
from image.root import PROJECT
from tests.guest.line import GUARD, Bell
from tests.guest.machine import Machine
from tests.tui.terminal import Screen, Terminal

BUILT = PROJECT / "build" / "image"
_PROBE = r"""#!/bin/busybox sh
# Goes the way of the image's own first process, and starts the probe in the root before its last step.
b=/bin/busybox
$b head -n -1 /init >/first
$b tail -n 1 /init >/last
. /first
$b chroot /root /bin/sh -c 'python3 -I -c "$1" &' probe "$($b cat /probe.py)"
. /last
"""


class Booted(Machine):
    """The image in QEMU, with a terminal on its first serial line."""

    def __init__(self, memory: int = 512) -> None:
        super().__init__(memory)
        self._serial = socket.socket(socket.AF_UNIX)
        self._serial.bind(str(self.base / "serial"))
        self._serial.listen()
        self._called: socket.socket | None = None

    def start(self, *arguments: str | Path) -> None:
        """Start QEMU, with the image as `arguments` say."""
        super().start("-vga", "std", "-serial", f"unix:{self.base}/serial", *arguments)

    def start_kernel(self, *arguments: str | Path, initrd: Path = BUILT / "initrd", more: str = "") -> None:
        """Start QEMU with the image's kernel, without firmware; `more` is for the command line."""
        command_line = f"{(BUILT / 'cmdline').read_text().strip()} terminal=ttyS0 {more}"
        self.start("-kernel", BUILT / "kernel", "-initrd", initrd, "-append", command_line, *arguments)

    def terminal(self) -> Terminal:
        """Return the terminal, as a person would sit before it."""
        if self._called is None:
            self._called, _ = self._serial.accept()
        screen = Screen(80, 24)
        return Terminal(self._called.fileno(), -1, self.process, screen, pyte.ByteStream(screen), guard=GUARD)

    def ended(self, terminal: Terminal) -> int:
        """Wait until the machine is off, reading what it still says; return how QEMU ended."""
        terminal.waits(lambda: self.process.poll() is not None, "the end")
        return self.process.wait()

    def close(self) -> None:
        """End the machine, at once."""
        super().close()
        self._serial.close()
        if self._called:
            self._called.close()


class Probed(Booted):
    """The image, started by its kernel and initramfs, with a probe in it."""

    def __init__(self) -> None:
        super().__init__()
        bell = Bell(self.base / "probe")
        try:
            text = (Path(__file__).parent / "probe.py").read_bytes()
            extra = archive([File("probe", _PROBE.encode(), 0o755), File("probe.py", text)], folders=())
            initrd = self.base / "initrd"
            initrd.write_bytes((BUILT / "initrd").read_bytes() + extra)
            self.start_kernel("-serial", f"unix:{self.base}/probe", initrd=initrd, more="rdinit=/probe")
            self._probe = bell.answer()
            assert self._probe.receive() == {"ready": True}
        except BaseException as error:
            error.add_note(self.console)
            self.close()
            raise
        finally:
            bell.close()

    def ask(self, question: str) -> Any:  # noqa: ANN401 (JSON)
        """Return what the probe's function of this name does."""
        self._probe.send({"ask": question})
        said = self._probe.receive()
        assert "error" not in said, said["error"]
        return said["answer"]

    def close(self) -> None:
        """End the machine, at once."""
        super().close()
        with suppress(AttributeError):  # it did not call
            self._probe.close()
