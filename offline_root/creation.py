"""The ceremony that begins an authority: token, root key, audit key, self-signed root, first CRL, anchor."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from offline_root import backup, crl, issue, names
from offline_root.anchor import ORIGIN, REHEARSAL_ORIGIN, Anchor
from offline_root.audit.entry import Facts
from offline_root.audit.ledger import Ledger
from offline_root.audit.note import verifier_from_spki
from offline_root.backup import Keeping, Kept
from offline_root.closing import ClosingSheet
from offline_root.errors import CeremonyError, PolicyError, TokenError, TokenTrouble
from offline_root.examination import examine
from offline_root.findings import Finding, refusals
from offline_root.keys import fingerprint, signing_kind
from offline_root.model import ROOT, Der, Draft, Serial
from offline_root.opening import Opening, check_clock, check_people, opened
from offline_root.policy.model import CeremonyPolicy, Policy
from offline_root.policy.rehearsal import rehearsed
from offline_root.ports import AuditLog, Clock, Randomness, Token, Tokens
from offline_root.profile import root_extensions
from offline_root.selftest import self_test
from offline_root.set_up import attest, check_backup, end_set_up, half_made, initialized
from offline_root.shares import SECRET_OCTETS, Purpose, ShareSet, Splitting, pin_of, split
from offline_root.signer import AUDIT_KEY, KEY_IDS, ROOT_KEY, Signer
from offline_root.token_facts import KeyFacts

_SO_PIN_OCTETS = 16
_WANTED = {"CKA_SENSITIVE": "true", "CKA_SIGN": "true"}
"""What each key must be. CKA_LOCAL is only recorded: a good module says it wrongly (NSS)."""


@dataclass(frozen=True, slots=True)
class Created:
    """What leaves the create ceremony: root certificate, first CRL, anchor, closing sheet; a backup made with it."""

    root: Der
    crl: Der
    anchor: Anchor
    closing: ClosingSheet
    kept: Kept | None = None


@dataclass(frozen=True, slots=True)
class Pins:
    """The two PINs of a new token. Neither is ever logged. `kept`: the set of shares that the PIN is split into.

    Then the SO PIN is kept nowhere: alone, it would set another PIN.
    """

    so_pin: str
    pin: str
    kept: ShareSet | None = None

    def __repr__(self) -> str:
        """Return no secret."""
        return "Pins(…)"


def draw_serial(randomness: Randomness) -> Serial:
    """Return a serial number of 159 random bits: positive, at most 20 octets (RFC 5280 4.1.2.2, BR 7.1)."""
    return Serial(int.from_bytes(randomness.octets(20)) >> 1 or 1)


@dataclass(frozen=True, slots=True)
class Creation:
    """What a new authority is made with. `rehearsal` makes it a worthless one, marked as such everywhere.

    With `keeping`, which hands it out, the backup of the root key is made at once.
    """

    name: str
    policy: Policy
    opening: Opening
    rehearsal: bool = False
    keeping: Keeping | None = None

    @property
    def origin(self) -> str:
        """Return the origin of the authority's checkpoints."""
        return (REHEARSAL_ORIGIN if self.rehearsal else ORIGIN) + self.name

    @property
    def effective(self) -> Policy:
        """Return the policy as it will be applied."""
        return rehearsed(self.policy) if self.rehearsal else self.policy


def check_creation(creation: Creation, now: datetime) -> None:
    """Refuse what could not be opened as a ceremony, before anything is made (PolicyError, CeremonyError)."""
    ceremony = creation.policy.ceremony
    check_people(ceremony, creation.opening.people, attempts=0)
    check_clock(now, creation.opening.clock, root_begins=None)


