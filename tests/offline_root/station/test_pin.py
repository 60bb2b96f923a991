"""PINs: every attempt is counted before it is made, and the last one that the policy allows ends the ceremony."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from offline_root.errors import AuditError, CeremonyError, TokenError, TokenTrouble
from offline_root.model import People
from tests.fakes.token import PIN, FakeKey, Fault, flipped, lost, trouble
from tests.offline_root.station.rooms import PEOPLE, SOLO, Room, fake_room, refuses, softhsm_room

ALONE = People("Olga Operator", ())
WRONG = "0000-0000"


def faulty(room: Room, faults: Mapping[tuple[str, int], Fault]) -> Room:
    assert room.tokens
    room.tokens.faults = faults
    return room


@pytest.fixture
def solo(tmp_path: Path) -> Room:
    """Return an authority whose policy asks for no witness, on a FAKE token."""
    return fake_room(tmp_path / "home", text=SOLO)


class TestWrongPin:
    def test_may_be_followed_by_the_right_one(self, fake: Room) -> None:
        with fake.station() as station:
            station.open(fake.opening())
            with pytest.raises(TokenError, match="PIN is wrong") as error:
                station.unlock(WRONG)
            assert error.value.retry
            assert station.state.attempts == 1
            station.unlock(PIN)
            assert station.state.attempts == 0
            fake.close(station)
        assert fake.events()[-6:] == [
            "ceremony-opened",
            "token-open-attempted",
            "token-open-refused",
            "token-open-attempted",
            "token-opened",
            "ceremony-closed",
        ]

    def test_is_in_the_log_before_the_token_is_asked(self, fake: Room) -> None:
        seen = []

        def look(signature: bytes) -> bytes:
            seen.append(fake.events()[-1])
            return signature

        with faulty(fake, {("login", 1): look}).station() as station:
            station.open(fake.opening())
            station.unlock(PIN)
        assert seen == ["token-open-attempted"]

    def test_ends_the_ceremony_at_the_limit_and_demands_a_witness_at_the_next(self, solo: Room) -> None:
        with solo.station() as station:
            station.open(solo.opening(people=ALONE))
            for _ in range(2):
                with pytest.raises(TokenError, match=r"PIN is wrong\. That was attempt [12] of 3\.") as error:
                    station.unlock(WRONG)
                assert error.value.trouble is TokenTrouble.WRONG_PIN
            with pytest.raises(TokenError, match=r"PIN is wrong\. That was attempt 3 of 3") as error:
                station.unlock(WRONG)
            assert (error.value.trouble, error.value.retry) == (TokenTrouble.PIN_LOCKED, False)
            with pytest.raises(CeremonyError, match="No ceremony is open"):
                station.unlock(PIN)
            assert station.close("failed: PIN") is None
        assert solo.events()[-1] == "ceremony-closed"

        because = r"1 witness\(es\) must be present because the PIN was wrong 3 times"
        assert refuses(solo, CeremonyError, because, people=ALONE).retry
        for people in (PEOPLE, ALONE):
            with solo.ceremony(people=people) as station:
                solo.close(station)

    def test_is_counted_over_a_crash(self, solo: Room) -> None:
        for number in range(1, 4):
            with solo.station() as station:
                station.open(solo.opening(people=ALONE, accepted_tail=len(station.tail)))
                with pytest.raises(TokenError):
                    station.unlock(WRONG)
                assert station.state.attempts == number
        refuses(solo, CeremonyError, "because the PIN was wrong 3 times", people=ALONE)

    def test_with_a_witness_after_the_limit_ends_that_ceremony_at_once(self, solo: Room) -> None:
        with solo.station() as station:
            station.open(solo.opening())
            for _ in range(3):
                with pytest.raises(TokenError):
                    station.unlock(WRONG)
        with solo.station() as station:
            station.open(solo.opening(accepted_tail=len(station.tail)))
            with pytest.raises(TokenError, match="attempt 4 of 3") as error:
                station.unlock(WRONG)
            assert not error.value.retry

    @pytest.mark.e2e
    def test_is_counted_on_softhsm_which_never_locks(self, tmp_path: Path) -> None:
        room = softhsm_room(tmp_path / "home", text=SOLO)
        with room.station() as station:
            station.open(room.opening(people=ALONE))
            kinds = []
            for _ in range(3):
                with pytest.raises(TokenError) as error:
                    station.unlock(WRONG)
                kinds.append(error.value.trouble)
            assert kinds == [TokenTrouble.WRONG_PIN, TokenTrouble.WRONG_PIN, TokenTrouble.PIN_LOCKED]
            station.close("failed")
        refuses(room, CeremonyError, "because the PIN was wrong 3 times", people=ALONE)


class TestTokenThatIsNotOurs:
    def test_with_another_root_key_is_refused(self, fake: Room) -> None:
        self.refuses(fake, "root", "The key called 'root' in this token is another one")

    def test_with_another_audit_key_is_refused(self, fake: Room) -> None:
        self.refuses(fake, "audit", "The key called 'audit' in this token is another one")

    def refuses(self, room: Room, label: str, match: str) -> None:
        assert room.tokens
        keys = room.tokens.keys["root"]
        other = "root" if label == "audit" else "audit"
        room.tokens.keys["root"] = {**keys, label: FakeKey(label, b"", keys[other].private)}
        with room.station() as station:
            station.open(room.opening())
            with pytest.raises(TokenError, match=match) as error:
                station.unlock(PIN)
            assert error.value.trouble is TokenTrouble.KEY
        assert room.events()[-1] == "token-open-refused"
        assert not any(call.startswith("sign") for call in room.tokens.calls)
        assert room.tokens.closed == 1

    def test_that_is_absent_is_recorded_but_no_attempt(self, fake: Room) -> None:
        absent = trouble(TokenTrouble.ABSENT, "There is no such token.")
        with faulty(fake, {("attach", 1): absent}).station() as station:
            station.open(fake.opening())
            with pytest.raises(TokenError, match="no such token"):
                station.unlock(PIN)
            assert station.state.attempts == 0
        assert fake.events()[-2:] == ["ceremony-opened", "token-open-refused"]


class TestTokenThatFailsWhileItIsOpened:
    """Whatever fails, nobody stays logged in."""

    @pytest.mark.parametrize(
        ("at", "fault", "kind"),
        [
            (("login", 1), lost(), TokenError),
            (("find", 2), lost(), TokenError),
            (("sign-audit", 1), lost(), TokenError),
            (("sign-audit", 1), flipped, CeremonyError),
            (("login", 1), KeyboardInterrupt(), KeyboardInterrupt),
        ],
    )
    def test_is_closed(self, fake: Room, at: tuple[str, int], fault: Fault, kind: type[BaseException]) -> None:
        checkpoint = fake.checkpoint
        with faulty(fake, {at: fault}).station() as station:
            station.open(fake.opening())
            with pytest.raises(kind):
                station.unlock(PIN)
            assert fake.tokens
            assert fake.tokens.closed == 1
            assert station.close("failed") is None
        assert fake.checkpoint == checkpoint

    def test_is_closed_when_the_log_cannot_be_written(self, fake: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object) -> None:
            raise OSError(5, "Input/output error")

        with fake.station() as station, monkeypatch.context() as patch:
            station.open(fake.opening())
            patch.setattr("os.fsync", fail)
            with pytest.raises(AuditError):
                station.unlock(PIN)
            assert fake.tokens
            assert fake.tokens.calls == ["attach", "close"]

    def test_and_works_again_may_be_tried_again(self, fake: Room) -> None:
        with faulty(fake, {("login", 1): lost()}).station() as station:
            station.open(fake.opening())
            with pytest.raises(TokenError) as error:
                station.unlock(PIN)
            assert error.value.trouble is TokenTrouble.WORKER
            station.unlock(PIN)
            fake.close(station)
