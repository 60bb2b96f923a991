"""A FAKE token: software keys in this process, and faults on demand. It says FAKE wherever it can.

Only for what no real token does when asked: a wrong signature, an error at the k-th call, an end in the middle.
Everything else is tested on SoftHSM.
"""

import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap_with_padding, aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from offline_root.der import first
from offline_root.errors import TokenError, TokenTrouble
from offline_root.signer import PROOF
from offline_root.token_facts import DeviceLog, KeyFacts

PIN = "4711-0815"
SET_UP_KEY = "0009owner's own"

Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
Fault = BaseException | Callable[[bytes], bytes]
"""What happens at one call: an exception is raised, a function is given the signature and returns another."""


def lost() -> TokenError:
    """Return what a dead worker process is to the station."""
    return trouble(TokenTrouble.WORKER, "The token's worker process ended during sign (signal 9).")


def trouble(kind: TokenTrouble, what: str) -> TokenError:
    """Return an error as a token gives it."""
    return TokenError(what, trouble=kind, meaning="FAKE", mend="FAKE", retry=kind is TokenTrouble.WRONG_PIN)


def flipped(signature: bytes) -> bytes:
    """Return a signature with one bit wrong, as a faulty computation gives it: still well-formed."""
    return signature[:-1] + bytes([signature[-1] ^ 1])


@dataclass(frozen=True)
class FakeFacts:
    """What the fake says of itself."""

    label: str
    serial: str
    manufacturer: str = "FAKE"
    model: str = "FAKE"
    firmware: str = "FAKE"
    module: str = "FAKE"


@dataclass(frozen=True)
class FakeKey:
    """A key pair of the fake."""

    label: str
    key_id: bytes
    private: Key
    attributes: tuple[tuple[str, str], ...] = (("CKA_FAKE", "yes"),)

    @property
    def public_key(self) -> bytes:
        """Return the SubjectPublicKeyInfo."""
        return self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True)
class FakeWay:
    """How keys leave the fake."""

    method: str
    means: str = "FAKE"


@dataclass(frozen=True)
class FakeStranger:
    """An object that is none of ours; a stubborn one does not go."""

    mark: str
    label: str = "x"
    stubborn: bool = False

    @property
    def told(self) -> str:
        """Return it in words."""
        return f"{self.mark} secret key, label '{self.label}', id none"


@dataclass(frozen=True)
class FakeEntry:
    """An entry of a FAKE device's log."""

    number: int
    signed_with: bytes

    @property
    def octets(self) -> bytes:
        """Return something that is like no other."""
        return self.number.to_bytes(2, "big") + b"FAKE"


@dataclass(frozen=True)
class FakeLog:
    """What a FAKE device logged."""

    entries: tuple[FakeEntry, ...]
    whole: bool = True
    unlogged: int = 0


@dataclass
class FakeDevice:
    """A FAKE device's log, which forgets what was drained. `lost`: so many of its next entries vanish."""

    entries: list[FakeEntry] = field(default_factory=list)
    last: int = 0
    lost: int = 0

    def log(self, key_id: bytes) -> None:
        """Log a signature."""
        self.last += 1
        if self.lost:
            self.lost -= 1
        else:
            self.entries.append(FakeEntry(self.last, key_id))

    def since(self, last: bytes) -> FakeLog:
        """Return what was logged since an entry, and forget it."""
        number = int.from_bytes(last[:2], "big")
        found = tuple(each for each in self.entries if each.number > number)
        whole = [each.number for each in found] == list(range(number + 1, number + 1 + len(found)))
        self.entries = list(found)
        return FakeLog(found, whole or not last)


