"""The fold against a second, simpler telling of the same rules, over any sequence of events."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from offline_root.audit.entry import Facts
from offline_root.audit.fold import Folding, fold
from offline_root.audit.state import State as Folded
from tests.logbook import TBS, Logbook, certified, signing

SERIALS = st.integers(1, 4)
NUMBERS = st.integers(11, 14)
WORDS = st.sampled_from(["one", "two"])


def _with(event: str, facts: st.SearchStrategy[Facts]) -> st.SearchStrategy[tuple[str, Facts]]:
    return st.tuples(st.just(event), facts)


def crl(number: int) -> Facts:
    return {"crl_number": str(number)}


def revoked(serial: int) -> Facts:
    return {"serial": f"{serial:02X}", "reason": "superseded", "date": "2026-11-23T11:30:00Z"}


EVENTS = st.one_of(
    _with("signing-started", SERIALS.map(signing)),
    _with("certificate-issued", SERIALS.map(certified)),
    _with("signing-failed", SERIALS.map(lambda serial: {"serial": f"{serial:02X}"})),
    _with("serial-abandoned", SERIALS.map(lambda serial: {"serial": f"{serial:02X}"})),
    _with("certificate-revoked", SERIALS.map(revoked)),
    _with("signing-started", NUMBERS.map(lambda number: {**crl(number), "tbs": TBS, "policy_sha256": ""})),
    _with("signing-failed", NUMBERS.map(crl)),
    _with("crl-abandoned", NUMBERS.map(crl)),
    _with("token-open-attempted", st.just({})),
    _with("token-open-refused", st.just({})),
    _with("token-opened", st.just({})),
    _with("ceremony-opened", WORDS.map(lambda word: {"authority": word, "ceremony": word})),
    _with("ceremony-closed", st.just({})),
    _with("policy-adopted", WORDS.map(lambda word: {"policy": word})),
    _with("request-read", st.just({})),
)


@dataclass
class Model:
    """The facts that matter, in plain Python: open signatures are a set, everything else is counted or remembered."""

    open: set[int] = field(default_factory=set)
    issued: list[int] = field(default_factory=list)
    listed: dict[int, str] = field(default_factory=dict)
    highest: int = 0
    attempts: int = 0
    remembered: dict[str, str] = field(default_factory=dict)

    def see(self, event: str, facts: Facts) -> None:
        serial, number = int(str(facts.get("serial", "0")), 16), int(str(facts.get("crl_number", "0")))
        if event == "signing-started":
            self.open.add(serial or number)
            self.highest = max(self.highest, number)
        if event == "certificate-issued":
            self.issued.append(serial)
        if event in ("signing-failed", "serial-abandoned") and serial:
            self.listed.setdefault(serial, "cessationOfOperation")
        if event == "certificate-revoked":
            self.listed.setdefault(serial, "superseded")
        if event in ("certificate-issued", "signing-failed", "serial-abandoned", "crl-abandoned"):
            self.open.discard(serial or number)
        if event == "token-open-attempted":
            self.attempts += 1
        if event == "token-opened":
            self.attempts = 0
        if event == "ceremony-closed":
            self.remembered["ceremony"] = ""
        self.remembered |= {key: str(facts[key]) for key in ("authority", "ceremony", "policy") if key in facts}


def agree(model: Model, state: Folded) -> bool:
    remembered = {"authority": state.authority, "ceremony": state.ceremony, "policy": state.policy}
    return (
        {each.crl or each.serial for each in state.intents} == model.open
        and len(state.intents) == len(model.open)
        and [each.serial for each in state.issued] == model.issued
        and [(each.serial, each.reason.value) for each in state.revocations] == list(model.listed.items())
        and list(state.abandoned) == [each for each in model.listed if each not in model.issued]
        and [each.serial for each in state.revoked] == [each for each in model.listed if each in model.issued]
        and state.unlisted == state.revocations
        and state.crl_number == model.highest
        and state.attempts == model.attempts
        and remembered == {"authority": "", "ceremony": "", "policy": ""} | model.remembered
    )


@given(st.lists(EVENTS, max_size=40))
def test_the_fold_is_what_the_rules_say(events: list[tuple[str, Facts]]) -> None:
    log, model = Logbook(), Model()
    for event, facts in events:
        log.add(event, facts)
        model.see(event, facts)
    assert agree(model, log.state)
    assert log.state.size == len(events)
    assert log.state.last_time == (log.entries[-1].time if events else "")


@given(st.lists(EVENTS, max_size=20), st.integers(0, 20))
def test_the_state_can_be_taken_up_at_any_entry(events: list[tuple[str, Facts]], place: int) -> None:
    log = Logbook()
    for event, facts in events:
        log.add(event, facts)
    folding = Folding()
    for entry in log.entries[:place]:
        folding.add(entry)
    before = folding.state()
    for entry in log.entries[place:]:
        folding.add(entry)
    assert folding.state() == log.state
    assert before == fold(log.entries[:place])
