"""The tokens of `hsm` as the station's port wants them: the only module that knows `hsm`. Its errors become ours."""

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import hsm
from offline_root import scratch
from offline_root.config import Appliance
from offline_root.errors import TokenError, TokenTrouble
from offline_root.token_facts import BackupWay, DeviceLog, KeyFacts

_SCRATCH_PIN_OCTETS = 16

_TROUBLES: tuple[tuple[type[hsm.TokenError], TokenTrouble], ...] = (
    (hsm.WrongPin, TokenTrouble.WRONG_PIN),
    (hsm.PinLocked, TokenTrouble.PIN_LOCKED),
    (hsm.TokenAbsent, TokenTrouble.ABSENT),
    (hsm.FolderUnusable, TokenTrouble.ABSENT),
    (hsm.FirmwareOld, TokenTrouble.ABSENT),
    (hsm.ModuleMissing, TokenTrouble.MODULE),
    (hsm.WorkerLost, TokenTrouble.WORKER),
    (hsm.KeyAbsent, TokenTrouble.KEY),
    (hsm.KeyAmbiguous, TokenTrouble.KEY),
    (hsm.KeyExists, TokenTrouble.KEY),
)


@contextmanager
def _token_errors() -> Iterator[None]:
    try:
        yield
    except hsm.Misuse as error:
        raise TokenError(
            f"The token was asked for something impossible: {error}.",
            trouble=TokenTrouble.REFUSED,
            meaning="This is a mistake of the program or of its settings. The token was not asked.",
            mend="Keep these words for the people who maintain the program.",
            retry=False,
        ) from error
    except hsm.TokenError as error:
        trouble = next((each for kind, each in _TROUBLES if isinstance(error, kind)), TokenTrouble.REFUSED)
        raise TokenError(
            error.what, trouble=trouble, meaning=error.meaning, mend=error.mend, retry=error.retry
        ) from error


