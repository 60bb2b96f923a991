"""Signatures without an outcome: finished unchanged and soon, or given up."""

from dataclasses import replace
from datetime import timedelta

import pytest

from offline_root import intents
from offline_root.audit.state import State
from offline_root.errors import CeremonyError
from offline_root.keys import fingerprint
from offline_root.model import Approval, Der, Draft, Intent
from offline_root.moments import utc_text
from offline_root.review import approve
from tests.authorities import NOW, csr, read, root

MADE = root()
REQUEST = read(csr())
REVIEW = MADE.review(REQUEST)
ANSWERED = fingerprint(REQUEST.der)


def approval() -> Approval:
    found = approve(REVIEW, REQUEST.fingerprint, ())
    assert isinstance(found, Approval)
    return found


def intent(**changes: str | bytes | int) -> Intent:
    begun = Intent(
        environment="test",
        serial=REVIEW.draft.serial,
        tbs=approval().tbs,
        file="request.csr",
        request_sha256=ANSWERED,
        policy_sha256=State(policy="one").policy_sha256,
        time=utc_text(NOW),
    )
    return replace(begun, **changes)  # type: ignore[arg-type]


OTHER = intent(request_sha256="f" * 64, serial=5)


def state(*begun: Intent) -> State:
    return State(policy="one", intents=begun)


def refusal(of: State, later: timedelta = timedelta()) -> CeremonyError:
    with pytest.raises(CeremonyError) as caught:
        intents.check(of, intents.begun(of, ANSWERED), approval().tbs, NOW + later)
    assert not caught.value.retry
    return caught.value


def test_an_intent_is_explained_in_one_sentence() -> None:
    assert intents.explain(intent()) == (
        "The signing of test, serial 0123456789ABCDEF0123, begun 2026-11-23T11:30:00Z, has no outcome in the log."
    )
    assert "The signing of the root certificate, serial 0123456789ABCDEF0123" in intents.explain(intent(environment=""))


def test_the_intent_of_a_request_is_found_by_the_request() -> None:
    assert intents.begun(state(OTHER, intent()), ANSWERED) == intent()
    assert intents.begun(state(OTHER), ANSWERED) is None
    assert intents.begun(state(), ANSWERED) is None


def test_its_draft_makes_the_same_review_again() -> None:
    draft = intents.draft_of(intent())
    assert draft == REVIEW.draft
    assert MADE.review(REQUEST, draft=draft) == REVIEW
    assert isinstance(draft, Draft)


class TestCheck:
    def test_allows_a_first_signature(self) -> None:
        intents.check(state(), None, approval().tbs, NOW)

    def test_allows_to_finish_what_was_begun(self) -> None:
        for later in (timedelta(), timedelta(hours=24), timedelta(hours=-1)):
            intents.check(state(intent()), intent(), approval().tbs, NOW + later)

    def test_refuses_another_one_while_one_is_open(self) -> None:
        error = refusal(state(OTHER))
        assert error.what == intents.explain(OTHER)
        assert error.meaning.endswith("It must be settled first.")
        assert error.mend.endswith("offline-root abandon 05.")

    def test_refuses_to_finish_after_a_day(self) -> None:
        error = refusal(state(intent()), timedelta(hours=24, seconds=1))
        assert error.meaning.endswith("It can no longer be finished: more than 24 hours have passed.")
        assert error.mend.endswith("offline-root abandon 0123456789ABCDEF0123.")

    @pytest.mark.parametrize("changes", [{"policy_sha256": "0" * 64}, {"tbs": Der(b"another")}], ids=["policy", "tbs"])
    def test_refuses_to_finish_anything_else(self, changes: dict[str, str | bytes | int]) -> None:
        error = refusal(state(intent(**changes)))
        assert "the policy or the content is another one now" in error.meaning


class TestFind:
    def test_gives_the_intent_with_a_serial(self) -> None:
        assert intents.find(state(intent(), OTHER), "05") == OTHER

    @pytest.mark.parametrize(
        ("begun", "listed"), [((), "none"), ((intent(), OTHER), "0123456789ABCDEF0123, 05")], ids=["none", "two"]
    )
    def test_lists_what_there_is_where_there_is_no_such(self, begun: tuple[Intent, ...], listed: str) -> None:
        with pytest.raises(CeremonyError, match="no open intent 0ABC") as caught:
            intents.find(state(*begun), "0ABC")
        assert f"Open intents: {listed}." in caught.value.mend
        assert caught.value.retry
