"""The token as the rest of the program sees it. Every call goes to a worker process.

A module that crashes or hangs is an error here, not the end.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from hsm import folder
from hsm.deadlines import DEADLINES
from hsm.device import Device
from hsm.errors import KeyAbsent, Misuse, TokenRefused
from hsm.facts import KeyObject, TokenFacts, TokenKey, TokenObject
from hsm.frames import MAX_MESSAGE, Fields, Secret, Value
from hsm.kinds import ALGORITHMS, kind_named
from hsm.pins import check_new_pin, check_pin
from hsm.place import Place
from hsm.process import PROGRAM, Worker, nothing
from hsm.profiles import SOFTHSM, Backup, Profile

T = TypeVar("T")

_TOKEN_LABEL_BYTES = 32
_KEY_LABEL_BYTES = 40
_KEY_ID_BYTES = 64
_RECORD_LABEL_BYTES = 44
"""`offline-root/` and the longest name of an authority."""
_KEK_BYTES = 32
_RECORD_BYTES = 1024
"""A signed checkpoint has 200 to 300 bytes."""


class Token:
    """One token, opened by label and serial number; a context manager that ends its worker process.

    Calls block until the module answers, at most as long as `DEADLINES` says, and may come from any thread. After
    TokenRefused the token is closed (`login` again); after WorkerLost this object is of no more use (`attach` again).
    `kinds` are the kinds of keys that it says it can use, known after a login.
    """

    def __init__(self, place: Place, worker: Worker, facts: TokenFacts) -> None:
        self.facts = facts
        self.kinds: tuple[str, ...] = ()
        self._place = place
        self._worker = worker

    @classmethod
    def initialize(
        cls,
        module: Path,
        directory: Path | None,
        *,
        label: str,
        so_pin: str,
        pin: str,
        profile: Profile = SOFTHSM,
        deadlines: Mapping[str, float] = DEADLINES,
        _program: Sequence[str] = PROGRAM,
    ) -> Self:
        """Make a new token and return it, not logged in (PKCS#11 v2.40 C_InitToken, C_InitPIN).

        A device has no SO PIN: `so_pin` opens it as it is before its set-up, and everything that could is replaced.
        TokenUsed, FirmwareOld. Then come `device.begin_set_up`, the making of keys, `device.end_set_up`.

        `module` is the vendor's library; `directory`, made when missing, is where a software token lives (None: as the
        module is configured). `label` has at most 32 bytes in UTF-8. The PINs go to the worker only: never into an
        argument, a variable of the environment, a log or an exception. `deadlines` (seconds) replaces entries of
        DEADLINES.
        """
        secrets = {"so_pin": Secret(so_pin), "pin": Secret(pin)}
        del so_pin, pin
        _check_label(label, _TOKEN_LABEL_BYTES)
        check_new_pin(secrets["pin"], profile)
        (check_pin if profile.device else check_new_pin)(secrets["so_pin"], profile)
        if not profile.initializes:
            raise Misuse(f"tokens of the profile {profile.name} are made with the vendor's tool")
        if directory is not None and profile.folder is not None:
            folder.make(profile.folder, directory)
        place = Place(module.absolute(), directory, profile, {**DEADLINES, **deadlines}, _program)
        token = cls._open(place, "initialize", {"label": label, **secrets})
        try:
            place.keep()
        except BaseException:
            token.close()
            raise
        return token

    @classmethod
    def attach(
        cls,
        module: Path,
        directory: Path | None,
        *,
        label: str,
        serial: str | None,
        profile: Profile = SOFTHSM,
        deadlines: Mapping[str, float] = DEADLINES,
        _program: Sequence[str] = PROGRAM,
    ) -> Self:
        """Return the token with this `label` and `serial`, never looked for by slot; not logged in.

        `serial` None: the only one with this label. ModuleMissing, FolderUnusable, TokenAbsent (it says what was found
        instead), TokenAmbiguous, WorkerLost. The rest as for `initialize`.
        """
        place = Place(module.absolute(), directory, profile, {**DEADLINES, **deadlines}, _program)
        return cls._open(place, "attach", {"label": label, "serial": serial})

    @classmethod
    def _open(cls, place: Place, verb: str, fields: Mapping[str, Value]) -> Self:
        worker = place.start()
        try:
            whole = {**fields, "module": str(place.module), "profile": place.profile.name}
            facts = worker.call(verb, whole, place.deadlines[verb], TokenFacts.read)
        except BaseException:
            worker.stop(place.deadlines["close"])
            raise
        return cls(place, worker, facts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def login(self, pin: str) -> None:
        """Open the token with the user's `pin` (PKCS#11 v2.40 C_Login).

        Open already, it is closed first, so the PIN is really checked. WrongPin may be followed by another try at once.
        SoftHSM never locks; count the attempts in the program.
        """
        secret = Secret(pin)
        del pin
        check_pin(secret, self._place.profile)
        self._ask("login", {"pin": secret}, self._know)

    def _know(self, answer: Fields) -> None:
        """Remember what a token said when it was opened."""
        self.kinds = tuple(row.text("name") for row in answer.rows("kinds"))

    @property
    def device(self) -> Device:
        """Return what this token does besides PKCS#11."""
        return Device(self._place.profile.device, self._ask, self.login, self._know)

    def logout(self) -> None:
        """Close the token (C_Logout); nothing happens when it is closed."""
        self._ask("logout", {}, nothing)

    def generate(self, kind: str, *, label: str, key_id: bytes, extractable: bool) -> TokenKey:
        """Make a key pair that stays in the token (C_GenerateKeyPair) and return it with the attributes read back.

        `kind` is one of KINDS; `label` has at most 40 bytes in UTF-8, `key_id` 1 to 64. KeyExists if either is taken.
        `extractable`: a wrapped backup shall be possible; the key then never counts as "never extractable".
        """
        kind_named(kind)
        _check_label(label, _KEY_LABEL_BYTES)
        if not 1 <= len(key_id) <= _KEY_ID_BYTES:
            raise Misuse(f"a key id has 1 to {_KEY_ID_BYTES} bytes")
        fields: dict[str, Value] = {"kind": kind, "label": label, "key_id": key_id, "extractable": extractable}
        return self._ask("generate", fields, TokenKey.read)

    def find(self, label: str, public_key: bytes = b"") -> TokenKey:
        """Return the one key pair with `label`; KeyAbsent unless both halves are there, KeyAmbiguous if more are.

        With a `public_key` (DER SubjectPublicKeyInfo) it is that key's pair where several have the label.
        """
        return self._ask("find", {"label": label, "public_key": public_key}, TokenKey.read)

    def keys(self) -> tuple[KeyObject, ...]:
        """Return every private and public key object: a generation that was killed can leave a public half alone."""
        return self._ask("keys", {}, lambda answer: tuple(KeyObject.read(row) for row in answer.rows("keys")))

    def strangers(self, ours: Sequence[TokenKey], record: str) -> tuple[TokenObject, ...]:
        """Return every object in the token but both halves of our keys and the data objects with the label `record`."""
        return self._ask("strangers", _belongings(ours, record), _objects)

    def remove(self, marks: Collection[str], ours: Sequence[TokenKey], record: str) -> tuple[TokenObject, ...]:
        """Remove the strangers with these marks for good, and return those that are left; never what is ours."""
        rows: list[dict[str, Value]] = [{"mark": each} for each in sorted(marks)]
        left = self._ask("remove", {**_belongings(ours, record), "marks": rows}, _objects)
        self._place.flush()
        return left

    def sign(self, key: TokenKey, algorithm: str, message: bytes) -> bytes:
        """Return the signature of the whole `message` (bytes, not a digest) as X.509 carries it.

        ECDSA as DER Ecdsa-Sig-Value, the others raw. `algorithm` is one of ALGORITHMS and must go with the key's kind,
        else Misuse. KeyAbsent if the token no longer holds exactly this public key. The signature is not verified here:
        modules do return wrong ones without an error (measured), so verify it before use.
        """
        if algorithm not in ALGORITHMS:
            raise Misuse(f"unknown algorithm: {algorithm}")
        if len(message) > MAX_MESSAGE:
            raise Misuse(f"a message has at most {MAX_MESSAGE} bytes")
        fields: dict[str, Value] = {**key.fields(), "algorithm": algorithm, "message": message}
        return self._ask("sign", fields, lambda answer: answer.data("signature"))

    @property
    def keeps_records(self) -> bool:
        """Say whether tokens of this profile hold data objects."""
        return self._place.profile.records

    def records(self, label: str) -> tuple[bytes, ...]:
        """Return what `record` wrote under this label: nothing or one, two after a crash; what is unreadable is not."""
        self._check_record(label)
        return self._ask(
            "records", {"label": label}, lambda answer: tuple(row.data("value") for row in answer.rows("records"))
        )

    def record(self, label: str, value: bytes) -> None:
        """Keep a small value in the token, private to its user, in place of the one with this label.

        The new one is there before the old one goes.
        """
        self._check_record(label)
        if not 1 <= len(value) <= _RECORD_BYTES:
            raise Misuse(f"a record has 1 to {_RECORD_BYTES} bytes")
        self._ask("record", {"label": label, "value": value}, nothing)

    def _check_record(self, label: str) -> None:
        _check_label(label, _RECORD_LABEL_BYTES)
        if not self.keeps_records:
            raise Misuse(f"tokens of the profile {self._place.profile.name} hold no data objects")

    @property
    def backup(self) -> Backup | None:
        """Return how keys of tokens of this profile are wrapped; None where they are not."""
        return self._place.profile.backup

    def wrap(self, label: str, kek: bytes) -> bytes:
        """Return the private key with this label, wrapped under 32 octets that its keepers hold.

        TokenRefused unless it was made extractable.
        """
        return self._ask("wrap", {"label": label, "kek": _kek(kek)}, lambda answer: answer.data("blob"))

    def unwrap(self, key: TokenKey, blob: bytes, kek: bytes, *, extractable: bool) -> TokenKey:
        """Put a wrapped key into this token, with label, id and public key of `key`, and return it as read back.

        Whether it belongs to that public key only a signature shows. KeyExists; TokenRefused where `kek` or `blob` is
        not the right one.
        """
        fields: dict[str, Value] = {**key.fields(), "blob": blob, "kek": _kek(kek), "extractable": extractable}
        return self._ask("unwrap", fields, TokenKey.read)

    def destroy(self, label: str) -> None:
        """Remove both halves of a key for good; TokenRefused if anything is left of it."""
        left = self._ask("destroy", {"label": label}, lambda answer: answer.number("left"))
        self._place.flush()
        if left:
            raise TokenRefused(f"{left} objects with the label {label} are still in the token.", "left")

    def change_pin(self, pin: str, new_pin: str) -> None:
        """Replace the user's PIN (C_SetPIN); PinUnfit, WrongPin."""
        secrets = {"pin": Secret(pin), "new_pin": Secret(new_pin)}
        del pin, new_pin
        check_new_pin(secrets["new_pin"], self._place.profile)
        self._ask("change_pin", secrets, nothing)
        self._place.keep_anew()

    def close(self) -> None:
        """End the session, the module and the worker process. May be called again."""
        self._worker.stop(self._place.deadlines["close"])

    def _ask(self, verb: str, fields: Mapping[str, Value], read: Callable[[Fields], T]) -> T:
        """Tell a missing folder from a missing key: without its folder SoftHSM sees no keys and no error (measured)."""
        try:
            answer = self._worker.call(verb, fields, self._place.deadlines[verb], read)
        except (KeyAbsent, TokenRefused) as error:
            self._place.check()
            raise error from None
        if verb == "keys":
            self._place.check()
        return answer


def _check_label(label: str, longest: int) -> None:
    if not label.isprintable() or label != label.strip() or not 1 <= len(label.encode()) <= longest:
        raise Misuse(f"a label is printable text of 1 to {longest} bytes without spaces around it")


def _belongings(ours: Sequence[TokenKey], record: str) -> dict[str, Value]:
    return {"ours": [{"label": each.label, "public_key": each.public_key} for each in ours], "record": record}


def _objects(answer: Fields) -> tuple[TokenObject, ...]:
    return tuple(TokenObject.read(row) for row in answer.rows("objects"))


def _kek(octets: bytes) -> Secret:
    if len(octets) != _KEK_BYTES:
        raise Misuse(f"a key that wraps has {_KEK_BYTES} bytes")
    return Secret(base64.b64encode(octets).decode("ascii"))
