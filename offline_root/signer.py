"""The open token: the root key signs certificates and CRLs, the audit key checkpoints and manifests.

Nothing else is signed, but for the proof when the token opens. Tokens do not notice wrong signatures: each is verified.
"""

from collections.abc import Callable, Collection
from contextlib import ExitStack

from offline_root import issue
from offline_root.alarm import audit_keys, raise_against
from offline_root.audit import note
from offline_root.audit.ledger import Ledger
from offline_root.audit.note import Checkpoint, VerifierKey, parse_verifier
from offline_root.audit.state import RootKey, encoded
from offline_root.audit.watch import Evidence, evidence_of
from offline_root.display import visible
from offline_root.errors import CeremonyError, StationError, TokenError, TokenTrouble
from offline_root.keys import SIGNING, fingerprint, signature_verifies, signing_kind
from offline_root.model import Der
from offline_root.ports import Token, Tokens
from offline_root.tally import OPENING, Tally
from offline_root.token_facts import KeyFacts, TokenFacts

ROOT_KEY = "root"
AUDIT_KEY = "audit"
PROOF = b"offline-root proof of the root key\n"
"""How what the root key signs at an opening begins: no certificate, CRL or checkpoint begins like this."""
KEY_IDS = {ROOT_KEY: b"\x00\x01", AUDIT_KEY: b"\x00\x02"}
"""Two octets each: the width that every token keeps as it is."""


def unlock(ledger: Ledger, tokens: Tokens, pin: str, limit: int) -> "Signer":
    """Open the authority's token and sign a first checkpoint. The attempt is durable before the login.

    `limit` is how many wrong PINs in a row end the ceremony. TokenError; AlarmStands where the token itself remembers
    another log: then nothing is signed.
    """
    serial = ledger.state.token_serial
    try:
        token = tokens.attach(ledger.state.token_label, serial)
    except TokenError as error:
        ledger.record("token-open-refused", {"serial": serial, "reason": error.what})
        raise
    with ExitStack() as failed:
        failed.callback(token.close)
        ledger.record("token-open-attempted", {"serial": serial})
        try:
            token.login(pin)
            signer = Signer.of(token, ledger)
            signer.tally.drain(OPENING)
            proven, strangers = signer.prove(), signer.strangers()
        except TokenError as error:
            ledger.record("token-open-refused", {"serial": serial, "reason": error.what})
            raise _counted(error, ledger.state.attempts, limit) from error
        ledger.record("token-opened", {"serial": serial, "proven": proven, "strangers": strangers})
        raise_against(ledger, signer.remembered())
        signer.checkpoint()
        failed.pop_all()
    return signer


def _counted(error: TokenError, attempts: int, limit: int) -> TokenError:
    """Return the error with how many wrong PINs there were; final where the allowed number of them is used up."""
    if error.trouble is not TokenTrouble.WRONG_PIN:
        return error
    what = f"{error.what} That was attempt {attempts} of {limit}."
    if attempts < limit:
        return TokenError(what, trouble=error.trouble, meaning=error.meaning, mend=error.mend, retry=error.retry)
    return TokenError(
        what,
        trouble=TokenTrouble.PIN_LOCKED,
        meaning="The ceremony ends here. The next opening needs a witness.",
        mend="Find the right PIN first. The token itself may lock for good after more attempts.",
        retry=False,
    )


def proves(token: Token | Tally, key: KeyFacts, spki: Der, message: bytes) -> bool:
    """Let a root key sign a message that begins with PROOF; say whether the root's public key verifies it."""
    algorithm = SIGNING[signing_kind(spki)].token_algorithm
    return signature_verifies(spki, token.sign(key, algorithm, message), message)


def check_copy(token: Token, key: KeyFacts, spki: Der) -> None:
    """Refuse a key that came out of a backup and does not sign as the root key does (TokenError)."""
    if not proves(token, key, spki, PROOF + b"of a copy\n"):
        raise TokenError(
            "The key that came out of the backup does not sign as the root key does.",
            trouble=TokenTrouble.KEY,
            meaning="The backup is not one of this root key, or the token is faulty. It does not count.",
            mend="Do not rely on this backup. Have the token examined, then make another one.",
            retry=False,
        )


