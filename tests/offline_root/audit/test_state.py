"""What each event does to the state of an authority, and that nothing unknown goes by unnoticed."""

from dataclasses import replace
from typing import Any

import pytest

from offline_root.alarm import audit_keys
from offline_root.audit.entry import Facts, Value
from offline_root.audit.fold import _HANDLERS, fold
from offline_root.audit.state import Correction, RootKey, State, decoded, encoded
from offline_root.audit.watch import Alarm, Evidence
from offline_root.errors import AuditError
from offline_root.keys import fingerprint
from offline_root.model import Crl, CrlNumber, Der, Fingerprint, Intent, Issued, Reason, Revocation, Serial
from offline_root.shares import Purpose, ShareSet
from tests.authorities import root
from tests.logbook import Logbook, certified, created, signing, verifier

T0, T1 = "2026-11-23T11:30:00Z", "2026-11-23T11:31:00Z"

NOTHING = (
    "device-log-drained",
    "key-attested",
    "key-backed-up",
    "key-generated",
    "note-made",
    "older-sheet-explained",
    "removal-approved",
    "request-approved",
    "request-read",
    "request-refused",
    "request-stick-reused",
    "response-written",
    "scratch-tokens-removed",
    "seal-explained",
    "shares-entered",
    "statement-made",
    "stick-seen",
    "token-open-refused",
    "torn-line-kept",
    "unsigned-tail-accepted",
)
ALARM: Facts = {"source": "closing sheet", "size": 7, "root": "ab12", "note": "", "crl": "", "reason": "FORK"}
BACK: Facts = {"from": T1, "to": T0, "certificates": ["05"], "by": "Olga", "witnesses": []}
SAMPLES: dict[str, Facts] = {
    "alarm-raised": ALARM,
    "alarm-settled": {},
    "audit-key-replaced": {"audit_verifier": verifier(seed=1).text()},
    "authority-created": {"origin": "o", "rehearsal": "no", "audit_verifier": verifier().text()},
    "ceremony-closed": {},
    "ceremony-opened": {"authority": "demo", "ceremony": "sign"},
    "certificate-imported": certified(5),
    "certificate-issued": certified(5),
    "certificate-revoked": {"serial": "05", "reason": "superseded", "date": T0},
    "clock-corrected": BACK,
    "crl-abandoned": {"crl_number": "7"},
    "crl-issued": {"crl_number": "7", "this_update": T0, "next_update": T1, "crl": encoded(b"CRL")},
    "crl-imported": {
        "crl_number": "7",
        "this_update": T0,
        "next_update": T1,
        "crl": encoded(b"CRL"),
        "entries": [{"serial": "0A", "reason": "superseded", "date": T0}],
    },
    "key-destroyed": {},
    "key-destruction-begun": {},
    "key-restored": {},
    "log-restored": {"heads": [{"size": 7, "root": "ab"}]},
    "policy-adopted": {"policy": "format = 1"},
    "revocation-imported": {"serial": "05", "reason": "superseded", "date": T0},
    "seals-put-on": {"seals": {"token": "A1"}},
    "shares-changed": {"purpose": "pin", "set": "1236", "needed": "2", "made": "3"},
    "set-up-ended": {},
    "shares-made": {"purpose": "pin", "set": "1234", "needed": "2", "made": "3"},
    "shares-offered": {"purpose": "pin", "set": "1236", "needed": "2", "made": "3"},
    "shares-withdrawn": {},
    "serial-abandoned": {"serial": "05"},
    "signing-failed": {"serial": "05"},
    "signing-started": signing(5),
    "strangers-removed": {"left": ["0123456789abcdef secret key"]},
    "token-initialized": {"label": "demo", "serial": "x"},
    "token-open-attempted": {},
    "token-opened": {},
    **{each: {} for each in NOTHING},
}
NOT_TEXT = ("sha256", "seals", "size", "entries", "heads", "left", "by", "certificates", "witnesses")
NEEDED = [(event, name) for event, facts in SAMPLES.items() for name in facts if name not in NOT_TEXT]