def draw_pins(needed: int, made: int, randomness: Randomness) -> tuple[Pins, Splitting]:
    """Return the PINs of a token that custodians open together, and the shares: they are all that is left of it.

    It never begins with 0000: on a YubiHSM 2 the first four digits number the key that it opens.
    """
    secret = randomness.octets(SECRET_OCTETS)
    while not any(secret[:2]):
        secret = randomness.octets(SECRET_OCTETS)
    splitting = split(secret, Purpose.PIN, needed=needed, made=made, randomness=randomness)
    return Pins(randomness.octets(SECRET_OCTETS).hex(), pin_of(splitting.shares[:needed]), splitting.kept), splitting


def check_custody(ceremony: CeremonyPolicy, *, makes_tokens: bool) -> None:
    """Refuse shares of a PIN that was set before there was a policy (CeremonyError)."""
    if ceremony.shares and not makes_tokens:
        raise CeremonyError(
            "The policy wants the PIN in shares, but the PIN of this token was set by its vendor's tool.",
            meaning="Nothing was made. Whoever set that PIN would still know it.",
            mend='Use a SoftHSM2 token, or write activation = "pin" into the policy.',
            retry=True,
        )


def draw_so_pin(randomness: Randomness) -> str:
    """Return a random SO PIN, short enough to be written by hand."""
    return randomness.octets(_SO_PIN_OCTETS).hex()


def check_pins(policy: Policy, pins: Pins) -> None:
    """Refuse a PIN where the policy says shares: that would only pretend to need several people (PolicyError)."""
    if policy.ceremony.shares != (pins.kept and (pins.kept.needed, pins.kept.made)):
        raise PolicyError(
            "The PIN is not split as the policy says.",
            meaning="Nothing was made. One that only pretends to need several people would be worse than none.",
            mend='Give the shares that the policy asks for, or write activation = "pin" into it.',
            retry=True,
        )


def create(
    creation: Creation, pins: Pins, *, log: AuditLog, tokens: Tokens, clock: Clock, randomness: Randomness
) -> Created:
    """Make a new authority in an empty log and a new token (StationError; then the log tells how far it came)."""
    check_creation(creation, clock.now())
    if not creation.rehearsal:
        check_pins(creation.policy, pins)
    check_backup(creation.policy, creation.keeping, tokens)
    tested = self_test()
    ledger = Ledger(log, clock)
    ledger.record("ceremony-opened", opened(creation.opening, creation.name, tested))
    policy = creation.policy
    ledger.record("policy-adopted", {"policy": policy.text, "policy_sha256": fingerprint(policy.text.encode())})
    token = tokens.initialize(creation.name, so_pin=pins.so_pin, pin=pins.pin)

    def keep(signer: Signer) -> Kept | None:
        now = clock.now()
        if creation.keeping is None:
            return None
        shares = backup.check_backup_possible(creation.policy.ceremony, ledger.log.entries)
        drawn = backup.draw(ledger, signer, tokens, shares=shares, now=now, randomness=randomness)
        return creation.keeping(drawn, lambda typed, volume: backup.keep(ledger, drawn, typed, volume, now))

    try:
        with half_made(tokens):
            return _begin(creation, pins, token, ledger, clock.now(), draw_serial(randomness), keep)
    finally:
        token.close()


def _begin(
    creation: Creation,
    pins: Pins,
    token: Token,
    ledger: Ledger,
    now: datetime,
    serial: Serial,
    keep: Callable[[Signer], Kept | None],
) -> Created:
    initialized(token, pins.pin, pins.kept, ledger)
    extractable = creation.policy.ceremony.backup is not None
    root = generate(token, ledger, ROOT_KEY, creation.policy.root.key.value, extractable=extractable)
    attest(token, ledger, root)
    audit = generate_audit_key(token, ledger)
    verifier = verifier_from_spki(creation.origin, audit.public_key)
    signer = Signer(token, ledger, Der(root.public_key), verifier)
    signer.tally.begin()
    certificate = _self_sign(creation.effective, Der(root.public_key), signer, now, serial)
    created = {
        "authority": creation.name,
        "origin": creation.origin,
        "rehearsal": "yes" if creation.rehearsal else "no",
        "root_sha256": fingerprint(certificate),
        "audit_verifier": verifier.text(),
    }
    ledger.record("authority-created", created)
    draft = crl.draw(creation.effective.root, certificate, ledger.state.crl_number, now)
    first = signer.sign(crl.document(crl.approve(crl.review(ledger.state, draft)), certificate))
    kept = keep(signer)
    end_set_up(token, pins.pin, signer, ledger)
    ledger.record("ceremony-closed", {"outcome": "done"})
    signer.checkpoint()
    anchor = Anchor(fingerprint(certificate), verifier)
    return Created(certificate, first, anchor, ClosingSheet(ledger.log.size, ledger.log.root), kept)


