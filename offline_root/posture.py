"""How closed a machine is: what it reports of itself, judged. It is no proof: a changed machine can report anything.

What other people measured before the machine was started stands beside it, as stated by them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from offline_root.audit.entry import Facts
from offline_root.display import visible
from offline_root.errors import CeremonyError
from offline_root.findings import Severity
from offline_root.selftest import self_test

_CONFIDENTIALITY: Final = "confidentiality"
_HASH = re.compile("[0-9a-f]{32,64}")


class Kept(Enum):
    """Where what is done is kept; the value says it."""

    STATE_DISK = "on the state disk, encrypted"
    MEMORY = "IN MEMORY: all is gone when this machine goes off"
    OTHER = "on a disk of this machine"


@dataclass(frozen=True, slots=True)
class Posture:
    """What a machine reports of itself. `image` is the SHA-256 of its root, empty where it is not the bootable image.

    `interfaces` are those besides lo; `barred` is what is plugged into USB and not used; `clock` is UTC.
    """

    image: str
    lockdown: str
    modules_closed: bool
    interfaces: tuple[str, ...]
    swaps: tuple[str, ...]
    root_read_only: bool
    usb_judged: bool
    barred: tuple[str, ...]
    kept: Kept
    clock: str

    def facts(self) -> Facts:
        """Return it as the audit log keeps it."""
        return {
            "image": self.image or "not the bootable image",
            "kernel": self.lockdown or "not locked down",
            "modules": "closed" if self.modules_closed else "open",
            "interfaces": self.interfaces,
            "swaps": self.swaps,
            "root": "read-only" if self.root_read_only else "writable",
            "usb": "judged" if self.usb_judged else "open",
            "not_used": tuple(map(visible, self.barred)),
            "kept": self.kept.name.lower().replace("_", "-"),
        }


@dataclass(frozen=True, slots=True)
class Measured:
    """The SHA-256 of the image as another machine measured it before the start, and who says so."""

    sha256: str = ""
    by: str = ""

    def facts(self) -> Facts:
        """Return it as the audit log keeps it."""
        return {"measured": self.sha256, "measured_by": visible(self.by)} if self.sha256 else {}


@dataclass(frozen=True, slots=True)
class Judged:
    """One line of the verdict: about what, how bad it is, and what was found."""

    about: str
    severity: Severity
    said: str


def judge_posture(posture: Posture) -> tuple[Judged, ...]:
    """Return the verdict on a machine. On the bootable image what is open stands in the way; elsewhere it is told."""
    bad = Severity.REFUSE if posture.image else Severity.WARN
    good = Severity.INFO
    locked = posture.lockdown == _CONFIDENTIALITY
    kernel = "locked down" if locked else "not locked down"
    modules = "no module can be loaded" if posture.modules_closed else "modules can be loaded"
    root = "cannot be written" if posture.root_read_only else "can be written"
    usb = "judged before it is used" if posture.usb_judged else "used unseen"
    return (
        Judged("Kernel", good if locked and posture.modules_closed else bad, f"{kernel}; {modules}"),
        Judged("Network", bad if posture.interfaces else good, f"interfaces besides lo: {_listed(posture.interfaces)}"),
        Judged("Swap", bad if posture.swaps else good, _listed(posture.swaps)),
        Judged("Root", good if posture.root_read_only else bad, root),
        Judged("USB", good if posture.usb_judged else bad, f"what is plugged in is {usb}"),
        *(Judged("USB", Severity.WARN, f"not used: {each}") for each in posture.barred),
        Judged("Log, keys", Severity.WARN if posture.kept is Kept.MEMORY else good, posture.kept.value),
    )


def judge_self_test(test: Callable[[], tuple[str, ...]] = self_test) -> Judged:
    """Return the verdict of the self-test; what fails it stands in the way anywhere."""
    try:
        return Judged("Self-test", Severity.INFO, ", ".join(test()))
    except CeremonyError as error:
        return Judged("Self-test", Severity.REFUSE, error.what)


def read_measured(sha256: str, by: str) -> Measured:
    """Return what was typed of a measurement: 32 hex digits or more, and by whom; or neither (CeremonyError)."""
    digits = re.sub(r"[\s:-]", "", sha256).lower()
    if not (digits or by):
        return Measured()
    whole = _HASH.fullmatch(digits) is not None
    if not (whole and by):
        raise CeremonyError(
            "That is no SHA-256 with a name.",
            meaning="Nothing was recorded.",
            mend="Type 32 hex digits or more, in groups or not, and who measured them. Or leave both out.",
            retry=True,
            about="by" if whole else "measured",
        )
    return Measured(digits, by)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"