def after(*events: tuple[str, Facts]) -> State:
    log = Logbook()
    for event, facts in events:
        log.add(event, facts)
    return log.state


def only(state: State, **changed: Any) -> bool:  # noqa: ANN401  # fields of State
    """Say whether a state is the first one but for these fields."""
    return state == replace(State(), **changed)


def test_no_entries_are_no_authority() -> None:
    assert fold([]) == State()
    assert State().policy_sha256 == fingerprint(b"")


def test_every_event_is_tried_here() -> None:
    assert set(SAMPLES) == set(_HANDLERS)


def test_an_alarm_stands_until_it_is_settled_and_its_head_is_remembered() -> None:
    raised = (("alarm-raised", ALARM), ("alarm-raised", {**ALARM, "size": 8}))
    standing = after(*raised)
    assert [each.evidence.head for each in standing.alarms] == [(7, "ab12"), (8, "ab12")]
    assert standing.alarms[0] == Alarm(Evidence("closing sheet", 7, "ab12"), "FORK")

    settled = after(*raised, ("alarm-settled", {}))
    assert only(settled, explained=((7, "ab12"), (8, "ab12")), size=3, last_time="2026-11-23T11:32:00Z")


def test_a_restored_log_remembers_the_heads_that_it_contradicts() -> None:
    assert only(after(("log-restored", SAMPLES["log-restored"])), explained=((7, "ab"),), size=1, last_time=T0)


@pytest.mark.parametrize(
    "heads", [7, "x", ["x"], [{"size": "7", "root": "ab"}], [{"size": 7, "root": 7}], [{"size": 7}]]
)
def test_heads_that_are_none_are_not_understood(heads: Any) -> None:  # noqa: ANN401
    with pytest.raises(AuditError):
        after(("log-restored", {"heads": heads}))


def test_an_imported_crl_revokes_what_is_on_it_and_spends_its_number() -> None:
    known = ("certificate-revoked", {"serial": "05", "reason": "superseded", "date": T0})
    state = after(known, ("crl-imported", SAMPLES["crl-imported"]))
    on_it = Revocation(Serial(0x0A), Reason.SUPERSEDED, T0)
    assert [each.serial for each in state.revocations] == [5, 0x0A]
    assert state.crl
    assert (state.crl.entries, state.crl_number, [each.serial for each in state.unlisted]) == ((on_it,), 7, [5])


@pytest.mark.parametrize(
    "entry",
    [
        "x",
        {"serial": "0A", "reason": "superseded"},
        {"serial": "xyz", "reason": "superseded", "date": T0},
        {"serial": "0A", "reason": "bored", "date": T0},
        {"serial": "0A", "reason": "superseded", "date": "yesterday"},
    ],
)
def test_an_imported_crl_that_is_none_is_not_understood(entry: Any) -> None:  # noqa: ANN401
    with pytest.raises(AuditError):
        after(("crl-imported", {**SAMPLES["crl-imported"], "entries": [entry]}))


def test_an_alarm_without_a_size_is_not_understood() -> None:
    with pytest.raises(AuditError):
        after(("alarm-raised", {**ALARM, "size": "7"}))


def test_an_audit_key_is_replaced_only_where_there_was_one_and_is_remembered() -> None:
    born, new = ((each, SAMPLES[each]) for each in ("authority-created", "audit-key-replaced"))
    state = after(born, ("token-open-attempted", {}), new)
    assert (state.former, state.verifier) == ((verifier().text(),), verifier(seed=1).text())
    assert (state.attempts, state.unlocked) == (0, True)
    assert [each.text() for each in audit_keys(state)] == [verifier().text(), verifier(seed=1).text()]
    with pytest.raises(AuditError):
        after(new)


def test_a_root_key_is_doomed_then_destroyed_and_may_be_restored() -> None:
    kinds = ("key-destruction-begun", "key-destroyed", "key-restored")
    seen = [after(*((each, {}) for each in kinds[:count])).root_key for count in range(4)]
    assert seen == [RootKey.IN_USE, RootKey.DOOMED, RootKey.DESTROYED, RootKey.IN_USE]