def _gone(use: Callable[[], object]) -> str:
    """Return in which words a token refuses to use a key that is gone (TokenError where it does not)."""
    try:
        use()
    except TokenError as error:
        if error.trouble is TokenTrouble.KEY:
            return error.what
        raise
    raise TokenError(
        "The token still has the root key, although it said that it was destroyed.",
        trouble=TokenTrouble.KEY,
        meaning="The key is not gone. The log says that its destruction was begun, and not that it ended.",
        mend="Try again with `offline-root destroy`; otherwise destroy the token itself, and note that.",
        retry=True,
    )


class Signer:
    """A token after login, with its two keys."""

    def __init__(self, token: Token, ledger: Ledger, root_spki: Der, verifier: VerifierKey) -> None:
        """Find both keys and hold them against the root certificate and the anchor (TokenError)."""
        self._token = token
        self._ledger = ledger
        self._verifier = verifier
        self.root_spki = root_spki
        self.tally = Tally(token, ledger, KEY_IDS)
        self._root_key = self._own_root_key()
        self._audit = self._own_key(AUDIT_KEY, verifier.spki())

    @classmethod
    def of(cls, token: Token, ledger: Ledger) -> "Signer":
        """Return the signer of the authority that the ledger describes."""
        root = issue.load(ledger.state.root)
        return cls(token, ledger, issue.spki_of(root), parse_verifier(ledger.state.verifier))

    @property
    def _root(self) -> KeyFacts:
        """Return the root key (TokenError where it was destroyed, or was to be)."""
        if self._root_key is None or self._ledger.state.root_key is not RootKey.IN_USE:
            raise TokenError(
                "The root key was destroyed, or its destruction was begun.",
                trouble=TokenTrouble.KEY,
                meaning="Nothing can be signed under this root any more.",
                mend="If there is a backup with its cards, `offline-root restore` brings it back.",
                retry=False,
            )
        return self._root_key

    def _own_root_key(self) -> KeyFacts | None:
        """Return the root key; None where it is gone, and the log says that this may be so (TokenError)."""
        try:
            return self._own_key(ROOT_KEY, self.root_spki)
        except TokenError as error:
            if error.trouble is TokenTrouble.KEY and self._ledger.state.root_key is not RootKey.IN_USE:
                return None
            raise

    def _own_key(self, label: str, spki: bytes) -> KeyFacts:
        key = self._token.find(label, spki)
        if key.public_key != spki:
            raise TokenError(
                f"The key called '{label}' in this token is another one than this authority's.",
                trouble=TokenTrouble.KEY,
                meaning="This token belongs to another authority, or its keys were replaced. Nothing was signed.",
                mend="Insert the authority's own token; compare its serial with the sticker and with the report.",
                retry=True,
            )
        return key

    def prove(self) -> str:
        """Let the root key sign that it opens this log, and return the hash of what it signed (TokenError).

        A public key in the token says nothing of the private one beside it. The log before `token-opened` gives the
        signed octets again: name, size and root hash of the log after PROOF, a line each. Nothing is signed, and empty
        returned, where the key is gone.
        """
        if self._root_key is None:
            return ""
        log = self._ledger.log
        message = PROOF + f"{self._verifier.name}\n{log.size}\n{encoded(log.root)}\n".encode()
        if not proves(self.tally, self._root_key, self.root_spki, message):
            raise TokenError(
                "The token's test signature does not verify with the root's public key.",
                trouble=TokenTrouble.KEY,
                meaning="Its private key is another one than this authority's, or it computes wrongly. Nothing of it is"
                " used.",
                mend="Insert the authority's own token. If this is it, have it examined before it signs again.",
                retry=False,
            )
        return fingerprint(message)

    def sign(self, document: issue.Document) -> Der:
        """Sign a document with the root key and return it whole and verified.

        The intent is durable in the log before the token is called, and the outcome before this returns. Raises
        StationError after recording that the signing failed.
        """
        self.tally.make_room()
        tbs, about = document.tbs, {**document.label, **document.about}
        policy = self._ledger.state.policy_sha256
        self._ledger.record("signing-started", {**about, "tbs": encoded(tbs), "policy_sha256": policy})
        try:
            kind = signing_kind(self.root_spki)
            signature = self.tally.sign(self._root, SIGNING[kind].token_algorithm, tbs)
            signed = issue.assemble(tbs, signature)
            issue.verify(signed, tbs, self.root_spki)
            document.check(signed)
        except StationError as error:
            self._ledger.record("signing-failed", {**document.label, "reason": error.what})
            raise
        outcome = {**about, document.kind: encoded(signed), "sha256": fingerprint(signed), **document.at_end}
        self._ledger.record(f"{document.kind}-issued", outcome)
        return signed

    @property
    def token_facts(self) -> TokenFacts:
        """Return what the token says of itself."""
        return self._token.facts

    def change_pin(self, pin: str, new_pin: str) -> None:
        """Let the token take another PIN (TokenError)."""
        self._token.change_pin(pin, new_pin)

    def wrap_root(self, kek: bytes) -> bytes:
        """Return the root key wrapped under 32 octets (TokenError)."""
        return self._token.wrap(ROOT_KEY, kek)

    def prove_copy(self, wrapped: bytes, kek: bytes, scratch: Token) -> None:
        """Let a wrapped root key sign in another token, and hold that against the root's public key (TokenError)."""
        copy = scratch.unwrap(self._root, wrapped, kek, extractable=False)
        check_copy(scratch, copy, self.root_spki)

    def strangers(self) -> tuple[str, ...]:
        """Return what the token holds besides this authority's keys and record: mark, what it is, label, id."""
        return tuple(map(visible, self._token.strangers(self._ours, self._record_label)))

    def remove(self, marks: Collection[str]) -> tuple[str, ...]:
        """Remove the strangers with these marks for good, and return those that are left (TokenError)."""
        left = self._token.remove(marks, self._ours, self._record_label)
        return tuple(map(visible, left))

    @property
    def _ours(self) -> tuple[KeyFacts, ...]:
        return tuple(each for each in (self._root_key, self._audit) if each)

    def destroy_root(self) -> tuple[str, str]:
        """Destroy the root key; return in which words the token finds it no more, and signs with it no more.

        TokenError where it still does either.
        """
        key, self._root_key = self._root_key, None
        self._token.destroy(ROOT_KEY)
        search = _gone(lambda: self._token.find(ROOT_KEY, self.root_spki))
        if key is None:
            return search, "not asked for: the key was gone before"
        algorithm = SIGNING[signing_kind(self.root_spki)].token_algorithm
        return search, _gone(lambda: self._token.sign(key, algorithm, PROOF))

    def remembered(self) -> tuple[Evidence, ...]:
        """Return what the token's own record is evidence of; one that cannot be read, or is foreign, is none."""
        if not self._token.keeps_records:
            return ()
        keys = audit_keys(self._ledger.state)
        heard = (evidence_of("token's own record", each, keys) for each in self._token.records(self._record_label))
        return tuple(each for each in heard if each)

    @property
    def _record_label(self) -> str:
        return f"offline-root/{self._ledger.state.authority}"

    def checkpoint(self) -> bytes:
        """Sign the log's head with the audit key, and return the note: durable beside the log, then kept in the token.

        So the token's record may be older than the checkpoint, and never newer.
        """
        self.tally.make_room()
        log = self._ledger.log
        head = Checkpoint(self._verifier.name, log.size, log.root)
        signed = note.assemble(head, self._verifier, self.audit_signature(note.body(head)))
        log.write_checkpoint(signed)
        if self._token.keeps_records:
            self._token.record(self._record_label, signed)
        return signed

    def audit_signature(self, message: bytes) -> bytes:
        """Return the verified signature of the audit key over `message`: raw for Ed25519, DER for ECDSA.

        AuditError, before the token is asked, where the log could not be written any more.
        """
        self._ledger.log.check_sound()
        algorithm = "ed25519" if self._verifier.kind is note.KeyKind.ED25519 else "ecdsa-sha256"
        signature = self.tally.sign(self._audit, algorithm, message)
        if not self._verifier.verify(signature, message):
            raise CeremonyError(
                "The token returned a signature that does not verify with the audit key.",
                meaning="Nothing with that signature was kept or handed out.",
                mend="End the ceremony, restart the appliance, and have the token examined before it signs again.",
                retry=False,
            )
        return signature

    def close(self) -> None:
        """End the login."""
        self._token.close()
