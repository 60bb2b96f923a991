"""What a fold has gathered so far: the fields of `State`, in a form that grows in place."""

from dataclasses import dataclass, field

from offline_root.audit.entry import Entry
from offline_root.audit.state import NO_NUMBER, NO_ROOT, Correction, RootKey, State
from offline_root.audit.watch import Alarm, Head
from offline_root.model import Crl, CrlNumber, Der, Intent, Issued, Revocation, Serial
from offline_root.shares import Purpose, ShareSet


@dataclass(slots=True)
class SoFar:
    """The fields are those of `State`; `last` is the entry that was taken last."""

    authority: str = ""
    origin: str = ""
    rehearsal: bool = False
    policy: str = ""
    root: Der = NO_ROOT
    verifier: str = ""
    former: list[str] = field(default_factory=list)
    root_key: RootKey = RootKey.IN_USE
    token_label: str = ""
    token_serial: str = ""
    issued: list[Issued] = field(default_factory=list)
    intents: dict[str, Intent] = field(default_factory=dict)
    failed: list[Intent] = field(default_factory=list)
    revocations: dict[Serial, Revocation] = field(default_factory=dict)
    crl: Crl | None = None
    crl_number: CrlNumber = NO_NUMBER
    attempts: int = 0
    ceremony: str = ""
    unlocked: bool = False
    sheets: list[int] = field(default_factory=list)
    seals: dict[str, str] = field(default_factory=dict)
    alarms: list[Alarm] = field(default_factory=list)
    explained: list[Head] = field(default_factory=list)
    sets: dict[Purpose, ShareSet] = field(default_factory=dict)
    offered: ShareSet | None = None
    strangers: tuple[str, ...] = ()
    set_up_ended: bool = False
    corrections: list[Correction] = field(default_factory=list)
    last: Entry | None = None

    def state(self) -> State:
        """Return the state after all entries so far."""
        return State(
            authority=self.authority,
            origin=self.origin,
            rehearsal=self.rehearsal,
            policy=self.policy,
            root=self.root,
            verifier=self.verifier,
            former=tuple(self.former),
            root_key=self.root_key,
            token_label=self.token_label,
            token_serial=self.token_serial,
            issued=tuple(self.issued),
            intents=tuple(self.intents.values()),
            failed=tuple(self.failed),
            revocations=tuple(self.revocations.values()),
            crl=self.crl,
            crl_number=self.crl_number,
            attempts=self.attempts,
            ceremony=self.ceremony,
            unlocked=self.unlocked,
            sheets=tuple(self.sheets),
            seals=tuple(self.seals.items()),
            alarms=tuple(self.alarms),
            explained=tuple(self.explained),
            sets=tuple(self.sets.values()),
            offered=self.offered,
            strangers=self.strangers,
            set_up_ended=self.set_up_ended,
            corrections=tuple(self.corrections),
            size=self.last.seq + 1 if self.last else 0,
            last_time=self.last.time if self.last else "",
        )