@pytest.mark.parametrize("event", NOTHING)
def test_some_events_only_lengthen_the_log(event: str) -> None:
    assert only(after((event, {"anything": 1})), size=1, last_time=T0)


def test_a_clock_that_one_person_alone_put_back_is_remembered() -> None:
    assert after(("note-made", {}), ("clock-corrected", BACK)).corrections == (Correction(2, "Olga", T1, T0, ("05",)),)


@pytest.mark.parametrize(
    "other", [{**BACK, "witnesses": ["Wanda"]}, {**BACK, "from": T0, "to": T1}, {"from": T1, "to": T0}]
)
def test_a_correction_before_a_witness_or_ahead_is_none_of_one_person_alone(other: Facts) -> None:
    assert after(("clock-corrected", other)).corrections == ()


def test_a_ceremony_opens_and_closes() -> None:
    opened = after(("ceremony-opened", {"authority": "demo", "ceremony": "sign"}))
    assert only(opened, authority="demo", ceremony="sign", size=1, last_time=T0)
    closed = after(("ceremony-opened", {"authority": "demo", "ceremony": "sign"}), ("ceremony-closed", {}))
    assert only(closed, authority="demo", size=2, last_time=T1)


def test_closing_sheets_are_due_where_the_token_was_open() -> None:
    opening: tuple[str, Facts] = ("ceremony-opened", {"authority": "demo", "ceremony": "sign"})
    closed: tuple[str, Facts] = ("ceremony-closed", {})
    assert after(opening, ("token-opened", {}), closed).sheets == (3,)
    assert after(opening, ("token-opened", {}), closed, opening, closed).sheets == (3,)
    assert after(("authority-created", SAMPLES["authority-created"]), closed).sheets == (2,)


def test_seals_are_the_last_ones_found_or_put_on() -> None:
    found: Facts = {"authority": "demo", "ceremony": "sign", "seals": {"token": "A1", "disk": "B1"}}
    state = after(("ceremony-opened", found), ("seals-put-on", {"seals": {"token": "A2"}}))
    assert state.seals == (("token", "A2"), ("disk", "B1"))
    for wrong in ({"seals": "A2"}, {}):
        with pytest.raises(AuditError):
            after(("seals-put-on", wrong))


def test_the_policy_is_the_last_one_adopted() -> None:
    state = after(("policy-adopted", {"policy": "one"}), ("policy-adopted", {"policy": "two"}))
    assert only(state, policy="two", size=2, last_time=T1)
    assert state.policy_sha256 == fingerprint(b"two")


def test_the_token_is_known_by_label_and_serial() -> None:
    state = after(("token-initialized", {"label": "demo", "serial": "77"}))
    assert only(state, token_label="demo", token_serial="77", size=1, last_time=T0)


def test_attempts_count_until_one_works() -> None:
    events: dict[str, tuple[str, Facts]] = {
        each: (f"token-{each}", {}) for each in ("open-attempted", "open-refused", "opened")
    }
    attempt, refused, opened = events.values()
    assert after(attempt, refused, attempt, refused).attempts == 2
    assert after(attempt, refused, attempt, opened).attempts == 0
    assert after(attempt, opened, attempt).attempts == 1


def test_an_authority_is_its_first_certificate_and_its_audit_key() -> None:
    made = root()
    state = created(made).state
    assert (state.root, state.verifier, state.origin) == (made.certificate, verifier().text(), "offline-root/demo")
    assert (state.authority, state.rehearsal, state.policy) == ("demo", False, made.policy.text)
    assert (state.intents, state.ceremony, state.size) == ((), "", 8)
    assert created(made, rehearsal=True).state.rehearsal


def test_an_authority_without_certificate_has_no_root() -> None:
    state = after(("authority-created", SAMPLES["authority-created"]))
    assert only(state, origin="o", verifier=verifier().text(), unlocked=True, size=1, last_time=T0)
    assert state.root == b""


def intent(serial: int, time: str = T0, **changes: Any) -> Intent:  # noqa: ANN401  # fields of Intent
    sample = Intent("test", Serial(serial), Der(b"a TBSCertificate"), "a.csr", "1" * 64, "2" * 64, time)
    return replace(sample, **changes)