@dataclass
class FakeTokens:
    """A FAKE slot that holds any number of FAKE tokens.

    `faults` says what happens at the n-th call of a verb. With `without_ed25519` the audit key is a P-256 key, as on a
    token that knows no other; with `without_records` it holds no data objects. `kept` are those that it holds.
    `abandoned` is how many scratch tokens a killed program left. `way` is how keys leave it, `tries` whether that can
    be tried.
    """

    keys: dict[str, dict[str, FakeKey]] = field(default_factory=dict)
    faults: Mapping[tuple[str, int], Fault] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    closed: int = 0
    without_ed25519: bool = False
    without_records: bool = False
    kept: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    pin: str = PIN
    strangers: list[FakeStranger] = field(default_factory=list)
    abandoned: int = 0
    device: FakeDevice | None = None
    left: tuple[str, ...] = ()
    tries: bool = True
    way: str = "AES-KWP (RFC 5649)"
    attested: Callable[[KeyFacts], tuple[bytes, ...]] = lambda _: ()

    @property
    def sets_up(self) -> bool:
        """Say whether a set-up is played."""
        return bool(self.left)

    def initialize(self, label: str, *, so_pin: str, pin: str) -> "FakeToken":
        """Make a fake token; its PIN is `pin`, whatever is asked for."""
        sys.stderr.write("*** FAKE TOKEN *** software keys in this process, for tests only\n")
        self.keys[label] = {}
        return self.attach(label, f"FAKE-{label}")

    def check_new_pin(self, pin: str) -> None:
        """Take any."""

    def check_unused(self, so_pin: str) -> None:
        """Take the password that a maker gives, and the set-up key `SET_UP_KEY`."""
        self.happen("check-unused")
        if so_pin not in ("", SET_UP_KEY):
            raise trouble(TokenTrouble.WRONG_PIN, "The token refused the PIN.")

    def attach(self, label: str, serial: str) -> "FakeToken":
        """Find the fake token."""
        self.happen("attach")
        return FakeToken(self, FakeFacts(label, serial))

    def backup(self, kind: str) -> FakeWay | None:
        """Say how keys leave it."""
        return None if kind == "ed25519" else FakeWay(self.way)

    @contextmanager
    def scratch(self) -> Iterator["FakeToken"]:
        """Give an empty fake token."""
        self.keys["scratch"] = {}
        yield self.attach("scratch", "FAKE-scratch")
        del self.keys["scratch"]

    def sweep(self) -> int:
        """Forget what was left."""
        found, self.abandoned = self.abandoned, 0
        return found

    def happen(self, verb: str, signature: bytes = b"") -> bytes:
        """Count a call and let its fault happen."""
        self.calls.append(verb)
        fault = self.faults.get((verb, Counter(self.calls)[verb]))
        if isinstance(fault, BaseException):
            raise fault
        return fault(signature) if fault else signature


