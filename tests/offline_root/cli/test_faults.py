"""When it is the program itself that fails, or somebody stops it: words, one JSON object, and a closed ceremony."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from offline_root import tokens, wire
from offline_root.cli import standing
from offline_root.cli.interrupts import Interrupted, check, held, listening
from offline_root.errors import VolumeError
from offline_root.home import Place
from offline_root.model import Review, SigningRequest
from offline_root.signer import PROOF
from offline_root.station import Station
from offline_root.token_facts import KeyFacts
from offline_root.wire import read_state
from tests.appliance import Appliance, call, example_policy
from tests.requests import request, written


def interrupt(number: int = signal.SIGINT) -> None:
    """Send a signal to this very program, as a terminal or an init does."""
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
class TestHeld:
    def test_waits_for_a_safe_place(self, number: int) -> None:
        with held():
            interrupt(number)
            with pytest.raises(Interrupted):
                check()
            check()  # once is enough

    def test_ends_a_question_at_once(self, number: int) -> None:
        with held(), pytest.raises(Interrupted), listening():
            interrupt(number)

    def test_ends_the_next_question(self, number: int) -> None:
        with held():
            interrupt(number)
            with pytest.raises(Interrupted), listening():
                pytest.fail("was asked")

    def test_ends_a_question_that_is_just_being_asked(self, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
        install = signal.signal

        def interrupted(which: int, handler: Callable[[int, FrameType | None], object]) -> object:
            if handler is signal.default_int_handler and which == number:
                interrupt(number)  # between the last look and the new handler
            return install(which, handler)

        with held():
            monkeypatch.setattr(signal, "signal", interrupted)
            with pytest.raises(Interrupted), listening():
                pytest.fail("was asked")

    def test_leaves_everything_as_it_was(self, number: int) -> None:
        before = signal.getsignal(number)
        with held(), listening():
            pass

        assert signal.getsignal(number) is before


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with held(), listening():
            interrupt(signal.SIGHUP)
            check()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_interrupt_between_two_requests_keeps_what_was_signed(
    appliance: Appliance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (written(tmp_path, name, request()) for name in ("a.csr", "b.csr"))
    review = Station.review

    def interrupted(self: Station, asked: SigningRequest, environment: str) -> Review:
        if asked.file == str(second):
            interrupt()
        return review(self, asked, environment)

    slips = [word for each in (first, second) for word in ("--confirm", appliance.fingerprint(each))]
    monkeypatch.setattr(Station, "review", interrupted)
    common = ("--environment", "test", "--out", str(appliance.out))

    done = appliance.call("sign", first, second, *common, *slips, *appliance.ceremony())

    assert (done.code, done.json["response"], done.json["issued"]) == (1, None, [])
    assert done.error["what"] == "Interrupted."
    assert [each["file"] for each in done.json["undelivered"]] == [str(first)]
    assert "offline-root export" in done.err
    assert appliance.entries()[-1]["outcome"] == "failed: Interrupted."
    assert appliance.log_is_whole()


def test_an_interrupt_while_the_token_signs_ends_after_that_request(
    appliance: Appliance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (written(tmp_path, name, request()) for name in ("a.csr", "b.csr"))
    sign = tokens.WiredToken.sign

    def interrupted(self: tokens.WiredToken, key: KeyFacts, algorithm: str, message: bytes) -> bytes:
        if key.label == "root" and not message.startswith(PROOF):
            interrupt()
        return sign(self, key, algorithm, message)

    monkeypatch.setattr(tokens.WiredToken, "sign", interrupted)

    done = appliance.sign("test", first, second)

    assert [each["file"] for each in done.json["undelivered"]] == [str(first)]
    assert appliance.events().count("request-approved") == 1
    assert appliance.log_is_whole()


def test_a_stick_that_vanishes_after_signing_loses_nothing(
    appliance: Appliance, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanish(_station: Station, _volume: object) -> None:
        raise VolumeError("The stick is gone.", meaning="Nothing was written.", mend="Use another.", retry=True)

    monkeypatch.setattr(Station, "deliver", vanish)

    done = appliance.sign("test", good)

    assert done.code == 1
    assert len(done.json["undelivered"]) == 1
    assert "ISSUED" in done.err
    monkeypatch.undo()
    assert appliance.call("export", "--out", appliance.out, *appliance.ceremony()).code == 0


SAID = ("--expected", "a", "--happened", "b", "--decided", "c")


@pytest.mark.parametrize("verb", ["sign", "note", "export", "crl", "policy adopt"])
def test_a_ceremony_that_fails_leaves_programs_its_closing_sheet_too(
    appliance: Appliance, good: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    def vanish(_station: Station, _said: object) -> None:
        raise VolumeError("The stick is gone.", meaning="Nothing was written.", mend="Use another.", retry=True)

    out, policy = ("--out", appliance.out), written(appliance.base, "new.toml", example_policy().encode() + b"# new\n")
    options = {"note": SAID, "export": out, "crl": out, "policy adopt": (policy,)}
    monkeypatch.setattr(Station, "state_all", vanish)
    if verb == "sign":
        done = appliance.sign("test", good)
    else:
        done = appliance.call(*verb.split(), *options[verb], *appliance.ceremony())
    monkeypatch.undo()

    assert done.error["what"] == "The stick is gone."
    found = call("--home", appliance.home, "--json", "log", "verify").json
    assert done.json["closing"] == f"{found['size']}:{found['root'][:16]}"
    assert f"--head {done.json['closing']}" in done.err
    # The next opening takes it; after an adoption, whose text is in force, once its copy is put back.
    (appliance.place / "policy.toml").write_text(read_state(Place(appliance.place)).policy)
    assert appliance.call("note", *SAID, *appliance.ceremony(head=done.json["closing"])).code == 0


def test_a_ceremony_without_its_token_has_no_closing_sheet(appliance: Appliance, tmp_path: Path) -> None:
    pin = written(tmp_path, "wrong", b"0000 wrong 0000\n")
    done = appliance.call("note", *SAID, *appliance.ceremony(pin_file=str(pin)))
    assert done.code == 1
    assert "closing" not in done.json


@pytest.mark.parametrize("verb", [("sign", "x.csr", "--environment", "test"), ("export",), ("abandon", "1F")])
def test_a_place_that_cannot_be_written_is_found_before_the_ceremony(
    appliance: Appliance, tmp_path: Path, verb: tuple[str, ...]
) -> None:
    written(tmp_path, "file", b"")
    before = appliance.events()
    out = ("--out", str(tmp_path / "file" / "below")) if verb[0] != "abandon" else ()

    done = appliance.call(*verb, *out, *appliance.ceremony())

    assert done.code == 1
    assert done.error["what"].startswith(("Nothing can be written to", "There is no open intent"))
    assert appliance.events() == before


def test_a_place_that_only_others_may_write_is_found_before_the_ceremony(
    appliance: Appliance, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = appliance.events()
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere, and tests run as anybody

    done = appliance.sign("test", good)

    assert done.error["what"].startswith("Nothing can be written to")
    assert appliance.events() == before


class TestAFaultOfTheProgram:
    def test_still_gives_one_object_and_words(self, created: Appliance, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(standing, "status_of", lambda *_: 1 / 0)

        done = call("--home", created.home, "--json", "status")

        assert done.code == 1
        assert done.json["error"]["what"] == "A fault of this program: ZeroDivisionError."
        assert "Traceback" in done.err
        assert "Next: Keep the lines above" in done.err

    def test_closes_the_ceremony(self, appliance: Appliance, good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Station, "review", lambda *_: 1 / 0)

        done = appliance.sign("test", good)

        assert (done.code, done.json["issued"]) == (1, [])
        assert appliance.entries()[-1]["outcome"] == "failed: a fault of the program, ZeroDivisionError"
        monkeypatch.undo()
        assert appliance.sign("test", good).code == 0

    def test_of_the_system_names_the_file(self, created: Appliance, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(_folder: Path) -> None:
            raise PermissionError(13, "Permission denied", "/some/where")

        monkeypatch.setattr(wire, "read_log", refuse)

        done = call("--home", created.home, "--json", "log", "show")

        assert (done.code, done.json["entries"]) == (1, [])
        assert done.error["what"] == "/some/where cannot be used: Permission denied."

    def test_an_interrupt_of_a_verb_that_changes_nothing_is_words_too(
        self, created: Appliance, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def stop(_folder: Path) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(wire, "read_log", stop)

        assert call("--home", created.home, "--json", "log", "show").error["what"] == "Interrupted."