class TestIntents:
    def test_stay_open_until_they_are_settled(self) -> None:
        state = after(("signing-started", signing(5)), ("signing-started", signing(6, "prod")))
        assert only(state, intents=(intent(5), intent(6, T1, environment="prod")), size=2, last_time=T1)

    def test_end_with_the_certificate(self) -> None:
        state = after(("signing-started", signing(5)), ("certificate-issued", certified(5)))
        assert (state.intents, state.abandoned) == ((), ())
        assert [each.serial for each in state.issued] == [5]

    @pytest.mark.parametrize("event", ["signing-failed", "serial-abandoned"])
    def test_end_with_a_dead_serial(self, event: str) -> None:
        state = after(
            ("signing-started", signing(5)), ("signing-started", signing(6)), (event, {"serial": "05", "reason": "x"})
        )
        assert (state.intents, state.abandoned, state.issued) == ((intent(6, T1),), (Serial(5),), ())

    def test_begun_again_are_one(self) -> None:
        state = after(("signing-started", signing(5)), ("signing-started", signing(5, file="b.csr")))
        assert state.intents == (intent(5, T0, file="b.csr"),)


def crl_facts(number: int, data: bytes = b"CRL") -> Facts:
    return {**SAMPLES["crl-issued"], "crl_number": str(number), "crl": encoded(data)}


class TestCrls:
    def test_the_newest_counts_and_lists_what_was_revoked_until_then(self) -> None:
        first = ("certificate-revoked", {"serial": "05", "reason": "superseded", "date": T0})
        dead = ("serial-abandoned", {"serial": "06", "reason": "x"})
        state = after(("certificate-issued", certified(5)), first, ("crl-issued", crl_facts(7)), dead)
        revoked = Revocation(Serial(5), Reason.SUPERSEDED, T0)
        assert state.crl == Crl(CrlNumber(7), T0, T1, Der(b"CRL"), fingerprint(b"CRL"), (revoked,))
        assert (state.revoked, state.abandoned) == ((revoked,), (Serial(6),))
        assert [each.serial for each in state.unlisted] == [6]
        assert replace(state, crl=None).unlisted == state.revocations

    def test_a_number_is_spent_when_it_is_begun(self) -> None:
        started = ("signing-started", {"crl_number": "9", "tbs": encoded(b"TBS"), "policy_sha256": ""})
        state = after(started, ("signing-failed", {"crl_number": "9", "reason": "x"}), started)
        assert (state.crl, state.crl_number, [each.label for each in state.intents]) == (None, 9, ["CRL-9"])
        assert state.intents[0].crl == 9

    @pytest.mark.parametrize("number", [6, 7])
    def test_a_number_that_does_not_rise_stops_the_appliance(self, number: int) -> None:
        with pytest.raises(AuditError, match="Line 2 of the audit log records 'crl-issued'"):
            after(("crl-issued", crl_facts(7)), ("crl-issued", crl_facts(number)))


def test_an_issued_certificate_is_kept_whole() -> None:
    state = after(
        ("ceremony-opened", {"authority": "demo", "ceremony": "sign"}), ("certificate-issued", certified(0xABC, "prod"))
    )
    (found,) = state.issued
    assert found == Issued(
        authority="demo",
        environment="prod",
        serial=Serial(0xABC),
        certificate=Der(b"DER"),
        sha256=fingerprint(b"DER"),
        key=Fingerprint("3" * 64),
        request_sha256="1" * 64,
        file="a.csr",
        time=T1,
    )
    assert state.certificate(Serial(0xABC)) == found
    assert state.certificate(Serial(0xABD)) is None


