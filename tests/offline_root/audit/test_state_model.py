"""The fold against a second telling of the same rules: questions to the whole list of events, with no state at all."""

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offline_root.audit.entry import Facts
from offline_root.audit.fold import _HANDLERS, Folding, fold
from offline_root.audit.state import State, encoded
from offline_root.errors import AuditError
from tests.logbook import TBS, Logbook, certified, signing, verifier
from tests.offline_root.audit.test_state import ALARM, NOTHING

Event = tuple[str, Facts]

SERIALS = st.integers(1, 4).map(lambda serial: f"{serial:02X}")
NUMBERS = st.integers(11, 16).map(str)
WORDS = st.sampled_from(["one", "two"])
T0, T1 = "2026-11-23T11:30:00Z", "2027-11-23T11:30:00Z"
DATES = {"this_update": T0, "next_update": T1, "crl": encoded(b"CRL")}
AUTHORITY = {"rehearsal": "yes", "audit_verifier": verifier().text()}


def _with(event: str, facts: st.SearchStrategy[Facts]) -> st.SearchStrategy[Event]:
    return st.tuples(st.just(event), facts)


def _seals() -> st.SearchStrategy[Facts]:
    return st.dictionaries(st.sampled_from(["token", "so-pin"]), WORDS).map(lambda seals: {"seals": seals})


def _compromised(serial: str) -> Facts:
    return {"serial": serial, "reason": "keyCompromise", "date": T0}


KINDS: dict[str, st.SearchStrategy[Facts]] = {
    "alarm-raised": st.integers(1, 5).map(lambda size: {**ALARM, "size": size}),
    "alarm-settled": st.just({}),
    "audit-key-replaced": st.integers(1, 3).map(lambda seed: {"audit_verifier": verifier(seed=seed).text()}),
    "authority-created": WORDS.map(lambda word: {**AUTHORITY, "origin": word}),
    "ceremony-closed": st.just({}),
    "ceremony-opened": st.tuples(WORDS, _seals() | st.just({})).map(
        lambda said: {"authority": said[0], "ceremony": said[0], **said[1]}
    ),
    "certificate-imported": SERIALS.map(lambda serial: certified(int(serial, 16), certificate=serial.encode())),
    "certificate-issued": SERIALS.map(lambda serial: certified(int(serial, 16), certificate=serial.encode())),
    "certificate-revoked": SERIALS.map(lambda serial: {"serial": serial, "reason": "superseded", "date": T0}),
    "clock-corrected": st.permutations([T0, T1]).flatmap(
        lambda moved: st.lists(WORDS, max_size=1).map(
            lambda seen: {"from": moved[0], "to": moved[1], "by": "one", "witnesses": seen, "certificates": seen}
        )
    ),
    "crl-abandoned": NUMBERS.map(lambda number: {"crl_number": number}),
    "crl-imported": st.tuples(NUMBERS, st.lists(SERIALS, max_size=2, unique=True)).map(
        lambda said: {"crl_number": said[0], **DATES, "entries": [_compromised(each) for each in said[1]]}
    ),
    "crl-issued": NUMBERS.map(lambda number: {"crl_number": number, **DATES}),
    "key-destroyed": st.just({}),
    "key-destruction-begun": st.just({}),
    "key-restored": st.just({}),
    "log-restored": st.lists(st.integers(1, 5), max_size=2).map(
        lambda sizes: {"heads": [{"size": size, "root": "ab"} for size in sizes]}
    ),
    "policy-adopted": WORDS.map(lambda word: {"policy": word}),
    "revocation-imported": SERIALS.map(lambda serial: {"serial": serial, "reason": "superseded", "date": T0}),
    "seals-put-on": _seals(),
    "serial-abandoned": SERIALS.map(lambda serial: {"serial": serial}),
    "set-up-ended": st.just({}),
    **dict.fromkeys(
        ("shares-made", "shares-offered", "shares-changed"),
        st.tuples(st.sampled_from(["pin", "backup"]), SERIALS).map(
            lambda said: {"purpose": said[0], "set": str(int(said[1], 16)), "needed": "2", "made": "3"}
        ),
    ),
    "shares-withdrawn": st.just({}),
    "signing-failed": SERIALS.map(lambda serial: {"serial": serial})
    | NUMBERS.map(lambda number: {"crl_number": number}),
    "signing-started": SERIALS.map(lambda serial: signing(int(serial, 16)))
    | NUMBERS.map(lambda number: {"crl_number": number, "tbs": TBS, "policy_sha256": ""}),
    "token-initialized": WORDS.map(lambda word: {"label": word, "serial": word}),
    "token-open-attempted": st.just({}),
    "strangers-removed": st.lists(WORDS, max_size=2).map(lambda said: {"left": said}),
    "token-opened": st.lists(WORDS, max_size=2).map(lambda said: {"strangers": said}) | st.just({}),
    **{name: st.just({}) for name in NOTHING},
}
TELLING = [_with(event, facts) for event, facts in KINDS.items() if event not in NOTHING]
SILENT: st.SearchStrategy[Event] = st.tuples(st.sampled_from(NOTHING), st.just({}))
EVENTS = st.lists(st.one_of(*TELLING, SILENT), max_size=50)
ISSUED, CRLS = {"certificate-issued", "certificate-imported"}, {"crl-issued", "crl-imported"}
OUTCOMES = {"signing-failed", "serial-abandoned", "crl-abandoned", *ISSUED, *CRLS}
ROOT_KEY = {"key-destruction-begun": "doomed", "key-destroyed": "destroyed", "key-restored": "in use"}
IN_USE = {"shares-made", "shares-changed"}
SETTLED = {"shares-changed", "shares-withdrawn", "token-initialized"}
AUDIT_KEYS = {"authority-created", "audit-key-replaced"}
DEAD = {"signing-failed", "serial-abandoned"}


