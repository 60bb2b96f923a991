"""One authority at work: one method per thing that an operator does. Command line and screens call the same methods.

The order is that of a ceremony, and kept: open, unlock, then read, review, approve, sign or abandon, then state,
deliver, close. Every fact is durable in the audit log before a method returns.
"""

from collections.abc import Sequence
from contextlib import ExitStack

from offline_root import intents, review
from offline_root.adoption import check_adoption, difference
from offline_root.audit import facts
from offline_root.audit.entry import Entry
from offline_root.audit.ledger import Ledger
from offline_root.audit.state import State
from offline_root.closing import ClosingSheet
from offline_root.creation import draw_serial
from offline_root.delivery import Delivered, deliver
from offline_root.display import visible
from offline_root.errors import PolicyError, TokenError, TokenTrouble
from offline_root.findings import Finding
from offline_root.history import History
from offline_root.keys import fingerprint
from offline_root.model import (
    ROOT,
    Approval,
    Draft,
    Issued,
    People,
    Refused,
    Review,
    Serial,
    SigningRequest,
    Unreadable,
    serial_text,
)
from offline_root.moments import utc_text
from offline_root.opening import ADOPT, Opening, check_opening, check_signed_head, opened
from offline_root.order import changed, dead, disagreed, out_of_order
from offline_root.policy.force import in_force, read_in_force
from offline_root.policy.model import EnvironmentPolicy, Policy
from offline_root.ports import AuditLog, Clock, Randomness, Tokens, Volume
from offline_root.request.reader import read_request
from offline_root.signer import Signer, unlock
from offline_root.statement import Statement