def generate_audit_key(token: Token, ledger: Ledger) -> KeyFacts:
    """Make the audit key, which never leaves its token: ECDSA P-256 where Ed25519 is not for messages of any length."""
    return generate(token, ledger, AUDIT_KEY, "ed25519" if "ed25519" in token.kinds else "ec-p256", extractable=False)


def generate(token: Token, ledger: Ledger, role: str, kind: str, *, extractable: bool) -> KeyFacts:
    """Make one of the two keys, and record what it is; `extractable` only for one of which a backup is planned."""
    key = token.generate(kind, label=role, key_id=KEY_IDS[role], extractable=extractable)
    about: Facts = {
        "role": role,
        "kind": kind,
        "key_id": key.key_id.hex(),
        "key": fingerprint(key.public_key),
        "attributes": dict(key.attributes),
    }
    ledger.record("key-generated", about)
    check_attributes(role, dict(key.attributes), extractable=extractable)
    return key


def check_attributes(role: str, attributes: dict[str, str], *, extractable: bool) -> None:
    """Refuse a key that is not what was asked for: a module may ignore a template (PKCS#11 v2.40 4.9, TokenError)."""
    asked = {**_WANTED, "CKA_EXTRACTABLE": str(extractable).lower()}
    said = {name: attributes.get(name, "unavailable") for name in asked}
    wrong = [f"{name} is {said[name]}" for name, wanted in asked.items() if said[name] not in (wanted, "unavailable")]
    if wrong:
        raise TokenError(
            f"The {role} key is not what was asked for: {', '.join(wrong)}.",
            trouble=TokenTrouble.KEY,
            meaning="It could leave its token in other ways than the policy says, or not at all. The authority was not"
            " made.",
            mend="Use another token or module, or have the vendor explain; then create the authority again.",
            retry=False,
        )


def _self_sign(policy: Policy, spki: Der, signer: Signer, now: datetime, serial: Serial) -> Der:
    moment = now.replace(microsecond=0)
    not_before = policy.ceremony.backdate.before(moment)
    draft = Draft(serial, not_before, policy.root.validity.last_second(not_before))
    name = names.root_name(policy.root)
    unsigned = issue.build(
        subject=name,
        issuer=name,
        spki=spki,
        draft=draft,
        extensions=root_extensions(policy.root, spki),
        kind=signing_kind(spki),
    )
    _check_root(examine(unsigned.throwaway, unsigned.throwaway))
    about = issue.document(
        unsigned.tbs,
        lambda root: examine(root, root),
        environment=ROOT,
        serial=serial,
        file="",
        request_sha256="",
        key=fingerprint(spki),
    )
    return signer.sign(about)


def _check_root(findings: tuple[Finding, ...]) -> None:
    """Refuse a root that is not sound, before its key signs it (PolicyError)."""
    against = refusals(findings)
    if against:
        raise PolicyError(
            f"The root would not be sound: {' '.join(f'{each.message} ({each.code})' for each in against)}",
            meaning="Nothing was signed, and the authority was not made.",
            mend=f"{against[0].mend} Correct the policy, then create the authority again.",
            retry=True,
        )
