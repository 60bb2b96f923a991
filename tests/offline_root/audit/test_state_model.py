"""The fold against a second, simpler telling of the same rules, over any sequence of events."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from offline_root.audit.entry import Facts
from offline_root.audit.state import State as Folded
from offline_root.audit.state import advance, fold
from tests.logbook import Logbook, certified, signing

SERIALS = st.integers(1, 4)
WORDS = st.sampled_from(["one", "two"])


def _with(event: str, facts: st.SearchStrategy[Facts]) -> st.SearchStrategy[tuple[str, Facts]]:
    return st.tuples(st.just(event), facts)


EVENTS = st.one_of(
    _with("signing-started", SERIALS.map(signing)),
    _with("certificate-issued", SERIALS.map(certified)),
    _with("signing-failed", SERIALS.map(lambda serial: {"serial": f"{serial:02X}"})),
    _with("serial-abandoned", SERIALS.map(lambda serial: {"serial": f"{serial:02X}"})),
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
    dead: list[int] = field(default_factory=list)
    attempts: int = 0
    remembered: dict[str, str] = field(default_factory=dict)

    def see(self, event: str, facts: Facts) -> None:
        serial = int(str(facts.get("serial", "0")), 16)
        if event == "signing-started":
            self.open.add(serial)
        if event == "certificate-issued":
            self.issued.append(serial)
        if event in ("signing-failed", "serial-abandoned"):
            self.dead.append(serial)
        if event in ("certificate-issued", "signing-failed", "serial-abandoned"):
            self.open.discard(serial)
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
        {each.serial for each in state.intents} == model.open
        and len(state.intents) == len(model.open)
        and [each.serial for each in state.issued] == model.issued
        and list(state.abandoned) == model.dead
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
    state = fold(log.entries[:place])
    for entry in log.entries[place:]:
        state = advance(state, entry)
    assert state == log.state
