"""One line of the log: its only byte form, and everything that is not it."""

import json
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_root.audit import entry as subject
from offline_root.audit.entry import FIRST_PREV, MAX_DEPTH, MAX_INTEGER, MAX_LINE, Entry, MalformedEntry
from tests.offline_root.audit.logs import LOG_LINES, TIME, make_log
from tests.offline_root.audit.strategies import entries

GOLDEN = (
    b'{"count":1,"event":"note-made","prev":"'
    + b"0" * 64
    + b'","seq":0,"text":"Zo\\u00eb\\n","time":"2026-11-23T11:30:00Z"'
    b',"who":{"a":[1,-2],"b":{}}}\n'
)


def an_entry(**changes: Any) -> Entry:  # noqa: ANN401 # wrong types on purpose
    given: dict[str, Any] = {"seq": 0, "time": TIME, "prev": FIRST_PREV, "event": "note-made", "facts": {}}
    return Entry(**given | changes)


def nested(depth: int) -> list[Any]:
    return [nested(depth - 1)] if depth > 1 else []


def changed(old: bytes, new: bytes) -> bytes:
    assert GOLDEN.count(old) == 1
    return GOLDEN.replace(old, new)


MALFORMED = {
    "empty": (b"", "not JSON"),
    "blank": (b"\n", "not JSON"),
    "no newline": (GOLDEN[:-1], "not in canonical form"),
    "two newlines": (GOLDEN + b"\n", "not in canonical form"),
    "carriage return": (GOLDEN[:-1] + b"\r\n", "not in canonical form"),
    "leading space": (b" " + GOLDEN, "not in canonical form"),
    "two lines": (GOLDEN + GOLDEN, "not JSON"),
    "half a line": (GOLDEN[:50], "not JSON"),
    "list": (b"[]\n", "not a JSON object"),
    "text": (b'"x"\n', "not a JSON object"),
    "number": (b"1\n", "not a JSON object"),
    "no fields": (b"{}\n", "seq is missing"),
    "no seq": (changed(b'"seq":0,', b""), "seq is missing"),
    "no event": (changed(b'"event":"note-made",', b""), "event is missing"),
    "key twice": (changed(b'"count":1,', b'"count":1,"count":1,'), "not in canonical form"),
    "inner key twice": (changed(b'"a":[1,-2]', b'"a":[1],"a":[1,-2]'), "not in canonical form"),
    "space": (changed(b'"count":1', b'"count": 1'), "not in canonical form"),
    "float": (changed(b'"count":1', b'"count":1.0'), "neither text"),
    "exponent": (changed(b'"count":1', b'"count":1e0'), "neither text"),
    "true": (changed(b'"count":1', b'"count":true'), "neither text"),
    "null": (changed(b'"count":1', b'"count":null'), "neither text"),
    "not a number": (changed(b'"count":1', b'"count":NaN'), "neither text"),
    "infinity": (changed(b'"count":1', b'"count":-Infinity'), "neither text"),
    "inner float": (changed(b"[1,-2]", b"[1,[-2.5]]"), "neither text"),
    "minus zero": (changed(b'"count":1', b'"count":-0'), "not in canonical form"),
    "leading zero": (changed(b'"count":1', b'"count":01'), "not JSON"),
    "large number": (changed(b'"count":1', b'"count":9007199254740992'), "2**53"),
    "huge number": (changed(b'"count":1', b'"count":' + b"9" * 10_000), "not JSON"),
    "escape in capitals": (changed(b"\\u00eb", b"\\u00EB"), "not in canonical form"),
    "needless escape": (changed(b"Zo", b"\\u005ao"), "not in canonical form"),
    "half a surrogate pair": (changed(b"\\u00eb", b"\\ud83e"), "surrogate"),
    "UTF-8": (changed(b"\\u00eb", b"\xc3\xab"), "not ASCII"),
    "bare control character": (changed(b"\\n", b"\t"), "not JSON"),
    "impossible time": (changed(b"11:30", b"25:30"), "time is not"),
    "event in capitals": (changed(b"note-made", b"Note"), "event is not"),
    "negative seq": (changed(b'"seq":0', b'"seq":-1'), "seq is not"),
    "deep": (changed(b"{}", b"[" * 9 + b"]" * 9), "deeper"),
    "too deep for the parser": (changed(b"{}", b"[" * 100_000 + b"]" * 100_000), "not JSON"),
    "only brackets": (b"[" * MAX_LINE, "not JSON"),
    "too long": (b"x" * (MAX_LINE + 1), "longer than"),
}


class TestEncode:
    def test_writes_sorted_compact_ascii_json(self) -> None:
        facts = {"who": {"b": {}, "a": [1, -2]}, "text": "Zoë\n", "count": 1}
        assert subject.encode(an_entry(facts=facts)) == GOLDEN

    @given(entries)
    def test_is_undone_by_decode(self, entry: Entry) -> None:
        assert subject.decode(subject.encode(entry)) == entry

    @given(entries)
    def test_writes_one_ascii_line_that_any_json_reader_takes(self, entry: Entry) -> None:
        line = subject.encode(entry)
        assert line.isascii()
        assert line.count(b"\n") == 1
        assert {"seq", "time", "prev", "event", *entry.facts} == json.loads(line).keys()

    def test_refuses_a_line_that_is_too_long(self) -> None:
        rest = len(subject.encode(an_entry(facts={"text": ""})))
        assert len(subject.encode(an_entry(facts={"text": "x" * (MAX_LINE - rest)}))) == MAX_LINE
        with pytest.raises(ValueError, match="longer than"):
            subject.encode(an_entry(facts={"text": "x" * (MAX_LINE - rest + 1)}))