class FakeToken:
    """One FAKE token."""

    def __init__(self, slot: FakeTokens, facts: FakeFacts) -> None:
        self._slot = slot
        self.facts = facts

    def login(self, pin: str) -> None:
        """Take the PIN."""
        self._slot.happen("login")
        if pin != self._slot.pin:
            raise trouble(TokenTrouble.WRONG_PIN, "The PIN is wrong.")

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return what it can."""
        return ("ec-p256", "ec-p384") if self._slot.without_ed25519 else ("ec-p256", "ec-p384", "ed25519")

    def begin_set_up(self, pin: str) -> None:
        """Take the PIN that will be its own."""
        self.login(pin)

    def end_set_up(self, pin: str) -> tuple[str, ...]:
        """Say what is left, where a set-up is played."""
        self._slot.happen("end_set_up")
        return self._slot.left

    def attest(self, key: KeyFacts) -> tuple[bytes, ...]:
        """Return the attestation that is played."""
        return self._slot.attested(key)

    def drain(self, last: bytes, record: Callable[[DeviceLog], None]) -> None:
        """Hand on the log that is played."""
        if self._slot.device is not None:
            self._slot.happen("drain")
            record(self._slot.device.since(last))

    def generate(self, kind: str, *, label: str, key_id: bytes, extractable: bool) -> FakeKey:
        """Make a software key."""
        self._slot.happen("generate")
        private = _private_key(kind)
        attributes = (("CKA_EXTRACTABLE", str(extractable).lower()),)
        return self._slot.keys[self.facts.label].setdefault(label, FakeKey(label, key_id, private, attributes))

    def find(self, label: str, public_key: bytes = b"") -> FakeKey:
        """Return a key."""
        self._slot.happen("find")
        if label not in self._slot.keys[self.facts.label]:
            raise trouble(TokenTrouble.KEY, "There is no such key.")
        return self._slot.keys[self.facts.label][label]

    def strangers(self, ours: Sequence[object], record: str) -> tuple[str, ...]:
        """Return what was put into it."""
        self._slot.happen("strangers")
        return tuple(each.told for each in self._slot.strangers)

    def remove(self, marks: Collection[str], ours: Sequence[object], record: str) -> tuple[str, ...]:
        """Remove what was put into it, but what is stubborn."""
        self._slot.happen("remove")
        self._slot.strangers = [each for each in self._slot.strangers if each.mark not in marks or each.stubborn]
        return tuple(each.told for each in self._slot.strangers)

    def sign(self, key: object, algorithm: str, message: bytes) -> bytes:
        """Sign with the software key: calls count as `sign-root` and `sign-audit`, the proof as `prove-root`."""
        assert isinstance(key, FakeKey)
        if key.label not in self._slot.keys[self.facts.label]:
            raise trouble(TokenTrouble.KEY, "There is no such key.")
        if self._slot.device is not None:
            self._slot.device.log(key.key_id)
        verb = "prove" if message.startswith(PROOF) else "sign"
        return self._slot.happen(f"{verb}-{key.label}", _signature(key.private, algorithm, message))

    def wrap(self, label: str, kek: bytes) -> bytes:
        """Return a software key, wrapped as SoftHSM does."""
        private = self._slot.keys[self.facts.label][label].private
        pkcs8 = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return self._slot.happen("wrap", aes_key_wrap_with_padding(kek, pkcs8 + bytes(-len(pkcs8) % 8)))

    def unwrap(self, key: KeyFacts, wrapped: bytes, kek: bytes, *, extractable: bool) -> FakeKey:
        """Put a wrapped key in."""
        self._slot.happen("unwrap")
        private = load_der_private_key(first(aes_key_unwrap_with_padding(kek, wrapped)), None)
        assert isinstance(private, Key)
        attributes = (("CKA_EXTRACTABLE", str(extractable).lower()),)
        return self._slot.keys[self.facts.label].setdefault(
            key.label, FakeKey(key.label, key.key_id, private, attributes)
        )

    def change_pin(self, pin: str, new_pin: str) -> None:
        """Take another PIN; a fault comes after it, one called `refuse-pin` before it."""
        self._slot.happen("refuse-pin")
        assert pin == self._slot.pin
        self._slot.pin = new_pin
        self._slot.happen("change-pin")

    def destroy(self, label: str) -> None:
        """Remove a key; a fault that takes the word away keeps it."""
        if self._slot.happen("destroy", b"destroyed"):
            self._slot.keys[self.facts.label].pop(label, None)

    @property
    def keeps_records(self) -> bool:
        """Say whether it holds data objects."""
        return not self._slot.without_records

    def records(self, label: str) -> tuple[bytes, ...]:
        """Return the data objects with a label."""
        self._slot.happen("records")
        return self._slot.kept.get(label, ())

    def record(self, label: str, value: bytes) -> None:
        """Keep a data object."""
        self._slot.happen("record")
        self._slot.kept[label] = (value,)

    def close(self) -> None:
        """End the session."""
        self._slot.calls.append("close")
        self._slot.closed += 1


def _private_key(kind: str) -> Key:
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP256R1() if kind == "ec-p256" else ec.SECP384R1())


def _signature(private: Key, algorithm: str, message: bytes) -> bytes:
    if isinstance(private, ed25519.Ed25519PrivateKey):
        assert algorithm == "ed25519"
        return private.sign(message)
    return private.sign(message, ec.ECDSA({"ecdsa-sha256": SHA256(), "ecdsa-sha384": SHA384()}[algorithm]))
