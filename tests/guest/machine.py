"""The guest from the host's side: started, asked, and its sticks plugged in and pulled out."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.guest.kernel import ROOT, kernel
from tests.guest.line import GUARD, Asked, Bell, Json

MODULES = ("xhci-pci", "usb-storage", "uas", "sd_mod", "vfat", "exfat", "nls_cp437", "nls_ascii", "nls_utf8", "usbhid")


class Machine:
    """A machine that runs while this is open. Never KVM: in a virtual machine it may be there and not work."""

    def __init__(self, memory: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="guest-")
        self.base = Path(self._folder.name)
        self._console = (self.base / "console").open("wb")
        self._bell = Bell(self.base / "qmp")
        self._memory = memory
        self._events: list[dict[str, Any]] = []

    def start(self, *arguments: str | Path) -> None:
        """Start QEMU; `arguments` are what it gets besides memory, USB and randomness."""
        self.process = subprocess.Popen(
            [
                *("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-machine", "q35", "-cpu", "max", "-smp", "2"),
                *("-m", str(self._memory), "-nodefaults", "-no-user-config", "-nic", "none", "-display", "none"),
                *("-no-reboot", "-device", "qemu-xhci,id=xhci", "-device", "virtio-rng-pci"),
                *("-qmp", f"unix:{self.base}/qmp", *map(str, arguments)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=self._console,
            stderr=subprocess.STDOUT,
        )
        self._qmp = self._bell.answer()
        self._qmp.receive()
        self.qmp("qmp_capabilities")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def console(self) -> str:
        """Return what the kernel and the first processes printed."""
        return (self.base / "console").read_text(errors="replace")

    def close(self) -> None:
        """End the machine, at once."""
        self._bell.close()
        with suppress(AttributeError):  # QEMU could not be started, or did not call
            self.process.kill()
            self.process.wait(GUARD)
            self._qmp.close()
        self._console.close()
        self._folder.cleanup()

    def qmp(self, command: str, **arguments: Json) -> Json:
        """Ask QEMU itself; return its answer. Events in between are kept."""
        self._qmp.send({"execute": command, "arguments": arguments})
        while "return" not in (said := self._qmp.receive()):
            assert "error" not in said, said
            self._events.append(said)
        return said["return"]

    def plug(
        self,
        name: str,
        image: Path,
        *,
        serial: str,
        read_only: bool = False,
        block: Json = None,
        device: Json = None,
    ) -> None:
        """Put a stick in, whose octets are those of a file; `block` and `device` say more of both in QEMU's words."""
        file = {"driver": "file", "filename": str(image), "locking": "off"}
        self.qmp(
            "blockdev-add",
            **{"node-name": name, "driver": "raw", "read-only": read_only, "file": file, **(block or {})},
        )
        about = {"driver": "usb-storage", "id": name, "bus": "xhci.0", "drive": name, "serial": serial}
        self.qmp("device_add", removable=True, **about, **(device or {}))

    def pull(self, name: str) -> None:
        """Take a stick out, without a word to the guest before."""
        self.unplug(name)
        self.qmp("blockdev-del", **{"node-name": name})

    @contextmanager
    def plugged(self, image: Path, name: str = "stick", **options: Json) -> Iterator[None]:
        """Put a stick in, and take it out at the end if nobody did."""
        self.plug(name, image, **{"serial": name.upper(), **options})
        try:
            yield
        finally:
            if self.has(name):
                self.pull(name)

    def unplug(self, name: str) -> None:
        """Take any device out."""
        self.qmp("device_del", id=name)
        while not any(
            each["event"] == "DEVICE_DELETED" and each["data"].get("device") == name for each in self._events
        ):
            self._events.append(self._qmp.receive())
        self._events.clear()

    def has(self, name: str) -> bool:
        """Say whether a stick is in."""
        return any(each.get("node-name") == name for each in self.qmp("query-named-block-nodes"))


class Guest(Machine, Asked):
    """The machine with an agent in it."""

    def __init__(self, memory: int = 1024) -> None:
        super().__init__(memory)
        bell = Bell(self.base / "agent")
        boots = kernel()
        self.modules = boots.modules
        begin = f"modules={','.join(MODULES)} start={ROOT}/tests/guest/start.sh"
        try:
            self.start(
                *("-serial", "stdio", "-kernel", boots.image, "-initrd", boots.initrd),
                # On a busy host the emulated timer may be too late for the kernel's test of it, which then panics.
                *("-append", f"console=ttyS0 quiet panic=-1 no_timer_check {begin}"),
                *("-virtfs", "local,path=/,security_model=none,readonly=on,mount_tag=host,multidevs=remap"),
                *("-device", "virtio-serial", "-chardev", f"socket,id=agent,path={self.base}/agent"),
                *("-device", "virtserialport,chardev=agent,name=host"),
            )
            self.agent = bell.answer()
            assert self.agent.receive() == {"ready": True}
        except BaseException as error:
            error.add_note(self.console)
            self.close()
            raise
        finally:
            bell.close()

    def close(self) -> None:
        """End the machine, at once."""
        super().close()
        with suppress(AttributeError):  # the agent did not call
            self.agent.close()