class TestEntry:
    @pytest.mark.parametrize("name", ["seq", "time", "prev", "event"])
    def test_refuses_a_fact_named_like_the_head(self, name: str) -> None:
        with pytest.raises(ValueError, match="a fact is named"):
            an_entry(facts={name: "x"})

    @pytest.mark.parametrize(
        "value",
        [1.5, True, False, None, b"x", {1}, object(), float("nan")],
        ids=["1.5", "true", "false", "none", "bytes", "set", "object", "nan"],
    )
    @pytest.mark.parametrize("wrap", ["bare", "in a list", "in a mapping"])
    def test_refuses_a_fact_that_is_not_text_or_a_number(self, value: object, wrap: str) -> None:
        facts: dict[str, Any] = {
            "bare": {"x": value},
            "in a list": {"x": [value]},
            "in a mapping": {"x": {"k": (value,)}},
        }
        with pytest.raises(ValueError, match="neither text, nor a whole number"):
            an_entry(facts=facts[wrap])

    @pytest.mark.parametrize("facts", [{1: "x"}, {"a": {None: "x"}}])
    def test_refuses_a_name_that_is_not_text(self, facts: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="the name of a fact is not text"):
            an_entry(facts=facts)

    @pytest.mark.parametrize("facts", [{"a": "\ud800"}, {"a": ["x\udfffy"]}, {"\udc80": "x"}])
    def test_refuses_half_a_surrogate_pair(self, facts: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="surrogate"):
            an_entry(facts=facts)

    @pytest.mark.parametrize("number", [MAX_INTEGER + 1, -MAX_INTEGER - 1, 1 << 200], ids=hex)
    def test_refuses_a_number_that_other_readers_would_round(self, number: int) -> None:
        an_entry(facts={"n": [MAX_INTEGER, -MAX_INTEGER]})
        with pytest.raises(ValueError, match="2\\*\\*53"):
            an_entry(facts={"n": number})

    def test_refuses_deep_nesting(self) -> None:
        an_entry(facts={"x": nested(MAX_DEPTH)})
        with pytest.raises(ValueError, match="deeper"):
            an_entry(facts={"x": nested(MAX_DEPTH + 1)})

    def test_refuses_a_structure_that_holds_itself(self) -> None:
        loop: list[Any] = []
        loop.append(loop)
        with pytest.raises(ValueError, match="deeper"):
            an_entry(facts={"x": loop})

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *[("seq", seq) for seq in (-1, True, "0", 1.0, None, MAX_INTEGER + 1)],
            *[("prev", prev) for prev in ("", "0" * 63, "0" * 65, "A" * 64, "0" * 64 + "\n", 0, None)],
            *[("event", event) for event in ("", "Note", "note_made", "-note", "note-", "note--made", "x\n", "ñ", 1)],
            *[
                ("time", time)
                for time in (
                    "2026-11-23T11:30:00", "2026-11-23T11:30:00z", "2026-11-23 11:30:00Z", "2026-11-23T11:30:00.0Z",
                    "2026-11-23T11:30:00+00:00", "2026-02-30T11:30:00Z", "2026-13-01T11:30:00Z", "2026-11-23T24:30:00Z",
                    "2026-11-23T11:30:60Z", "0000-01-01T00:00:00Z", "2026-11-23T11:30:00Z\n", "٢026-11-23T11:30:00Z",
                    "20261123T113000Z", "", 0, None,
                )
            ],
        ],
    )  # fmt: skip
    def test_refuses_a_head_of_another_form(self, name: str, value: object) -> None:
        with pytest.raises(ValueError, match=f"^{name} is not"):
            an_entry(**{name: value})

    def test_does_not_change_with_what_it_was_made_from(self) -> None:
        people = ["Ann"]
        facts = {"people": people}
        entry = an_entry(facts=facts)
        people.append("Bo")
        facts["more"] = []
        assert entry.facts == {"people": ("Ann",)}


class TestDecode:
    @pytest.mark.parametrize(("line", "reason"), MALFORMED.values(), ids=MALFORMED)
    def test_refuses_any_other_form(self, line: bytes, reason: str) -> None:
        with pytest.raises(MalformedEntry) as refused:
            subject.decode(line)
        assert reason in refused.value.reason

    @given(st.binary() | st.text().map(str.encode) | st.from_regex(rb"\{.*\}\n", fullmatch=True))
    def test_raises_nothing_but_malformed_entry(self, line: bytes) -> None:
        with pytest.raises(MalformedEntry):
            subject.decode(line)

    @given(entries, st.data())
    def test_takes_a_damaged_line_only_if_it_is_canonical_again(self, entry: Entry, data: st.DataObject) -> None:
        line = subject.encode(entry)
        start = data.draw(st.integers(0, len(line)))
        end = data.draw(st.integers(start, len(line)))
        piece = data.draw(st.binary(max_size=3) | st.sampled_from([b"true", b"1.0", b"{}", b"[[", b'"', line[:40]]))
        damaged = line[:start] + piece + line[end:]
        try:
            found = subject.decode(damaged)
        except MalformedEntry:
            return
        assert subject.encode(found) == damaged


class TestLink:
    def test_is_what_sha256sum_says(self) -> None:
        line = make_log(len(LOG_LINES)).splitlines(keepends=True)[-1]
        said = subprocess.run(["sha256sum"], input=line, capture_output=True, check=True).stdout
        assert subject.link(line) == said.split()[0].decode()