def test_every_event_is_drawn() -> None:
    assert set(KINDS) == set(_HANDLERS)


def about(facts: Facts) -> str:
    """Return what a signature is called: its serial, or CRL and number."""
    return str(facts.get("serial") or f"crl-{facts['crl_number']}")


def last(events: Sequence[Event], name: str, where: set[str], otherwise: str = "") -> str:
    """Return a fact of the last of some events."""
    return next((str(facts[name]) for event, facts in reversed(events) if event in where), otherwise)


def is_open(events: Sequence[Event]) -> bool:
    """Say whether the token has been opened, or made, in the ceremony that is going on."""
    said = [event for event, _ in events if event in OPENS | CLOSES]
    return bool(said) and said[-1] in OPENS


SET_UP = ("token-initialized", "set-up-ended")
LISTED = {"token-opened": "strangers", "strangers-removed": "left"}
OPENS, CLOSES = {"authority-created", "audit-key-replaced", "token-opened"}, {"ceremony-opened", "ceremony-closed"}


def begun(events: Sequence[Event]) -> dict[str, int]:
    """Return the signatures without an outcome, by the last time each was begun: at which event it was first."""
    found = {}
    started = {about(facts): place for place, (event, facts) in enumerate(events) if event == "signing-started"}
    for name, place in sorted(started.items(), key=lambda each: each[1]):
        ended = [at for at, (event, facts) in enumerate(events) if event in OUTCOMES and about(facts) == name]
        since = max(ended, default=-1)
        if place > since:
            tries = (
                at for at, (event, facts) in enumerate(events) if event == "signing-started" and about(facts) == name
            )
            found[name] = next(at for at in tries if at > since)
    return found


def dead(events: Sequence[Event]) -> dict[str, str]:
    """Return what belongs on a CRL: the first that was said of each serial."""
    said: dict[str, str] = {}
    for event, facts in events:
        if event in DEAD and "serial" in facts:
            said.setdefault(str(facts["serial"]), "cessationOfOperation")
        if event in {"certificate-revoked", "revocation-imported"}:
            said.setdefault(str(facts["serial"]), "superseded")
        if event == "crl-imported":
            said |= {serial: reason for serial, reason in listed(facts) if serial not in said}
    return said


def listed(facts: Facts) -> list[tuple[str, str]]:
    """Return what is on an imported CRL."""
    return [(each["serial"], each["reason"]) for each in facts["entries"]]  # type: ignore[index,union-attr,misc,call-overload]


