"""The guest from the host's side: started, asked, and its sticks plugged in and pulled out."""

import json
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.guest.kernel import ROOT, kernel

Json = Any
"""Whatever JSON can say."""
GUARD = 600.0
"""Seconds that any answer may take: a hang guard, for emulation on a machine at work."""
MODULES = ("xhci-pci", "usb-storage", "uas", "sd_mod", "vfat", "exfat", "nls_cp437", "nls_ascii", "nls_utf8", "usbhid")


class Line:
    """A Unix socket on which both sides speak JSON, line by line. QEMU is the one that calls."""

    def __init__(self, path: Path) -> None:
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()

    def answer_call(self) -> None:
        """Wait until QEMU calls."""
        with self._listening:
            self._listening.settimeout(GUARD)
            self._socket, _ = self._listening.accept()
        self._socket.settimeout(GUARD)
        self._file = self._socket.makefile("rwb")

    def send(self, value: Json) -> None:
        """Say something."""
        self._file.write(json.dumps(value).encode() + b"\n")
        self._file.flush()

    def receive(self) -> Json:
        """Return what the other side says next."""
        line = self._file.readline()
        if not line:
            raise EOFError("the other side hung up")
        return json.loads(line)

    def close(self) -> None:
        """Hang up."""
        self._listening.close()
        with suppress(AttributeError, OSError):  # nobody had called, or what is left to say reaches nobody
            self._socket.close()
            self._file.close()


class Machine:
    """A machine that runs while this is open. Never KVM: in a virtual machine it may be there and not work."""

    def __init__(self, memory: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="guest-")
        self.base = Path(self._folder.name)
        self._console = (self.base / "console").open("wb")
        self._qmp = Line(self.base / "qmp")
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
        self._qmp.answer_call()
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
        with suppress(AttributeError):  # QEMU could not be started
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


class Guest(Machine):
    """The machine with an agent in it, which does what it is asked for."""

    def __init__(self, memory: int = 1024) -> None:
        super().__init__(memory)
        self._agent = Line(self.base / "agent")
        boots = kernel()
        begin = f"modules={','.join(MODULES)} start={ROOT}/tests/guest/start.sh"
        try:
            self.start(
                *("-serial", "stdio", "-kernel", boots.image, "-initrd", boots.initrd),
                *("-append", f"console=ttyS0 quiet panic=-1 {begin}"),
                *("-virtfs", "local,path=/,security_model=none,readonly=on,mount_tag=host,multidevs=remap"),
                *("-device", "virtio-serial", "-chardev", f"socket,id=agent,path={self.base}/agent"),
                *("-device", "virtserialport,chardev=agent,name=host"),
            )
            self._agent.answer_call()
            assert self._agent.receive() == {"ready": True}
        except BaseException as error:
            error.add_note(self.console)
            self.close()
            raise

    def close(self) -> None:
        """End the machine, at once."""
        super().close()
        self._agent.close()

    def ask(self, **question: Json) -> Json:
        """Ask the agent, and return its answer."""
        try:
            self._agent.send(question)
            said = self._agent.receive()
        except (OSError, EOFError) as error:
            error.add_note(self.console[-8000:])
            raise
        assert "error" not in said, said["error"]
        return said["answer"]

    def run(self, *command: str | Path) -> str:
        """Run a program in the guest that has to succeed; return what it printed."""
        done = self.ask(run=[str(each) for each in command])
        assert done["code"] == 0, done
        return str(done["out"])

    def call(self, *arguments: str | Path) -> Json:
        """Run `offline-root` in the guest; return how it ended and what it said."""
        return self.ask(call=[str(each) for each in arguments])

    def python(self, name: str, *arguments: Json) -> Json:
        """Call `module:function` in the guest, and return its value."""
        return self.ask(python=name, arguments=list(arguments))
