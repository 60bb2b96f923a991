"""This machine, as far as the screens speak of it: what it reports of itself, and what on USB it does not use."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import usb_transfer
from offline_root.moments import utc_text
from offline_root.ports import Clock
from offline_root.posture import Kept, Posture
from offline_root.wire import SystemClock

Barred: TypeAlias = usb_transfer.Barred


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine that this program runs on; `root` is where its folders are."""

    root: Path = Path("/")
    clock: Clock = field(default_factory=SystemClock)

    def barred(self) -> tuple[Barred, ...]:
        """Return the devices that are plugged in and not used: on the bootable image only."""
        return usb_transfer.barred()

    def admit(self, device: Barred) -> bool:
        """Let in a keyboard that people were asked about; False where it is not there any more."""
        return usb_transfer.admit(device)

    def posture(self, home: Path) -> Posture:
        """Return what it reports of itself; `home` is where everything is kept."""
        mounts = [line.split(" ") for line in self._text("proc/self/mounts").splitlines()]
        options = [fields[3].split(",") for fields in mounts if fields[1] == "/"]
        return Posture(
            image=usb_transfer.image_hash(),
            lockdown=self._text("sys/kernel/security/lockdown").partition("[")[2].partition("]")[0],
            modules_closed=self._text("proc/sys/kernel/modules_disabled") == "1",
            interfaces=tuple(each for each in self._names("sys/class/net") if each != "lo"),
            swaps=tuple(line.split()[0] for line in self._text("proc/swaps").splitlines()[1:]),
            root_read_only=any("ro" in each for each in options[-1:]),
            usb_judged=self._text("sys/module/usbcore/parameters/authorized_default") == "0",
            barred=tuple(f"{each.said} {each.reason}" for each in self.barred()),
            kept=_kept(home, mounts),
            clock=utc_text(self.clock.now()),
        )

    def _names(self, folder: str) -> list[str]:
        at = self.root / folder
        return sorted(each.name for each in at.iterdir()) if at.is_dir() else []

    def _text(self, name: str) -> str:
        """Return one of the kernel's files; nothing where it has none, or tells this user nothing."""
        try:
            return (self.root / name).read_text(errors="replace").strip()
        except OSError:
            return ""


def _kept(home: Path, mounts: list[list[str]]) -> Kept:
    """Return where a folder is kept, by the mount nearest above it; of two on one place the later one counts."""
    above = {str(home), *map(str, home.parents)}
    found = [(len(at), place, source, at, kind) for place, (source, at, kind, *_) in enumerate(mounts) if at in above]
    *_, source, at, kind = max(found, default=(0, 0, "", "", ""))
    if kind in ("tmpfs", "ramfs"):
        return Kept.MEMORY
    return Kept.STATE_DISK if (source, at) == ("/dev/mapper/state", str(home)) else Kept.OTHER