def standing(events: Sequence[Event]) -> list[object]:
    """Return the sizes that the alarms since the last settlement are about."""
    names = [event for event, _ in events]
    settled = len(names) - names[::-1].index("alarm-settled") if "alarm-settled" in names else 0
    return [facts["size"] for event, facts in events[settled:] if event == "alarm-raised"]


def explained(events: Sequence[Event]) -> Iterator[object]:
    """Yield the sizes that were settled, and those that a restored log contradicts."""
    for at, (event, facts) in enumerate(events):
        if event == "alarm-settled":
            yield from standing(events[:at])
        if event == "log-restored":
            yield from (each["size"] for each in facts["heads"])  # type: ignore[index,union-attr,call-overload]


def on_crl(events: Sequence[Event], at: int) -> list[tuple[str, str]]:
    """Return what is on the CRL of an event."""
    event, facts = events[at]
    return listed(facts) if event == "crl-imported" else list(dead(events[:at]).items())


def failed(events: Sequence[Event]) -> Iterator[str]:
    for place, (event, facts) in enumerate(events):
        if event in DEAD and "serial" in facts and facts["serial"] in begun(events[:place]):
            yield str(facts["serial"])


def rises(events: Sequence[Event]) -> bool:
    """Say whether CRL numbers never repeat or go back, and no audit key is replaced before there is one."""
    if next((event for event, _ in events if event in AUDIT_KEYS), "") == "audit-key-replaced":
        return False
    numbers = [int(str(facts["crl_number"])) for event, facts in events if event in CRLS]
    return numbers == sorted(set(numbers))


def strangers(events: Sequence[Event]) -> list[str]:
    """Return what the token held besides, as the last event that tells of it has it."""
    of = (facts.get(LISTED[event], []) for event, facts in reversed(events) if event in LISTED)
    found = next(of, [])
    assert isinstance(found, list)
    return found


def offered(events: Sequence[Event]) -> str:
    """Return the set that was handed out and is not settled."""
    about = (facts.get("set") for event, facts in reversed(events) if event in SETTLED | {"shares-offered"})
    names = (event for event, _ in reversed(events) if event in SETTLED | {"shares-offered"})
    return str(next(about)) if next(names, "") == "shares-offered" else ""


def told(events: Sequence[Event]) -> dict[str, object]:
    """Return what the events amount to."""
    of = {name: [facts for event, facts in events if event == name] for name in KINDS}
    names = [event for event, _ in events]
    numbered = [facts for event, facts in events if event in {"signing-started", *CRLS} and "crl_number" in facts]
    crl = max((at for at, name in enumerate(names) if name in CRLS), default=None)
    created = max((at for at, name in enumerate(names) if name == "authority-created"), default=0)
    seals: dict[str, str] = {}
    for _, facts in events:
        seals |= facts.get("seals", {})  # type: ignore[arg-type]  # a mapping of texts
    reset = {"token-opened", "audit-key-replaced"}
    opened = next((at for at, name in enumerate(names[::-1]) if name in reset), len(names))
    replaced = [at for at, name in enumerate(names) if name == "audit-key-replaced"]
    return {
        "authority": last(events, "authority", {"ceremony-opened"}),
        "origin": last(events, "origin", {"authority-created"}),
        "rehearsal": bool(of["authority-created"]),
        "policy": last(events, "policy", {"policy-adopted"}),
        "root": next((str(facts["serial"]) for event, facts in events[:created] if event in ISSUED), ""),
        "verifier": last(events, "audit_verifier", AUDIT_KEYS),
        "root_key": next((ROOT_KEY[event] for event, _ in reversed(events) if event in ROOT_KEY), "in use"),
        "former": [last(events[:at], "audit_verifier", AUDIT_KEYS) for at in replaced],
        "token": (last(events, "label", {"token-initialized"}), last(events, "serial", {"token-initialized"})),
        "issued": [facts["serial"] for event, facts in events if event in ISSUED],
        "intents": list(begun(events).items()),
        "failed": list(failed(events)),
        "revocations": list(dead(events).items()),
        "crl": None if crl is None else (int(str(events[crl][1]["crl_number"])), on_crl(events, crl)),
        "crl_number": max((int(str(facts["crl_number"])) for facts in numbered), default=0),
        "attempts": names[len(names) - opened :].count("token-open-attempted"),
        "ceremony": next((str(f.get("ceremony", "")) for event, f in reversed(events) if event in CLOSES), ""),
        "unlocked": is_open(events),
        "sheets": [at + 1 for at, name in enumerate(names) if name == "ceremony-closed" and is_open(events[:at])],
        "seals": list(seals.items()),
        "sets": list({f["purpose"]: (f["purpose"], f["set"]) for name, f in events if name in IN_USE}.values()),
        "offered": offered(events),
        "alarms": standing(events),
        "strangers": strangers(events),
        "set_up_ended": [each for each in names if each in SET_UP][-1:] == ["set-up-ended"],
        "corrections": [
            at
            for at, (event, facts) in enumerate(events, start=1)
            if event == "clock-corrected" and (facts["to"], facts["witnesses"]) == (T0, [])
        ],
        "explained": list(explained(events)),
        "size": len(events),
    }


