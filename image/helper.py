"""The one process with rights that the program may ask: it mounts sticks, opens the state disk, and lets in a keyboard.

A question is one packet on a Unix socket that only the program's user can reach: a verb and its words, and on a second
line the passphrase where one is needed. The answer is one packet too: `ok`, or why not. A device is named as the kernel
names it, and is taken only if it hangs on USB. There is no shell, and no option, folder or node comes from outside.
Runs as root. Only the standard library.
"""

import hashlib
import os
import re
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from image.bus import Bus

SOCKET = Path("/run/offline-root/helper")
REPORTED = Path("/run/offline-root/image")
ROOT = Path("/dev/loop0")
"""The root, which is in memory: the one thing that this machine mounts by a loop device."""
STICK = Path("/run/offline-root/stick")
HOME = Path("/var/lib/offline-root")
MAPPED = Path("/dev/mapper/state")
USER = 1000
LONGEST = 1024
"""Octets of a question with its passphrase; what is longer is cut, and so refused."""
SECONDS, LONG = 50.0, 250.0
"""How long a program may take with a stick, and with the state disk: less than whoever asks will wait."""
_MAKING = ("--batch-mode", "--type", "luks2", "--pbkdf", "argon2id", "--pbkdf-memory", "131072", "--key-file", "-")
"""128 MiB for each guess at the passphrase: what a machine with 512 MiB can spare."""

_SAFE = f"nosuid,nodev,noexec,umask=077,uid={USER},gid={USER}"
_OPTIONS: Final[Mapping[tuple[str, str], str]] = {
    ("ro", "vfat"): f"ro,utf8=1,{_SAFE}",
    ("rw", "vfat"): f"rw,flush,utf8=1,{_SAFE}",
    ("ro", "exfat"): f"ro,{_SAFE}",
    ("rw", "exfat"): f"rw,{_SAFE}",
}
_NAME = re.compile(r"sd[a-z]{1,2}[0-9]{0,2}", re.ASCII)
_ON_USB = re.compile(r"/usb[0-9]+/", re.ASCII)


class Refused(Exception):
    """Nothing was done, and why; it is what the answer says."""


@dataclass(frozen=True, slots=True)
class Helper:
    """Answers questions; `devices` is the kernel's folder of block devices, `bus` that of devices on USB."""

    devices: Path = Path("/sys/class/block")
    bus: Bus = field(default_factory=Bus)

    def answer(self, question: bytes) -> bytes:
        """Return the answer to a question, whatever it is."""
        try:
            asked, _, secret = question.partition(b"\n")
            self._do(asked.decode("ascii", "replace"), secret)
        except Refused as refused:
            return str(refused).encode("ascii", "replace")
        return b"ok"

    def _do(self, question: str, secret: bytes) -> None:
        match question.split(" "):
            case ["mount", mode, kind, name] if (mode, kind) in _OPTIONS:
                self._mount(kind, _OPTIONS[mode, kind], self._node(name))
            case ["unmount"]:
                self.run("umount", "--", str(STICK))
            case ["keyboard", port, number]:
                if not self.bus.admit(port, number):
                    raise Refused("no such keyboard waits there")
            case ["state-make", name] if secret:
                node = self._node(name)
                self._check_closed()
                self.run("cryptsetup", *_MAKING, "luksFormat", "--", node, secret=secret)
                self._open(node, secret, new=True)
            case ["state-open", name] if secret:
                node = self._node(name)
                self._check_closed()
                self._open(node, secret, new=False)
            case _:
                raise Refused("there is no such verb, or not with these words")

    def _node(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise Refused("that is no name of a disk")
        link = self.devices / name
        if not (link.is_symlink() and _ON_USB.search(str(link.resolve()))):
            raise Refused("there is no such disk on USB")
        return f"/dev/{name}"

    def _mount(self, kind: str, options: str, node: str) -> None:
        if os.path.ismount(STICK):  # whoever had it mounted has ended without a word
            self.run("umount", "--", str(STICK))
        self.run("mount", "-t", kind, "-o", options, "--", node, str(STICK))

    def _check_closed(self) -> None:
        if MAPPED.exists():
            raise Refused("a state disk is open already")

    def _open(self, node: str, secret: bytes, *, new: bool) -> None:
        self.run("cryptsetup", "--type", "luks2", "--key-file", "-", "open", "--", node, MAPPED.name, secret=secret)
        try:
            if new:
                owner = f"root_owner={USER}:{USER}"
                self.run("mkfs.ext4", "-q", "-L", "offline-root", "-E", owner, str(MAPPED))
            options = "rw,nosuid,nodev,noexec,errors=remount-ro"
            self.run("mount", "-t", "ext4", "-o", options, "--", str(MAPPED), str(HOME))
        except Refused:
            self.run("cryptsetup", "close", MAPPED.name)
            raise

    def run(self, *command: str, secret: bytes = b"") -> None:
        """Run a program to its end (Refused)."""
        try:
            done = subprocess.run(
                command, input=secret, capture_output=True, timeout=LONG if secret else SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Refused(str(error)) from error
        if done.returncode:
            said = done.stderr.decode("ascii", "replace").strip().splitlines()
            raise Refused(said[0] if said else f"{command[0]} ended with {done.returncode}")


def serve(helper: Helper, listening: socket.socket) -> None:
    """Answer one question after the other, for ever. Whoever asks nothing, or hangs up, is left."""
    while True:
        asking, _ = listening.accept()
        with asking:
            asking.settimeout(SECONDS)
            try:
                asking.send(helper.answer(asking.recv(LONGEST)))
            except OSError:
                continue


def main() -> None:
    """Open the socket for the program's user, and serve."""
    STICK.mkdir(parents=True, mode=0o755, exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(str(SOCKET))
        SOCKET.chmod(0o600)
        os.chown(SOCKET, USER, USER)
        listening.listen()
        with ROOT.open("rb") as root:  # who asks meanwhile waits
            REPORTED.write_text(hashlib.file_digest(root, "sha256").hexdigest())
        serve(Helper(), listening)


if __name__ == "__main__":
    main()
