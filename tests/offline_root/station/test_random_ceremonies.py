"""Ceremonies of every kind in any order, with faults, power cuts and clocks put back, against a model of what they do.

The model knows people's side only: what was asked for, and how it ended. It is compared with what the log on the disk
amounts to; and no change of that log goes by unnoticed.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from offline_root import crl, revocation, wire
from offline_root.anchor import Anchor
from offline_root.errors import CeremonyError
from offline_root.model import Approval, Reason, serial_text
from offline_root.moments import utc_text
from offline_root.opening import ADOPT
from offline_root.station import Station
from tests.fakes.token import Fault, flipped
from tests.faults.promises import log_keeps_its_promise
from tests.offline_root.station.rooms import NOW, POLICY, Room, SetClock, agreed, approve, slip

ENVIRONMENTS = st.sampled_from(["test", "prod"])
REASONS = st.sampled_from(list(Reason))
NUMBERS = st.integers(0, 1 << 20)
"""Which one of several: serials and lengths differ from run to run, what is drawn may not."""

Change = Callable[[bytes, int, int], bytes]


class Cut(BaseException):
    """The power is gone."""


FAULTS: dict[str, Fault | None] = {"done": None, "wrong": flipped, "cut": Cut(), "cut after": None}
HOW = st.sampled_from(["done", "cut", *FAULTS])
"""How token and power do: a wrong signature, a cut while it signs, a cut as soon as the signature is durable."""


def bit_changed(log: bytes, place: int, by: int) -> bytes:
    """Return a log with one bit changed."""
    return log[:place] + bytes([log[place] ^ 1 << by % 8]) + log[place + 1 :]


def bytes_left_out(log: bytes, place: int, by: int) -> bytes:
    """Return a log without some bytes, perhaps all from there on."""
    return log[:place] + log[place + by :]


def line_left_out(log: bytes, place: int, _by: int) -> bytes:
    """Return a log without one line."""
    lines = log.splitlines(keepends=True)
    del lines[place % len(lines)]
    return b"".join(lines)


def line_elsewhere(log: bytes, place: int, by: int) -> bytes:
    """Return a log with one of its lines once more, somewhere."""
    lines = log.splitlines(keepends=True)
    lines.insert(place % len(lines), lines[by % len(lines)])
    return b"".join(lines)


CHANGES = (bit_changed, bytes_left_out, line_left_out, line_elsewhere)


@dataclass
class Begun:
    """A signature that the power cut off."""

    name: str
    time: datetime
    policy: str
    asked: object = None


@dataclass
class Model:
    """What was asked for and how it ended; texts and numbers, in the order in which they happened."""

    issued: list[str] = field(default_factory=list)
    dead: dict[str, str] = field(default_factory=dict)
    listed: dict[str, str] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    newest: int = 0
    begun: Begun | None = None
    policy: str = POLICY
    seals: dict[str, str] = field(default_factory=dict)
    cut: bool = False


class Ceremonies(RuleBasedStateMachine):
    """One authority on a FAKE token."""

    template: Room

    @initialize()
    def make(self) -> None:
        self.base = Path(tempfile.mkdtemp())
        self.room = self.template.copy(self.base / "home")
        state = wire.read_state(self.room.place)
        assert state.crl
        self.model = Model([serial_text(state.issued[0].serial)], numbers=[state.crl.number], newest=state.crl.number)
        self.anchor = Anchor.of(state)
        self.count = 0

    def teardown(self) -> None:
        shutil.rmtree(self.base)

    @property
    def clock(self) -> SetClock:
        assert isinstance(self.room.clock, SetClock)
        return self.room.clock

    @contextmanager
    def ceremony(self, how: str = "done", kind: str = "sign") -> Iterator[Station]:
        """Hold a ceremony whose first signature of the root key ends so; a cut ends it without a word."""
        assert self.room.tokens
        self.room.tokens.calls.clear()
        fault = FAULTS[how]
        self.room.tokens.faults = {("sign-root", 1): fault} if fault else {}
        self.model.cut = False
        try:
            with self.room.ceremony(kind) as station:
                yield station
                self.model.cut = how == "cut after"
                if not self.model.cut:
                    self.room.close(station)
        except Cut:
            self.model.cut = True

    def begins(self, name: str, how: str, asked: object = None) -> None:
        """Remember a signature that was cut off, or that it came to an end."""
        again = self.model.begun
        time = again.time if again else self.clock.time
        self.model.begun = Begun(name, time, self.model.policy, asked) if how == "cut" else None

    @property
    def late(self) -> bool:
        begun = self.model.begun
        assert begun
        return self.clock.time - begun.time > timedelta(hours=24) or begun.policy != self.model.policy

    @rule(hours=st.integers(-30, 30), seconds=st.integers(0, 59))
    def set_clock(self, hours: int, seconds: int) -> None:
        self.clock.time = max(NOW, self.clock.time + timedelta(hours=hours, seconds=seconds))

    @rule(environment=ENVIRONMENTS, how=HOW)
    def sign(self, environment: str, how: str) -> None:
        self.count += 1
        begun = self.model.begun
        asked = slip(environment, f"PrivSec Intermediate CA ({environment}) G{self.count}")
        with self.ceremony("done" if begun else how) as station:
            approval = approve(station, asked)
            assert isinstance(approval, Approval), approval
            if begun:
                with pytest.raises(CeremonyError, match="has no outcome in the log"):
                    station.sign(approval)
            else:
                self._signed(station, approval, how, asked)

    @precondition(lambda self: self.model.begun and self.model.begun.asked)
    @rule(how=HOW)
    def finish(self, how: str) -> None:
        begun = self.model.begun
        assert begun
        with self.ceremony("done" if self.late else how) as station:
            approval = approve(station, begun.asked)  # type: ignore[arg-type]
            assert isinstance(approval, Approval), approval
            assert serial_text(approval.review.draft.serial) == begun.name
            if self.late:
                with pytest.raises(CeremonyError, match="has no outcome in the log"):
                    station.sign(approval)
            else:
                self._signed(station, approval, how, begun.asked)

    def _signed(self, station: Station, approval: Approval, how: str, asked: object) -> None:
        serial = serial_text(approval.review.draft.serial)
        try:
            station.sign(approval)
            self.model.issued.append(serial)
        except CeremonyError:
            assert how == "wrong"
            self.model.dead.setdefault(serial, "cessationOfOperation")
        finally:
            self.begins(serial, how, asked)

    @precondition(lambda self: self.model.begun)
    @rule()
    def abandon(self) -> None:
        begun = self.model.begun
        assert begun
        with self.ceremony(kind="abandon") as station:
            station.abandon(begun.name, "the power failed")
        if begun.asked:
            self.model.dead.setdefault(begun.name, "cessationOfOperation")
        self.model.begun = None

    @rule(how=HOW)
    def make_crl(self, how: str) -> None:
        begun = self.model.begun
        stopped = begun is not None and (begun.asked is not None or self.late)
        with self.ceremony("done" if stopped else how, "crl") as station:
            reviewed = station.review_crl()
            if begun and stopped:
                with pytest.raises(CeremonyError, match="has no outcome in the log"):
                    station.issue_crl(crl.approve(reviewed))
            else:
                assert begun is None or begun.name == f"CRL-{reviewed.draft.number}"
                self._listed(station, reviewed, how)

    def _listed(self, station: Station, reviewed: crl.CrlReview, how: str) -> None:
        number = int(reviewed.draft.number)
        try:
            if self.model.begun is None:
                assert number > max(self.model.numbers)
                self.model.numbers.append(number)
            station.issue_crl(crl.approve(reviewed))
            self.model.newest, self.model.listed = number, dict(self.model.dead)
        except CeremonyError:
            assert how == "wrong"
        finally:
            self.begins(f"CRL-{number}", how)

    @precondition(lambda self: len(self.model.issued) > 1)
    @rule(number=NUMBERS, reason=REASONS, how=HOW)
    def revoke(self, number: int, reason: Reason, how: str) -> None:
        serial = self.model.issued[1:][number % (len(self.model.issued) - 1)]
        stopped = self.model.begun is not None or serial in self.model.dead
        with self.ceremony("done" if stopped else how, "revoke") as station:
            issued = next(each for each in station.state.issued if serial_text(each.serial) == serial)
            if stopped:
                with pytest.raises(CeremonyError, match=r"revoked already|has no outcome in the log"):
                    self._revoked(station, issued.serial, reason)
                return
            try:
                self.model.dead[serial] = reason.value
                number = self._revoked(station, issued.serial, reason)
                self.model.newest, self.model.listed = number, dict(self.model.dead)
            except CeremonyError:
                assert how == "wrong"
            finally:
                self.model.numbers.append(station.state.crl_number)
                self.begins(f"CRL-{station.state.crl_number}", how)

    @staticmethod
    def _revoked(station: Station, serial: int, reason: Reason) -> int:
        reviewed = station.review_revocation(serial, reason)  # type: ignore[arg-type]  # a Serial
        station.revoke(revocation.approve(reviewed, reviewed.issued.sha256[:32]))
        return reviewed.crl.draft.number

    @rule(sealed=st.dictionaries(st.sampled_from(["token", "so-pin"]), st.sampled_from(["A1", "A2@safe"]), min_size=1))
    def note_and_seal(self, sealed: dict[str, str]) -> None:
        with self.ceremony(kind="note") as station:
            station.note(expected="a", happened="b", decided="c")
            station.seal([f"{kind}={number}" for kind, number in sealed.items()])
        self.model.seals |= sealed

    @rule()
    def adopt(self) -> None:
        self.model.policy += "# looked at again\n"
        with self.ceremony(kind=ADOPT) as station:
            agreed(station)
            station.adopt(self.model.policy)
        self.room.place.replace_policy(self.model.policy)

    @rule(environment=ENVIRONMENTS)
    def refuse_and_export(self, environment: str) -> None:
        with self.ceremony() as station:
            assert not isinstance(approve(station, slip(environment, "Somebody else")), Approval)
            agreed(station)
            made = station.export(wire.WiredFolder(self.base / "stick"))
        assert [serial_text(each.issued.serial) for each in made.answers] == self.model.issued[1:]

    @precondition(lambda self: not self.model.cut)
    @rule(change=st.sampled_from(CHANGES), place=NUMBERS, by=NUMBERS)
    def spoil(self, change: Change, place: int, by: int) -> None:
        file = self.room.place.audit / "log.jsonl"
        log = file.read_bytes()
        spoilt = change(log, place % len(log), by)
        file.write_bytes(spoilt)
        assert wire.verify_log(self.room.place.audit, self.anchor).ok == (spoilt == log)
        file.write_bytes(log)

    @invariant()
    def the_log_says_what_happened(self) -> None:
        model, state = self.model, wire.read_state(self.room.place)
        assert [serial_text(each.serial) for each in state.issued] == model.issued
        assert [each.label for each in state.intents] == ([model.begun.name] if model.begun else [])
        assert [each.time for each in state.intents] == ([utc_text(model.begun.time)] if model.begun else [])
        assert {serial_text(each.serial): each.reason.value for each in state.revocations} == model.dead
        assert state.crl
        assert state.crl.number == model.newest
        assert {serial_text(each.serial): each.reason.value for each in state.crl.entries} == model.listed
        assert state.crl_number == max(model.numbers)
        assert (state.policy, dict(state.seals), state.attempts) == (model.policy, model.seals, 0)
        assert bool(state.ceremony) == model.cut

    @invariant()
    def no_promise_is_broken(self) -> None:
        entries = log_keeps_its_promise(self.room.log)
        issued = [int(str(each.facts["crl_number"])) for each in entries if each.event == "crl-issued"]
        assert issued == sorted(set(issued))
        begun = [
            int(str(each.facts["crl_number"]))
            for each in entries
            if each.event == "signing-started" and "crl_number" in each.facts
        ]
        assert begun == sorted(begun)
        assert sorted(set(begun)) == self.model.numbers
        found = wire.verify_log(self.room.place.audit, self.anchor)
        assert found.ok
        assert bool(found.unsigned) == self.model.cut


def hold(template: Room, examples: int, steps: int, *phases: Phase) -> None:
    Ceremonies.template = template
    run_state_machine_as_test(
        Ceremonies,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            phases=(Phase.generate, *phases),
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_log_says_what_happened_in_any_ceremonies(fake_template: Room) -> None:
    hold(fake_template, 15, 20)


@pytest.mark.long
def test_the_log_says_what_happened_in_many_ceremonies(fake_template: Room) -> None:
    hold(fake_template, 150, 50, Phase.shrink)