class TestUnknown:
    def test_events_stop_the_appliance(self) -> None:
        with pytest.raises(AuditError) as caught:
            after(("ceremony-opened", SAMPLES["ceremony-opened"]), ("key-exported", {}))
        assert caught.value.what.startswith("Line 2 of the audit log records 'key-exported'")
        assert not caught.value.retry

    @pytest.mark.parametrize(("event", "name"), NEEDED)
    def test_facts_that_are_missing_stop_it(self, event: str, name: str) -> None:
        facts = {each: value for each, value in SAMPLES[event].items() if each != name}
        with pytest.raises(AuditError, match=f"Line 1 of the audit log records '{event}'"):
            after((event, facts))

    @pytest.mark.parametrize(("event", "name"), NEEDED)
    @pytest.mark.parametrize("wrong", [7, ("x",), {"x": "y"}], ids=["number", "list", "mapping"])
    def test_facts_that_are_not_text_stop_it(self, event: str, name: str, wrong: Any) -> None:  # noqa: ANN401
        with pytest.raises(AuditError):
            after((event, {**SAMPLES[event], name: wrong}))

    @pytest.mark.parametrize(
        ("event", "name", "wrong"),
        [
            ("signing-started", "serial", "xyz"),
            ("signing-failed", "serial", ""),
            ("signing-started", "tbs", "not base64!"),
            ("certificate-issued", "certificate", "A"),
            ("certificate-issued", "certificate", "REVS\n"),
            ("crl-issued", "crl_number", "seven"),
            ("crl-issued", "next_update", "soon"),
            ("certificate-revoked", "reason", "unspecified"),
            ("certificate-revoked", "date", "2026-02-30T00:00:00Z"),
            ("authority-created", "audit_verifier", "offline-root/demo+00000000+AAAA"),
            ("authority-created", "audit_verifier", ""),
        ],
    )
    def test_facts_of_another_form_stop_it(self, event: str, name: str, wrong: str) -> None:
        with pytest.raises(AuditError):
            after((event, {**SAMPLES[event], name: wrong}))


@pytest.mark.parametrize("data", [b"", b"\0", b"abc", bytes(range(256))])
def test_bytes_come_back_from_their_text(data: bytes) -> None:
    assert decoded(encoded(data)) == data


def test_the_newest_set_of_shares_for_each_purpose_is_in_use() -> None:
    log = Logbook()
    made = (ShareSet(Purpose.PIN, 2, 2, 3), ShareSet(Purpose.BACKUP, 3, 3, 5), ShareSet(Purpose.PIN, 4, 2, 2))
    for each in made:
        log.add("shares-made", each.facts())
    assert log.state.sets == (made[2], made[1])
    assert (log.state.shared(Purpose.PIN), log.state.shared(Purpose.BACKUP)) == (made[2], made[1])


def test_a_set_that_was_offered_is_in_use_once_the_token_took_it_or_never() -> None:
    old, new = ShareSet(Purpose.PIN, 2, 2, 3), ShareSet(Purpose.PIN, 4, 3, 5)
    offered = (("shares-made", old.facts()), ("shares-offered", new.facts()))
    assert after().openers == ()
    assert after(*offered[:1]).openers == (old,)
    assert after(*offered).openers == (new, old)
    changed = after(*offered, ("shares-changed", {**new.facts(), "former": ["2"]}))
    assert (changed.openers, changed.shared(Purpose.PIN)) == ((new,), new)
    assert after(*offered, ("shares-withdrawn", new.facts())).openers == (old,)
    assert after(*offered, ("token-initialized", SAMPLES["token-initialized"])).openers == (old,)


def test_the_set_up_that_ended_is_that_of_the_newest_token() -> None:
    made: tuple[str, Facts] = ("token-initialized", SAMPLES["token-initialized"])
    assert after(made, ("set-up-ended", {})).set_up_ended
    assert not after(made, ("set-up-ended", {}), made).set_up_ended


@pytest.mark.parametrize("strangers", ["one", 7, [7]], ids=str)
def test_strangers_are_a_list_of_texts(strangers: Value) -> None:
    with pytest.raises(AuditError, match="does not understand"):
        after(("token-opened", {"strangers": strangers}))


def test_strangers_are_those_of_the_last_time_that_somebody_looked() -> None:
    opened: tuple[str, Facts] = ("token-opened", {"strangers": ["one", "other"]})
    assert after(opened).strangers == ("one", "other")
    assert after(opened, ("strangers-removed", {"left": ["other"]})).strangers == ("other",)
    assert after(opened, ("token-opened", {})).strangers == ()
