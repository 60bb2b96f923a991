"""The frame of every ceremony: open, unlock, then the work, then state, deliver, close.

The order is kept here; every fact is durable in the audit log before a method returns. `station` does the work.
"""

from collections.abc import Sequence
from contextlib import ExitStack

from offline_root import leftovers
from offline_root.alarm import SETTLE, Stick, Use, check_calm, look, new_alarms, record, remembered, stop, unlogged
from offline_root.audit.chain import CheckpointCheck
from offline_root.audit.entry import Entry
from offline_root.audit.ledger import Ledger
from offline_root.audit.state import State
from offline_root.audit.watch import Alarm, Evidence
from offline_root.closing import ClosingSheet
from offline_root.delivery import Delivered, deliver
from offline_root.deviations import read_seals
from offline_root.display import visible
from offline_root.errors import PolicyError, TokenError, TokenTrouble
from offline_root.model import ROOT, Approval, Crl, Issued, People, Refused
from offline_root.moments import utc_text
from offline_root.opening import ADOPT, Opening, check_opening, check_signed_head, judge_signed_head, opened
from offline_root.order import elsewhere, out_of_order
from offline_root.policy.force import in_force
from offline_root.policy.model import EnvironmentPolicy, Policy
from offline_root.ports import AuditLog, Clock, Randomness, Tokens, Volume
from offline_root.restore import Known, crl_facts, revoked, unknown
from offline_root.selftest import self_test
from offline_root.shares import Share, entered, pin_of
from offline_root.signer import Signer, unlock
from offline_root.statement import Statement, check_agreed