class Station:
    """An authority whose log is open and ours alone."""

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
        """Take an open log. `policy_copy` is the text of policy.toml; `others` are the other authorities in HOME."""
        self._ledger = Ledger(log, clock)
        self._policy_copy = policy_copy
        self._tokens = tokens
        self._clock = clock
        self._randomness = randomness
        self._others = others
        self._people: People | None = None
        self._kind = ""
        self._over = False
        self._signer: Signer | None = None
        self._approved: list[Approval] = []
        self._batch_begun = False
        self._issued: list[Issued] = []
        self._refused: list[Refused] = []
        self._statements: list[Statement] = []
        self._delivered: list[Delivered] = []
        if log.torn is not None:
            self._ledger.record("torn-line-kept", {"file": log.torn.file_name, "octets": len(log.torn.data)})

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
    def tail(self) -> Sequence[Entry]:
        """Return the lines that no checkpoint covers yet: an opening asks a person to accept them (AuditError)."""
        log = self._ledger.log
        return log.entries[check_signed_head(log.text, log.checkpoint, self.state).covered :]

    def open(self, stated: Opening) -> None:
        """Open the ceremony, or say why not (StationError); nothing is recorded then."""
        if self._people or self._over:
            raise out_of_order("A ceremony was opened here before.", "Start the program again for the next ceremony.")
        log = self._ledger.log
        tail = check_opening(stated, self._clock.now(), self.policy, self._policy_copy, log, self.state)
        self._ledger.record("ceremony-opened", opened(stated, self.state.authority))
        self._people, self._kind = stated.people, stated.kind
        if tail:
            self._ledger.record("unsigned-tail-accepted", {"lines": tail, "by": stated.people.operator})

    def unlock(self, pin: str) -> None:
        """Open the token (TokenError). The last PIN that the policy allows to be wrong ends the ceremony."""
        self._present()
        if self._signer is not None:
            raise out_of_order("The token is open already.", "Go on with the ceremony.")
        try:
            self._signer = unlock(self._ledger, self._tokens, pin, self.policy.ceremony.pin_attempts)
        except TokenError as error:
            self._over = error.trouble is TokenTrouble.PIN_LOCKED
            raise

    def read(self, file: str, data: bytes) -> SigningRequest | Unreadable:
        """Read one file from a stick; what was read is what will be checked, shown and signed."""
        self._present()
        request = read_request(file, data)
        if isinstance(request, SigningRequest):
            self._ledger.record("request-read", facts.request_read(request))
        return request

    def review(self, request: SigningRequest, environment: str) -> Review:
        """Return the review of a request: the exact TBSCertificate, and all there is to say about it (PolicyError)."""
        chosen = self.environment(environment)
        begun = intents.begun(self.state, fingerprint(request.der))
        if begun:
            return self._review(request, chosen, intents.draft_of(begun))
        draft = review.draw(chosen, self.policy, self._clock.now(), draw_serial(self._randomness))
        return self._review(request, chosen, draft)

    def _review(self, request: SigningRequest, environment: EnvironmentPolicy, draft: Draft) -> Review:
        elsewhere = (issued for other in self._others for issued in other.issued)
        history = History((*self.state.issued, *elsewhere))
        authority = review.Authority(self.state.authority, self.policy, self.state.root, history)
        return review.review(request, authority, environment, draft)

    def approve(self, reviewed: Review, typed: str, acknowledged: tuple[str, ...]) -> Approval | Refused:
        """Return the approval of a review, recorded; or the refusal with every reason, recorded too."""
        self._present()
        approved = review.approve(reviewed, typed, acknowledged)
        if not isinstance(approved, Approval):
            return self.refuse(reviewed.request.file, reviewed.environment, approved)
        self._ledger.record("request-approved", facts.request_approved(approved))
        self._approved.append(approved)
        return approved

    def refuse(self, file: str, environment: str, findings: tuple[Finding, ...]) -> Refused:
        """Record that a request is not signed, and why; the findings go into the response."""
        self._present()
        refused = Refused(file, environment, findings)
        self._ledger.record("request-refused", facts.request_refused(refused))
        self._refused.append(refused)
        self._unsay()
        return refused

    def sign(self, approval: Approval) -> Issued:
        """Sign an approved review in the token and verify the result (StationError; the log tells how far it came)."""
        signer, reviewed = self._unlocked(), approval.review
        self._only(adopting=False)
        chosen = self.environment(reviewed.environment)
        if approval not in self._approved or self._review(reviewed.request, chosen, reviewed.draft) != reviewed:
            raise changed()
        if reviewed.draft.serial in self.state.abandoned:
            raise dead(reviewed.draft.serial)
        request_sha256 = fingerprint(reviewed.request.der)
        intents.check(self.state, approval, request_sha256, self._clock.now())
        if not self._batch_begun:
            signer.checkpoint()
            self._batch_begun = True
        signer.certificate(
            approval.tbs,
            environment=reviewed.environment,
            serial=reviewed.draft.serial,
            file=visible(reviewed.request.file),
            request_sha256=request_sha256,
            key=reviewed.request.fingerprint,
        )
        self._issued.append(self.state.issued[-1])
        self._unsay()
        return self.state.issued[-1]

    def abandon(self, serial: Serial, reason: str) -> None:
        """Give up an open intent: its serial is dead, and goes on the next CRL (CeremonyError)."""
        self._unlocked()
        intent = intents.find(self.state, serial)
        about = {"serial": serial_text(intent.serial), "environment": intent.environment, "reason": visible(reason)}
        self._ledger.record("serial-abandoned", about)

    def adopt(self, text: str) -> str:
        """Put a policy text in force; return what differs, line by line (PolicyError)."""
        self._unlocked()
        self._only(adopting=True)
        new = read_in_force(text, rehearsal=self.state.rehearsal)
        check_adoption(self.policy, new)
        differs = difference(self.state.policy, text)
        about = {"policy": text, "policy_sha256": fingerprint(text.encode())}
        self._ledger.record("policy-adopted", about)
        return differs

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
        against = [each.person for each in self._statements if not each.agrees]
        if against:
            raise disagreed(against)
        people = self._present()
        silent = {people.operator, *people.witnesses} - {each.person for each in self._statements}
        if silent:
            raise out_of_order(f"{', '.join(sorted(silent))} has not said anything yet.", "Take the statements first.")
        now, refused = self._clock.now(), tuple(self._refused)
        delivered = deliver(self._ledger, signer, self.policy, issued=issued, refused=refused, volume=volume, now=now)
        self._delivered.append(delivered)
        return delivered

    def close(self, outcome: str) -> ClosingSheet | None:
        """Close ceremony and token. There is a closing sheet, under checkpoint B, only if the token was open."""
        signer, self._signer = self._signer, None
        opened_here, self._people, self._over = self._people is not None, None, True
        with ExitStack() as at_the_end:
            if signer is not None:
                at_the_end.callback(signer.close)
            if opened_here:
                self._ledger.record("ceremony-closed", {"outcome": visible(outcome)})
            if signer is None:
                return None
            checkpoint = signer.checkpoint()
            unfinished = tuple(str(each.path) for each in self._delivered if not each.add_closing(checkpoint))
        return ClosingSheet(self._ledger.log.size, self._ledger.log.root, unfinished)

    def _only(self, *, adopting: bool) -> None:
        """Keep signing and adopting apart: an adoption opens although policy.toml is not in force (CeremonyError)."""
        if adopting != (self._kind == ADOPT):
            raise out_of_order("This ceremony was opened for something else.", "Close it, and open another one.")

    def _unsay(self) -> None:
        """Forget who agreed: they did not see what came after. Whoever disagreed still does."""
        self._statements = [each for each in self._statements if not each.agrees]

    def _present(self) -> People:
        """Return who is in the room, as long as the ceremony is open (CeremonyError)."""
        if self._people is None or self._over:
            raise out_of_order("No ceremony is open.", "Open a ceremony first.")
        return self._people

    def _unlocked(self) -> Signer:
        if self._signer is None:
            raise out_of_order("The token is not open.", "Open the token with its PIN first.")
        return self._signer
