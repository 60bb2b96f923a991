"""Mounting a stick, for as long as something is read or written and not longer.

By the kernel; by the process with rights that the bootable image has (image/helper.py); or by udisks2.
"""

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from tempfile import mkdtemp
from typing import Final, Protocol

from usb_transfer import appliance
from usb_transfer.errors import VolumeError
from usb_transfer.sticks import Stick

SECONDS: Final = 60.0
"""How long mounting or unmounting may take; unmounting waits until everything is written."""

_SAFE: Final = "nosuid,nodev,noexec"
_FORMS: Final = {"vfat": "utf8=1,umask=077", "exfat": "umask=077"}
_WRITING: Final = {"vfat": "rw,flush", "exfat": "rw"}
_MOUNTS: Final = Path("/proc/self/mountinfo")


@dataclass(frozen=True, slots=True)
class Mounted:
    """A mounted stick: where, and how to unmount it (VolumeError). Then what was written is on it."""

    at: Path
    unmount: Callable[[], None]


class Mounting(Protocol):
    """A way to mount."""

    def __call__(self, stick: Stick, *, write: bool) -> Mounted:
        """Mount a stick, read-only unless `write` (VolumeError)."""
        ...


def by_kernel(stick: Stick, *, write: bool) -> Mounted:
    """Mount with mount(8), where this program has the right to, on a folder of its own (VolumeError)."""
    at = Path(mkdtemp(prefix="offline-root-stick-"))
    how = _WRITING[stick.file_system] if write else "ro"
    options = f"{how},{_SAFE},{_FORMS[stick.file_system]}"

    def unmount() -> None:
        _run("umount", "--", str(at))
        at.rmdir()

    try:
        _run("mount", "-t", stick.file_system, "-o", options, "--", stick.node, str(at))
    except VolumeError:
        at.rmdir()
        raise
    return Mounted(at, unmount)


def by_helper(stick: Stick, *, write: bool) -> Mounted:
    """Have the bootable image's process with rights mount it (VolumeError)."""
    _ask(f"mount {'rw' if write else 'ro'} {stick.file_system} {Path(stick.node).name}")
    return Mounted(appliance.FOLDER / "stick", lambda: _ask("unmount"))


def by_udisks(stick: Stick, *, write: bool) -> Mounted:
    """Mount with udisks2, where it wants. A desktop that was quicker mounted it in its own way: that is undone."""

    def unmount() -> None:
        _run("udisksctl", "unmount", "--no-user-interaction", "-b", stick.node)

    if mounted_at(stick.node, _MOUNTS.read_text(errors="surrogateescape")):
        unmount()
    options = f"{'rw' if write else 'ro'},{_SAFE}"
    _run("udisksctl", "mount", "--no-user-interaction", "-b", stick.node, "-t", stick.file_system, "-o", options)
    at = mounted_at(stick.node, _MOUNTS.read_text(errors="surrogateescape"))
    if at is None:
        raise _failed("mounted", f"{stick.node} is not mounted after all")
    return Mounted(at, unmount)


def mounted_at(node: str, mounts: str) -> Path | None:
    """Return where a device is mounted, by the newest line of `mounts` (proc(5), /proc/self/mountinfo)."""
    at = None
    for line in mounts.splitlines():
        fields, _, rest = line.partition(" - ")
        if rest.split(" ")[1:2] == [node]:
            # Spaces and the like are octal escapes; everything else is bytes as they are.
            octets = fields.split(" ")[4].encode("utf-8", "surrogateescape").decode("latin-1")
            at = Path(os.fsdecode(octets.encode("latin-1").decode("unicode_escape").encode("latin-1")))
    return at


def way_to_mount() -> Mounting:
    """Return how this program can mount here (VolumeError)."""
    if os.geteuid() == 0:
        return by_kernel
    if appliance.has_helper():
        return by_helper
    if which("udisksctl"):
        return by_udisks
    raise VolumeError(
        "Sticks cannot be mounted: this program has no root rights, and udisks2 is not installed.",
        meaning="Nothing was read or written.",
        mend="Mount the stick yourself and name its folder: --stick DIR.",
        retry=True,
    )


def _ask(question: str) -> None:
    if why := appliance.ask(question):
        raise _failed("mounted or unmounted", why)


def _run(*command: str) -> None:
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, errors="replace", env=environment, timeout=SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(f"mounted or unmounted ({command[0]})", str(error)) from error
    if done.returncode:
        said = done.stderr.split("\n")
        why = next((each.strip() for each in said if each.strip()), f"{command[0]} ended with {done.returncode}")
        raise _failed("mounted or unmounted", why)


def _failed(what: str, why: str) -> VolumeError:
    return VolumeError(
        f"The stick could not be {what}: {why}",
        meaning="Nothing on it can be relied on. Everything that was signed is safe in the audit log.",
        mend="Take it out and put it in again, or take another one; then try again.",
        retry=True,
    )