class WiredToken:
    """A token of `hsm` as the station's port wants it."""

    def __init__(self, token: hsm.Token) -> None:
        self._token = token
        self._keys: dict[str, hsm.TokenKey] = {}
        self.facts = token.facts

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of keys that sign messages of any length, after a login."""
        return self._token.device.any_length(self._token.kinds)

    def login(self, pin: str) -> None:
        """Open the token (TokenError)."""
        with _token_errors():
            self._token.login(pin)

    def begin_set_up(self, pin: str) -> None:
        """Open a token that was just made (TokenError)."""
        with _token_errors():
            self._token.device.begin_set_up(pin)

    def end_set_up(self, pin: str) -> tuple[str, ...]:
        """Leave the operating key as all that opens a device (TokenError)."""
        with _token_errors():
            return self._token.device.end_set_up(pin)

    def attest(self, key: KeyFacts) -> tuple[bytes, ...]:
        """Return what a device says of the origin of a key (TokenError)."""
        with _token_errors():
            return self._token.device.attest(self._keys[key.label])

    def drain(self, last: bytes, record: Callable[[DeviceLog], None]) -> None:
        """Hand on what a device logged (TokenError)."""
        with _token_errors():
            self._token.device.drain(last, record)

    def generate(self, kind: str, *, label: str, key_id: bytes, extractable: bool) -> KeyFacts:
        """Make a key pair in the token (TokenError)."""
        with _token_errors():
            self._keys[label] = self._token.generate(kind, label=label, key_id=key_id, extractable=extractable)
        return self._keys[label]

    def find(self, label: str, public_key: bytes = b"") -> KeyFacts:
        """Return the key pair with a label; of several, the one with this public key (TokenError)."""
        with _token_errors():
            self._keys[label] = self._token.find(label, public_key)
        return self._keys[label]

    def strangers(self, ours: Sequence[KeyFacts], record: str) -> tuple[str, ...]:
        """Return every object but our keys and our record (TokenError)."""
        with _token_errors():
            return _told(self._token.strangers([self._keys[each.label] for each in ours], record))

    def remove(self, marks: Collection[str], ours: Sequence[KeyFacts], record: str) -> tuple[str, ...]:
        """Remove strangers, and return those that are left (TokenError)."""
        with _token_errors():
            return _told(self._token.remove(marks, [self._keys[each.label] for each in ours], record))

    def sign(self, key: KeyFacts, algorithm: str, message: bytes) -> bytes:
        """Return the signature over a whole message (TokenError)."""
        with _token_errors():
            return self._token.sign(self._keys[key.label], algorithm, message)

    def wrap(self, label: str, kek: bytes) -> bytes:
        """Return a private key, wrapped (TokenError)."""
        with _token_errors():
            return self._token.wrap(label, kek)

    def unwrap(self, key: KeyFacts, wrapped: bytes, kek: bytes, *, extractable: bool) -> KeyFacts:
        """Put a wrapped key into this token (TokenError)."""
        asked = hsm.TokenKey(key.label, key.key_id, key.public_key, ())
        with _token_errors():
            self._keys[key.label] = self._token.unwrap(asked, wrapped, kek, extractable=extractable)
        return self._keys[key.label]

    def change_pin(self, pin: str, new_pin: str) -> None:
        """Replace the PIN (TokenError)."""
        with _token_errors():
            self._token.change_pin(pin, new_pin)

    def destroy(self, label: str) -> None:
        """Remove a key for good (TokenError)."""
        with _token_errors():
            self._token.destroy(label)

    @property
    def keeps_records(self) -> bool:
        """Say whether it holds small values of ours."""
        return self._token.keeps_records

    def records(self, label: str) -> tuple[bytes, ...]:
        """Return what was kept under a label (TokenError)."""
        with _token_errors():
            return self._token.records(label)

    def record(self, label: str, value: bytes) -> None:
        """Keep a small value in the token (TokenError)."""
        with _token_errors():
            self._token.record(label, value)

    def close(self) -> None:
        """End the worker."""
        with _token_errors():
            self._token.close()


def _told(found: Iterable[hsm.TokenObject]) -> tuple[str, ...]:
    return tuple(
        f"{each.mark} {each.kind}, label '{each.label}', id {each.object_id.hex() or 'none'}" for each in found
    )


class WiredTokens:
    """The tokens that this machine's module can reach."""

    def __init__(self, appliance: Appliance, directory: Path) -> None:
        self._module = appliance.module
        self._profile = replace(hsm.PROFILES[appliance.profile], config=appliance.config)
        self._label = appliance.token or self._profile.label
        self._directory = directory
        self._scratch = appliance.scratch

    def initialize(self, label: str, *, so_pin: str, pin: str) -> WiredToken:
        """Make a new token, or take the one that the vendor's tool made (TokenError)."""
        with _token_errors():
            if not self._profile.initializes:
                return WiredToken(self._attached(self._label or label, None))
            return WiredToken(self._made_of(label, self._directory, so_pin or self._profile.factory_pin, pin))

    def check_new_pin(self, pin: str) -> None:
        """Refuse what a token would not take as a new PIN (TokenError)."""
        with _token_errors():
            hsm.check_new_pin(hsm.Secret(pin), self._profile)

    def attach(self, label: str, serial: str) -> WiredToken:
        """Find the token with a label and a serial number (TokenError)."""
        with _token_errors():
            return WiredToken(self._attached(label, serial))

    def check_unused(self, so_pin: str) -> None:
        """Refuse a device that cannot be set up, before anybody is bothered for it (TokenError).

        Nothing in it is changed. `so_pin` opens it as it is, empty: as its maker delivers it.
        """
        with _token_errors(), self._attached(self._label, None) as token:
            try:
                token.login(so_pin or self._profile.factory_pin)
            except hsm.WrongPin:
                if so_pin:
                    raise
                raise hsm.TokenUsed("The device does not open with the password that its maker gives it.") from None
            if found := _told(token.strangers([], "")):
                raise hsm.TokenUsed(f"The device holds {'; '.join(found)}.")

    @property
    def sets_up(self) -> bool:
        """Say whether the set-up of a token ends for good."""
        return self._profile.device

    def backup(self, kind: str) -> BackupWay | None:
        """Return how keys of a kind leave tokens of this module, and come back; None where they cannot."""
        way = self._profile.backup
        return way if way and hsm.KINDS[kind].family in way.families else None

    @property
    def tries(self) -> bool:
        """Say whether there is a place for the scratch token that a backup is tried in."""
        return self._profile.folder is not None or self._scratch is not None

    @contextmanager
    def scratch(self) -> Iterator[WiredToken]:
        """Give an empty token, logged in: made in memory where there is a place for that, or the one set up for it."""
        with ExitStack() as at_the_end:
            token, pin = self._set_up() if self._scratch else self._made(at_the_end)
            at_the_end.callback(token.close)
            token.login(pin)
            if self._scratch:
                _check_empty(token)
                at_the_end.callback(_swept, token)
            yield token

    def sweep(self) -> int:
        """Remove the scratch tokens that a program left which was killed; return how many there were (TokenError)."""
        return scratch.sweep()

    def _set_up(self) -> tuple[WiredToken, str]:
        profile = replace(self._profile, config=self._scratch)
        with _token_errors():
            found = hsm.Token.attach(self._module, self._directory, label=self._label, serial=None, profile=profile)
        return WiredToken(found), profile.factory_pin

    def _made(self, at_the_end: ExitStack) -> tuple[WiredToken, str]:
        folder = at_the_end.enter_context(scratch.folder())
        so_pin, pin = (secrets.token_hex(_SCRATCH_PIN_OCTETS) for _ in range(2))
        with _token_errors():
            return WiredToken(self._made_of("scratch", folder / "token", so_pin, pin)), pin

    def _made_of(self, label: str, directory: Path, so_pin: str, pin: str) -> hsm.Token:
        label = self._profile.label or label
        return hsm.Token.initialize(self._module, directory, label=label, so_pin=so_pin, pin=pin, profile=self._profile)

    def _attached(self, label: str, serial: str | None) -> hsm.Token:
        return hsm.Token.attach(self._module, self._directory, label=label, serial=serial, profile=self._profile)


def _check_empty(token: WiredToken) -> None:
    """Refuse a scratch token in which something lies: it may be the only copy of a key (TokenError)."""
    if found := token.strangers((), ""):
        raise TokenError(
            f"The scratch token is not empty. In it lies {'; '.join(found)}.",
            trouble=TokenTrouble.KEY,
            meaning="It is another token than the one set up for this, or a backup that was cut short left a copy of"
            " the root key in it. Nothing in it was changed. The backup does not count.",
            mend="Compare its serial number. If it is the scratch token, reset it with its maker's tool, which removes"
            " the copy, and make the backup again.",
            retry=True,
        )


def _swept(token: WiredToken) -> None:
    """Leave no root key in a scratch token; one that broke in between is reset by its owner anyway."""
    with suppress(TokenError):
        token.destroy("root")