def shown(state: State, times: list[str]) -> dict[str, object]:
    """Return a state in the same words; an intent by the event that began it."""
    called = {each.label: f"{each.serial:02X}" if each.crl is None else f"crl-{each.crl}" for each in state.intents}
    return {
        "authority": state.authority,
        "origin": state.origin,
        "rehearsal": state.rehearsal,
        "policy": state.policy,
        "root": state.root.decode(),
        "verifier": state.verifier,
        "root_key": state.root_key.value,
        "former": list(state.former),
        "token": (state.token_label, state.token_serial),
        "issued": [f"{each.serial:02X}" for each in state.issued],
        "intents": [(called[each.label], times.index(each.time)) for each in state.intents],
        "failed": [f"{each.serial:02X}" for each in state.failed],
        "revocations": [(f"{each.serial:02X}", each.reason.value) for each in state.revocations],
        "crl": state.crl
        and (state.crl.number, [(f"{each.serial:02X}", each.reason.value) for each in state.crl.entries]),
        "crl_number": state.crl_number,
        "attempts": state.attempts,
        "ceremony": state.ceremony,
        "unlocked": state.unlocked,
        "sheets": list(state.sheets),
        "seals": list(state.seals),
        "sets": [(each.purpose.value, str(each.number)) for each in state.sets],
        "offered": str(state.offered.number) if state.offered else "",
        "alarms": [each.evidence.size for each in state.alarms],
        "strangers": list(state.strangers),
        "set_up_ended": state.set_up_ended,
        "corrections": [each.line for each in state.corrections],
        "explained": [size for size, _ in state.explained],
        "size": state.size,
    }


def logged(events: Sequence[Event]) -> Logbook:
    log = Logbook()
    for event, facts in events:
        log.add(event, facts)
    return log


def understood(events: Sequence[Event]) -> list[Event]:
    """Return the events without those that may be refused."""
    return [each for each in events if each[0] not in {*CRLS, "audit-key-replaced"}]


@settings(max_examples=500)
@given(EVENTS)
def test_the_fold_is_what_the_rules_say(events: list[Event]) -> None:
    log = logged(events)
    if not rises(events):
        with pytest.raises(AuditError, match=r"crl-i|audit-key-replaced"):
            fold(log.entries)
        return
    times = [each.time for each in log.entries]
    assert shown(log.state, times) == told(events)
    assert log.state.last_time == (times[-1] if times else "")


@given(EVENTS)
def test_what_follows_from_a_state_is_what_the_rules_say(events: list[Event]) -> None:
    state, said = (
        logged(understood(events)).state,
        dead(understood(events)),
    )
    issued = {str(facts["serial"]) for event, facts in events if event in ISSUED}
    assert [f"{each:02X}" for each in state.abandoned] == [each for each in said if each not in issued]
    assert [f"{each.serial:02X}" for each in state.revoked] == [each for each in said if each in issued]
    assert {f"{each.serial:02X}" for each in state.revoked_certificates} == issued & said.keys()
    assert state.unlisted == state.revocations


@given(EVENTS, st.integers(0, 50))
def test_the_state_can_be_taken_up_at_any_entry(events: list[Event], place: int) -> None:
    log = logged(understood(events))
    folding = Folding()
    for entry in log.entries[:place]:
        folding.add(entry)
    before = folding.state()
    for entry in log.entries[place:]:
        folding.add(entry)
    assert folding.state() == log.state
    assert before == fold(log.entries[:place])
