"""A worker that answers nonsense: it is ended, and nothing of its answer is believed."""

import json
import math
import struct

import pytest

from hsm import Misuse, TokenRefused, WorkerLost
from tests.hsm.softhsm import FACTS, SHORT, Fake, Stored, frame

GOOD: dict[str, object] = {"number": 1, "ok": FACTS}
NONSENSE = {
    "not a frame": b"Segmentation fault (core dumped)\n",
    "a frame too long": struct.pack(">I", 1024 * 1024 + 1),
    "the longest length there is": b"\xff\xff\xff\xff",
    "no JSON": frame(b"{'number': 1}"),
    "no ASCII": frame('{"number": 1, "ok": "é"}'.encode()),
    "bytes that are no text": frame(b"\xff\xfe"),
    "a list": frame([1]),
    "a number": frame(1),
    "empty": frame(b""),
    "nested too deep": frame(b"[" * 100_000),
    "a float": frame({**GOOD, "more": 1.0}),
    "not a number": frame({**GOOD, "more": math.nan}),
    "a huge number": frame(b'{"number": ' + b"9" * 5000 + b"}"),
    "a field twice": frame(json.dumps(GOOD).replace("{", '{"number": 1, ', 1).encode()),
    "no number": frame({"ok": FACTS}),
    "true as number": frame({"number": True, "ok": FACTS}),
    "the answer to another question": frame({"number": 2, "ok": FACTS}),
    "neither ok nor error": frame({"number": 1}),
    "ok that is no object": frame({"number": 1, "ok": []}),
    "facts missing": frame({"number": 1, "ok": {}}),
    "a fact of the wrong type": frame({"number": 1, "ok": {**FACTS, "serial": 1}}),
    "an error that is no object": frame({"number": 1, "error": "no"}),
    "an error without kind": frame({"number": 1, "error": {"what": "", "code": ""}}),
    "an error of unknown kind": frame({"number": 1, "error": {"kind": "SystemExit", "what": "", "code": ""}}),
    "an error without code": frame({"number": 1, "error": {"kind": "WrongPin", "what": "no"}}),
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_a_lost_worker(furnished: Stored, fake: Fake, answer: bytes) -> None:
    with pytest.raises(WorkerLost, match="answered nonsense to attach"):
        furnished.attach(_program=fake(answer))


@pytest.mark.parametrize("cut", [0, 1, 3, 4, 20], ids=lambda cut: f"{cut} bytes")
def test_an_answer_that_stops_half_way(furnished: Stored, fake: Fake, cut: int) -> None:
    answer = frame(GOOD)[:cut]
    with pytest.raises(WorkerLost, match=r"ended during attach \(exit code 0\)"):
        furnished.attach(_program=fake(answer, "half"))
    with pytest.raises(WorkerLost, match="did not answer"):
        furnished.attach(_program=fake(answer), deadlines={"attach": SHORT})


def test_the_fake_is_believed_when_it_makes_sense(furnished: Stored, fake: Fake) -> None:
    """So that the cases above fail for what they say, not for something else."""
    token = furnished.attach(_program=fake(frame(GOOD)))
    assert token.facts.serial == "1"
    token.close()


@pytest.mark.parametrize(("kind", "error"), [("TokenRefused", TokenRefused), ("Misuse", Misuse)])
def test_an_error_in_its_words(furnished: Stored, fake: Fake, kind: str, error: type[Exception]) -> None:
    answer = frame({"number": 1, "error": {"kind": kind, "what": "No.", "code": "1"}})
    with pytest.raises(error, match=r"No\."):
        furnished.attach(_program=fake(answer))


ROWS = {
    "keys that are no list": {"keys": {}},
    "a key that is no object": {"keys": [1]},
    "a key that is neither half": {"keys": [{"label": "a", "key_id": "", "half": "secret"}]},
    "an id that is no base64": {"keys": [{"label": "a", "key_id": "é", "half": "public"}]},
    "an id in another base64": {"keys": [{"label": "a", "key_id": "AB==", "half": "public"}]},
}


@pytest.mark.parametrize("answer", ROWS.values(), ids=ROWS)
def test_nonsense_about_keys_is_a_lost_worker(furnished: Stored, fake: Fake, answer: object) -> None:
    token = furnished.attach(_program=fake(frame(GOOD) + frame({"number": 2, "ok": answer})))
    with pytest.raises(WorkerLost, match="answered nonsense to keys"):
        token.keys()
