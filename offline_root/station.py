"""One authority at work: one method per thing that an operator does. Command line and screens call the same methods."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import PurePath

from offline_root import backup, crl, destruction, intents, issue, resharing, review, revocation
from offline_root.adoption import check_adoption, difference
from offline_root.alarm import audit_keys, heard
from offline_root.audit import facts
from offline_root.ceremony import Ceremony
from offline_root.checks.weigh import weigh
from offline_root.cleaning import check_confirmed, condemned
from offline_root.creation import draw_serial
from offline_root.crl import CrlApproval, CrlReview
from offline_root.display import visible
from offline_root.errors import VolumeError
from offline_root.examination import examine
from offline_root.findings import Finding
from offline_root.history import History
from offline_root.keys import fingerprint
from offline_root.model import (
    Approval,
    Der,
    Draft,
    Intent,
    Issued,
    Letter,
    Reason,
    Refused,
    Review,
    Serial,
    SigningRequest,
    Unreadable,
)
from offline_root.order import changed, dead
from offline_root.policy.force import read_in_force
from offline_root.policy.model import EnvironmentPolicy
from offline_root.ports import Volume
from offline_root.request.letter import FILE, read_letter
from offline_root.request.reader import read_request
from offline_root.request.source import UNREADABLE
from offline_root.revocation import RevocationApproval, RevocationReview
from offline_root.shares import Share, Splitting, check_all_back, pin_of
from offline_root.signer import Signer


class Station(Ceremony):
    """A ceremony and the work that is done in it: read, review, approve, sign or abandon, or adopt a policy."""

    _opened_with: tuple[Share, ...] = ()

    def read_all(self, files: Sequence[str], read: Callable[[str], bytes]) -> tuple[SigningRequest | Unreadable, ...]:
        """Read each file once with `read`, which may raise VolumeError; a request.json goes with the CSR beside it."""
        folders = {file: PurePath(file).parent for file in files}
        letters = {folder: _letter(str(folder / FILE), read) for folder in folders.values()}
        self._hear(heard(letters.values(), audit_keys(self.state)))
        asking = [file for file in files if PurePath(file).name != FILE or not letters[folders[file]]]
        together = Counter(folders[file] for file in asking)
        found: list[SigningRequest | Unreadable] = []
        for file in asking:
            try:
                data = read(file)
            except VolumeError as error:
                found.append(Unreadable(file, None, (UNREADABLE.finding(f"{error.what} {error.meaning}", "file"),)))
            else:
                folder = folders[file]
                found.append(self.read(file, data, letters[folder], alone=together[folder] == 1))
        return tuple(found)

    def read(
        self, file: str, data: bytes, letter: Letter | None = None, *, alone: bool = True
    ) -> SigningRequest | Unreadable:
        """Read one file from a stick; what was read is what will be checked, shown and signed.

        A letter is this request's if it says so, or if the file is alone with it.
        """
        self._present()
        request = read_request(file, data)
        self._hashes[file] = request.file_sha256 or ""
        if isinstance(request, SigningRequest):
            if letter and (alone or letter.csr_sha256 == fingerprint(request.der)):
                request = replace(request, letter=letter)
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
        revoked = (each for state in (self.state, *self._others) for each in state.revoked_certificates)
        failed = (each for state in (self.state, *self._others) for each in state.failed)
        history = History((*self.state.issued, *elsewhere), tuple(revoked), tuple(failed))
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
        self._ledger.record("request-refused", facts.request_refused(refused, self._hashes.get(file, "")))
        self._refused.append(refused)
        self._unsay()
        return refused

    def sign(self, approval: Approval) -> Issued:
        """Sign an approved review in the token and verify the result (StationError; the log tells how far it came)."""
        signer, reviewed = self._unlocked(), approval.review
        chosen = self.environment(reviewed.environment)
        if reviewed.draft.serial in self.state.abandoned:
            raise dead(reviewed.draft.serial)
        if approval not in self._approved or self._review(reviewed.request, chosen, reviewed.draft) != reviewed:
            raise changed()
        request_sha256 = fingerprint(reviewed.request.der)
        self._settle(intents.begun(self.state, request_sha256), approval.tbs)
        about = issue.document(
            approval.tbs,
            lambda signed: weigh(examine(signed, self.state.root), self.policy, chosen),
            environment=reviewed.environment,
            serial=reviewed.draft.serial,
            file=visible(reviewed.request.file),
            request_sha256=request_sha256,
            key=reviewed.request.fingerprint,
        )
        self._sign(signer, about)
        self._issued.append(self.state.issued[-1])
        return self.state.issued[-1]

    def _settle(self, begun: Intent | None, tbs: Der) -> None:
        """Let no signature begin beside an open one; one over `tbs` may finish what was `begun` (CeremonyError)."""
        intents.check(self.state, begun, tbs, self._clock.now())

    def _sign(self, signer: Signer, document: issue.Document) -> None:
        if not self._batch_begun:
            signer.checkpoint()
            self._batch_begun = True
        signer.sign(document)
        self._unsay()

    def review_crl(self) -> CrlReview:
        """Return the review of the next CRL, or of the one whose signature was begun."""
        begun = intents.begun_crl(self.state)
        return crl.review(self.state, crl.draft_of(begun) if begun else self._crl_draft())

    def _crl_draft(self) -> crl.CrlDraft:
        return crl.draw(self.policy.root, self.state.root, self.state.crl_number, self._clock.now())

    def issue_crl(self, approval: CrlApproval) -> None:
        """Sign a CRL in the token and verify it (StationError; the log tells how far it came)."""
        signer, reviewed = self._unlocked(), approval.review
        if crl.review(self.state, reviewed.draft) != reviewed:
            raise changed()
        crl.approve(reviewed)
        self._settle(intents.begun_crl(self.state), reviewed.tbs)
        self._sign(signer, crl.document(approval, self.state.root))

    def review_revocation(self, serial: Serial, reason: Reason) -> RevocationReview:
        """Return what it means to revoke an intermediate, with the CRL that would say so (CeremonyError)."""
        return revocation.review(self.state, serial, reason, self._crl_draft())

    def revoke(self, approval: RevocationApproval) -> None:
        """Record that an intermediate is revoked, for good, and sign the CRL that says so (StationError)."""
        reviewed, people = approval.review, self._present()
        serial, reason = reviewed.issued.serial, reviewed.revocation.reason
        self._unlocked()
        if revocation.review(self.state, serial, reason, reviewed.crl.draft) != reviewed:
            raise changed()
        revocation.approve(reviewed, approval.confirmation)
        self._settle(None, reviewed.crl.tbs)
        self._ledger.record("certificate-revoked", revocation.facts(approval, people.operator))
        self.issue_crl(approval.crl)

    def abandon(self, label: str, reason: str) -> None:
        """Give up an open intent: its serial is dead, and goes on the next CRL; a CRL's number is spent."""
        self._unlocked()
        intent = intents.find(self.state, label)
        about = {"reason": visible(reason)}
        if intent.crl is None:
            about |= {"serial": intent.label, "environment": intent.environment}
            self._ledger.record("serial-abandoned", about)
        else:
            self._ledger.record("crl-abandoned", {**about, "crl_number": str(intent.crl)})

    def check_backup(self) -> tuple[int, int]:
        """Return how many shares a backup has, needed and made (StationError where none can be made)."""
        backup.check_set_up_open(self.state)
        return backup.check_backup_possible(self.policy.ceremony, self.entries)

    def draw_backup(self) -> backup.Drawn:
        """Make a backup of the root key and try it; nobody has its shares yet (StationError)."""
        signer, shares, now = self._unlocked(), self.check_backup(), self._clock.now()
        self._unsay()
        return backup.draw(self._ledger, signer, self._tokens, shares=shares, now=now, randomness=self._randomness)

    def unlock_together(self, shares: Sequence[Share]) -> None:
        """Open the token with shares (BadShare, TokenError); that settles a change of custodians that was cut short."""
        super().unlock_together(shares)
        resharing.settle(self._ledger, shares)
        # The PIN is asked for again where it is changed; nowhere else is it kept.
        self._opened_with = tuple(shares) if self._kind == resharing.CHANGE else ()

    def draw_shares(self) -> Splitting:
        """Return another PIN in shares, to be handed out; nothing is changed yet (CeremonyError)."""
        self._unlocked()
        return resharing.draw(self.state, self.policy.ceremony, self._randomness)

    def change_shares(self, splitting: Splitting, typed: Sequence[Share]) -> None:
        """Let the cards that were all typed back open the token, and those before them no more (StationError)."""
        self._present(resharing.CHANGE)
        signer, former = self._unlocked(), resharing.check_pin_shares(self.state)
        check_all_back(splitting, typed)
        self._ledger.record("shares-offered", splitting.kept.facts())
        pin = pin_of(typed[-splitting.kept.needed :])
        signer.change_pin(pin_of(self._opened_with), pin)
        self._signer = None
        signer.close()
        self.unlock(pin)
        resharing.changed(self._ledger, splitting.kept, (str(former.number),))
        self._unsay()

    def replace_backup(self, drawn: backup.Drawn, typed: Sequence[Share], volume: Volume) -> backup.Kept:
        """Write a backup that takes the place of the one before, as `keep_backup` does (StationError)."""
        former = resharing.check_backups(self.entries)
        kept = self.keep_backup(drawn, typed, volume)
        resharing.changed(self._ledger, kept.backup.shares, former)
        return kept

    def keep_backup(self, drawn: backup.Drawn, typed: Sequence[Share], volume: Volume) -> backup.Kept:
        """Write a backup that was drawn here, once all its cards were typed back (StationError)."""
        self._unlocked()
        return backup.keep(self._ledger, drawn, typed, volume, self._clock.now())

    def clean(self, marks: Collection[str], confirmed: int) -> tuple[str, ...]:
        """Remove strangers from the token for good, and return them; `confirmed` is how many people counted."""
        signer, people = self._unlocked(), self._present()
        found = condemned(self.state, marks)
        check_confirmed(found, confirmed)
        self._ledger.record("removal-approved", {"strangers": found, "by": people.operator})
        left = signer.remove(marks)
        removed = tuple(each for each in found if each not in left)
        self._ledger.record("strangers-removed", {"removed": removed, "left": left})
        return removed

    def destroy(self, certificate: str, authority: str) -> None:
        """Destroy the root key for good, with everybody's consent; both names were typed (StationError)."""
        signer, people = self._unlocked(), self._agreed()
        destruction.check_confirmation(self.state, certificate, authority)
        destruction.destroy(self._ledger, signer, people)

    def adoption(self, text: str) -> str:
        """Return what differs, line by line, from the policy in force (PolicyError where it cannot be adopted)."""
        check_adoption(self.policy, read_in_force(text, rehearsal=self.state.rehearsal))
        return difference(self.state.policy, text)

    def adopt(self, text: str) -> str:
        """Put a policy text in force, with everybody's consent; return what differs, line by line (StationError)."""
        self._unlocked(adopting=True)
        differs = self.adoption(text)
        self._agreed()
        about = {"policy": text, "policy_sha256": fingerprint(text.encode())}
        self._ledger.record("policy-adopted", about)
        return differs


def _letter(file: str, read: Callable[[str], bytes]) -> Letter | None:
    with suppress(VolumeError):
        return read_letter(read(file))
    return None
