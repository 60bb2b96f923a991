"""The log of a YubiHSM 2: what is in it, drained by Yubico's own library before a simulated device."""

from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from hsm import DeviceEntry, DeviceLog, Token, TokenAbsent, TokenKey, TokenRefused
from tests.modules.device.doings import OPERATING, simulated, url_of
from tests.modules.stands import Stand
from tests.yubihsm.devicelog import ENTRIES, FIXED, OFF
from tests.yubihsm.host import Host
from tests.yubihsm.words import Command

RECORD = "offline-root/root"


@dataclass
class Drained:
    """What was drained so far."""

    logs: list[DeviceLog] = field(default_factory=list)

    @property
    def entries(self) -> list[DeviceEntry]:
        return [entry for log in self.logs for entry in log.entries]

    @property
    def last(self) -> bytes:
        return self.entries[-1].octets if self.entries else b""

    def of(self, token: Token) -> None:
        token.device.drain(self.last, self.logs.append)


def test_everything_that_signs_or_changes_is_logged_until_a_reset(stand: Stand, ready: tuple[Token, TokenKey]) -> None:
    log = simulated(stand).log
    assert log.force == FIXED
    unlogged = {command for command, value in log.audited.items() if value == OFF}
    assert {command for command, value in log.audited.items() if value != FIXED} == unlogged
    changing = ("SIGN", "PUT", "GENERATE", "DELETE", "EXPORT", "IMPORT", "SET_OPTION", "RESET", "AUTHENTICATE")
    assert not [command for command in unlogged if command.name.startswith(changing)]


def test_the_log_is_drained_however_much_is_signed(stand: Stand, ready: tuple[Token, TokenKey]) -> None:
    token, key = ready
    drained = Drained()
    drained.of(token)
    for number in range(2 * ENTRIES):
        token.sign(key, "ecdsa-sha384", b"message")
        token.record(RECORD, b"%d" % number)
        if number % 15 == 14:
            drained.of(token)
    drained.of(token)
    assert len(drained.entries) > 4 * ENTRIES
    assert all(log.whole for log in drained.logs)
    assert sum(entry.signed_with == b"\0\1" for entry in drained.entries) == 2 * ENTRIES
    assert [entry.number for entry in drained.entries] == list(range(1, len(drained.entries) + 1))
    assert simulated(stand).most_sessions == 1


def test_without_a_drain_a_full_log_stops_the_signing_and_a_drain_lets_it_go_on(
    stand: Stand, ready: tuple[Token, TokenKey]
) -> None:
    token, key = ready
    signed = 0
    with suppress(TokenRefused):
        for signed in range(ENTRIES):  # noqa: B007
            token.sign(key, "ecdsa-sha384", b"message")
    assert ENTRIES // 4 < signed < ENTRIES - 1
    drained = Drained()
    drained.of(token)
    assert token.sign(key, "ecdsa-sha384", b"message")


def test_what_was_not_recorded_is_not_forgotten(stand: Stand, ready: tuple[Token, TokenKey]) -> None:
    token, key = ready
    token.sign(key, "ecdsa-sha384", b"message")

    def no_disk(_: DeviceLog) -> None:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011
        token.device.drain(b"", no_disk)
    drained = Drained()
    drained.of(token)
    assert [entry.signed_with for entry in drained.entries if entry.signed_with] == [b"\0\1"]
    drained.of(token)
    assert simulated(stand).most_sessions == 1


def test_a_drain_by_somebody_else_leaves_a_gap(stand: Stand, ready: tuple[Token, TokenKey]) -> None:
    token, key = ready
    drained = Drained()
    drained.of(token)
    token.sign(key, "ecdsa-sha384", b"message")
    host = Host(url_of(stand), OPERATING[4:], 0x42)
    told = host.ask(Command.GET_LOG_ENTRIES)
    host.ask(Command.SET_LOG_INDEX, told[-32:-30])
    host.ask(Command.CLOSE_SESSION)
    token.sign(key, "ecdsa-sha384", b"message")
    drained.of(token)
    assert [log.whole for log in drained.logs] == [True, False]


def test_another_device_at_the_same_address_is_not_taken(stand: Stand, ready: tuple[Token, TokenKey]) -> None:
    token, _ = ready
    simulated(stand).maker.serial = 1
    with pytest.raises(TokenAbsent, match="has the serial number 1, not 12345678"):
        Drained().of(token)


def test_a_device_that_does_not_answer(stand: Stand, ready: tuple[Token, TokenKey]) -> None:
    token, _ = ready
    simulated(stand).faults.pulled_at = 2  # PKCS#11 still ends its session
    with pytest.raises(TokenAbsent, match="does not answer"):
        Drained().of(token)