class Ceremony:
    """An authority whose log is open and ours alone, and the people around it."""

    def __init__(
        self,
        log: AuditLog,
        *,
        policy_copy: str,
        tokens: Tokens,
        clock: Clock,
        randomness: Randomness,
        others: Sequence[State] = (),
    ) -> None:
        """Take an open log, if the self-test, which says what it `tested`, finds everything right (CeremonyError).

        `policy_copy` is the text of policy.toml; `others` are the other authorities in HOME.
        """
        self._ledger = Ledger(log, clock)
        self._policy_copy = policy_copy
        self._tokens = tokens
        self._clock = clock
        self._randomness = randomness
        self._others = others
        self.tested = self_test()
        self._people: People | None = None
        self._kind = ""
        self._over = False
        self._signer: Signer | None = None
        self._approved: list[Approval] = []
        self._batch_begun = False
        self._hashes: dict[str, str] = {}
        self._issued: list[Issued] = []
        self._refused: list[Refused] = []
        self._statements: list[Statement] = []
        self._delivered: list[Delivered] = []
        self._read_from: set[tuple[tuple[str, str], ...]] = set()

    @property
    def state(self) -> State:
        """Return what the log amounts to."""
        return self._ledger.state

    @property
    def entries(self) -> Sequence[Entry]:
        """Return every line of the log."""
        return self._ledger.log.entries

    @property
    def policy(self) -> Policy:
        """Return the policy in force (PolicyError)."""
        return in_force(self.state)

    def environment(self, name: str) -> EnvironmentPolicy:
        """Return an environment of the policy (PolicyError)."""
        found = self.policy.environment(name)
        if found is None:
            raise PolicyError(
                f"The policy has no environment '{visible(name)}'.",
                meaning="Nothing was done.",
                mend="Choose the one on the paper slip: " + ", ".join(each.name for each in self.policy.environments),
                retry=True,
            )
        return found

    @property
    def machine_time(self) -> str:
        """Return what the machine's clock says, UTC text."""
        return utc_text(self._clock.now())

    @property
    def signed_head(self) -> CheckpointCheck:
        """Return how the newest checkpoint and the log go together."""
        return judge_signed_head(self._ledger.log.text, self._ledger.log.checkpoint, self.state)

    @property
    def tail(self) -> Sequence[Entry]:
        """Return the lines that no checkpoint covers yet: an opening asks a person to accept them (AuditError)."""
        log = self._ledger.log
        return log.entries[check_signed_head(log.text, log.checkpoint, self.state).covered :]

    def open(self, stated: Opening, sticks: Sequence[Stick] = ()) -> None:
        """Open the ceremony, or say why not (StationError); nothing is recorded then.

        But what lies on `sticks` may raise an alarm: it is recorded, and the ceremony is over (AlarmStands).
        """
        if self._people or self._over:
            raise out_of_order("A ceremony was opened here before.", "Start the program again for the next ceremony.")
        if stated.kind != SETTLE:
            check_calm(self.state)
        log = self._ledger.log
        checked = check_opening(stated, self._clock.now(), self.policy, self._policy_copy, log, self.state)
        seen = tuple(look(each, self.state) for each in sticks)
        found = tuple(each for _, ours in seen for each in ours)
        if stated.kind == SETTLE and not (self.state.alarms or checked.alarms or self._new(found)):
            raise out_of_order("There is no alarm to settle.", "`offline-root status` says where things stand.")
        self._ledger.record("ceremony-opened", opened(stated, self.state.authority, self.tested))
        self._people, self._kind = stated.people, stated.kind
        leftovers.record(self._ledger, self._tokens)
        if checked.tail:
            self._ledger.record("unsigned-tail-accepted", {"lines": checked.tail, "by": stated.people.operator})
        for each in checked.deviations:
            self._ledger.record(each.event, each.explained(stated.because, stated.people))
        record(self._ledger, checked.alarms)
        for about, _ in seen:
            self._ledger.record("stick-seen", about)
        self._hear(found)

    def see(self, stick: Stick, use: Use) -> str:
        """Record a chosen stick before it is used; say what earlier ceremonies left on it (AlarmStands)."""
        people, size = self._present(), self.state.size
        about, ours = look(stick, self.state)
        self._ledger.record("stick-seen", about)
        if use is Use.REQUESTS:
            self._read_from.add(stick.about)
        elif stick.about in self._read_from:
            self._ledger.record("request-stick-reused", {"about": about["about"], "by": people.operator})
        self._hear(ours)
        return remembered(about, size)

    def _hear(self, found: Sequence[Evidence]) -> None:
        """Raise the alarms that evidence calls for. Then the ceremony is over, unless it is there to settle them.

        (AlarmStands. The token closes, so nothing more is signed.)
        """
        record(self._ledger, self._new(found))
        if self.state.alarms and self._kind != SETTLE:
            self.close("stopped by an alarm")
            raise stop(self.state.alarms)

    def _new(self, found: Sequence[Evidence]) -> tuple[Alarm, ...]:
        return new_alarms(found, self._ledger.log.text, self.state)

    def settle(self, because: str) -> tuple[Alarm, ...]:
        """Record why the log on this disk is to be gone on with, and return the alarms that end with it."""
        people, ended = self._present(SETTLE), self.state.alarms
        if not because.strip():
            raise out_of_order("Nobody has said why the alarm is to end.", "Say why: --because TEXT.")
        if not ended:
            raise out_of_order("There is no alarm to settle.", "`offline-root status` says where things stand.")
        for each in ended:
            # Or a number could be used again, and a revocation be lost. First: a power cut leaves the alarm standing.
            self._import(unlogged(each.evidence, self.state))
        reasons = [each.reason for each in ended]
        said = {"because": visible(because), "by": people.operator, "witnesses": people.witnesses, "alarms": reasons}
        self._ledger.record("alarm-settled", said)
        return ended

    def unlock_together(self, shares: Sequence[Share]) -> None:
        """Open the token with the shares of as many custodians as are needed (BadShare, TokenError)."""
        self._present()
        self._ledger.record("shares-entered", entered(shares))
        self.unlock(pin_of(shares))

    def _import(self, crl: Crl | None) -> None:
        if crl and crl.number > self.state.crl_number:
            self._ledger.record("crl-imported", crl_facts(crl))

    def take_in(self, known: Known) -> tuple[str, ...]:
        """Record, before `settle`, what another log of this authority issued and revoked; return serials issued."""
        self._present(SETTLE)
        lines = unknown(known, self.state)
        for each in lines:
            self._ledger.record("certificate-imported", each.facts)
        self._import(known.state.crl)
        # Its newest CRL may have a lower number than ours, and says nothing of what it revoked after it.
        for about in revoked(known, self.state):
            self._ledger.record("revocation-imported", about)
        return tuple(str(each.facts["serial"]) for each in lines)

    def unlock(self, pin: str) -> None:
        """Open the token (TokenError). The last PIN that the policy allows to be wrong ends the ceremony."""
        self._present()
        if self._signer is not None:
            raise out_of_order("The token is open already.", "Go on with the ceremony.")
        check_calm(self.state)
        try:
            self._signer = unlock(self._ledger, self._tokens, pin, self.policy.ceremony.pin_attempts)
        except TokenError as error:
            self._over = error.trouble is TokenTrouble.PIN_LOCKED
            raise

    def note(self, *, expected: str, happened: str, decided: str) -> None:
        """Record something that did not go as it should have, in the words of the people (CeremonyError)."""
        people = self._present()
        said = {"expected": visible(expected), "happened": visible(happened), "decided": visible(decided)}
        if not all(each.strip() for each in said.values()):
            raise out_of_order(
                "A note says three things: what was expected, what happened, what was decided.", "Say all three."
            )
        self._ledger.record("note-made", {**said, "by": people.operator})

    def state_all(self, statements: Sequence[Statement]) -> None:
        """Record what each person says; whoever does not agree stops the delivery."""
        self._present()
        for each in statements:
            said = {"person": each.person, "statement": each.text, "agrees": "yes" if each.agrees else "no"}
            self._ledger.record("statement-made", said)
        self._statements += statements

    def deliver(self, volume: Volume) -> Delivered:
        """Write what this ceremony issued and refused, and read it back (CeremonyError, VolumeError)."""
        return self._deliver(volume, tuple(self._issued))

    def export(self, volume: Volume) -> Delivered:
        """Write every intermediate ever issued, byte for byte as it was (CeremonyError, VolumeError)."""
        return self._deliver(volume, tuple(each for each in self.state.issued if each.environment != ROOT))

    def _deliver(self, volume: Volume, issued: tuple[Issued, ...]) -> Delivered:
        signer = self._unlocked()
        self._agreed()
        now, refused = self._clock.now(), tuple(self._refused)
        delivered = deliver(self._ledger, signer, self.policy, issued=issued, refused=refused, volume=volume, now=now)
        self._delivered.append(delivered)
        return delivered

    def _agreed(self) -> People:
        """Return the people, all of whom have agreed (CeremonyError)."""
        people = self._present()
        check_agreed(people, self._statements)
        return people

    def seal(self, seals: Sequence[str]) -> None:
        """Record under which seals things are put away, `KIND=NUMBER[@PLACE]`: the next opening compares them."""
        self._present()
        self._ledger.record("seals-put-on", {"seals": read_seals(seals)})

    def close(self, outcome: str) -> ClosingSheet | None:
        """Close ceremony and token. There is a closing sheet, under checkpoint B, only if the token was open."""
        signer, self._signer = self._signer, None
        opened_here, self._people, self._over = self._people is not None, None, True
        with ExitStack() as at_the_end:
            if signer is not None:
                at_the_end.callback(signer.close)
            with ExitStack() as drained:
                if opened_here:
                    drained.callback(self._ledger.record, "ceremony-closed", {"outcome": visible(outcome)})
                if signer is not None and not self.state.alarms:
                    signer.tally.close()
            if signer is None or self.state.alarms:
                return None
            checkpoint = signer.checkpoint()
            unfinished = tuple(str(each.path) for each in self._delivered if not each.add_closing(checkpoint))
        return ClosingSheet(self._ledger.log.size, self._ledger.log.root, unfinished)

    def _unsay(self) -> None:
        """Forget who agreed: they did not see what came after. Whoever disagreed still does."""
        self._statements = [each for each in self._statements if not each.agrees]

    def _present(self, kind: str = "") -> People:
        """Return who is in the room, as long as the ceremony is open, and of a kind if that matters (CeremonyError)."""
        if self._people is None or self._over:
            raise out_of_order("No ceremony is open.", "Open a ceremony first.")
        if kind and kind != self._kind:
            raise elsewhere()
        return self._people

    def _unlocked(self, *, adopting: bool = False) -> Signer:
        """Return the open token (CeremonyError). An adoption opens without policy.toml, so it does nothing else."""
        check_calm(self.state)
        if self._signer is None:
            raise out_of_order("The token is not open.", "Open the token with its PIN first.")
        if adopting != (self._kind == ADOPT):
            raise elsewhere()
        return self._signer
