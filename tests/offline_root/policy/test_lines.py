"""Line numbers of keys, in every way that TOML has of writing them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_root.policy.lines import Lines, dotted

TEXT = '''# [commented.out]
format = 1
"quoted key" = 'x = 1'
a.b . "c.d" = [
  { e = 1,
    f = "]}" },
  { g = [1, 2],
  },
]
after = """
no = "key"
\\"""
""" # """
[root] # [not.this]
literal = \'\'\'
[nor.this]
\'\'\'
escaped = "a \\" # b"
date = 1979-05-27T07:32:00Z
inline = { one = 1, two.three = { four = [ { five = 5 } ] } }
last = 1
[[list]]
item = 1
[[ list ]]
item = 2
[ "te st" . 'x"y' ]
\\u0061 = 1
["\\u0061"]
'''

KEYS = {
    ("format",): 2,
    ("quoted key",): 3,
    ("a",): 4,
    ("a", "b", "c.d"): 4,
    ("a", "b", "c.d", "e"): 5,
    ("a", "b", "c.d", "f"): 6,
    ("a", "b", "c.d", "g"): 7,
    ("after",): 10,
    ("root",): 14,
    ("root", "literal"): 15,
    ("root", "escaped"): 18,
    ("root", "date"): 19,
    ("root", "inline", "one"): 20,
    ("root", "inline", "two", "three", "four", "five"): 20,
    ("root", "last"): 21,
    ("list",): 22,
    ("list", "item"): 23,
    ("te st",): 26,
    ("te st", 'x"y'): 26,
}


@pytest.mark.parametrize(("path", "line"), KEYS.items(), ids=str)
def test_a_key_is_on_its_line(path: tuple[str, ...], line: int) -> None:
    assert Lines(TEXT).of(dotted(*path)) == line


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("root.absent", 14),
        ("root.absent.deeper", 14),
        ("absent", 1),
        ("no", 1),
        ("commented", 1),
        ("nor.this", 1),
        ("", 1),
    ],
)
def test_a_missing_key_is_on_the_line_of_its_table(key: str, line: int) -> None:
    assert Lines(TEXT).of(key) == line


def test_a_very_deep_key_is_on_a_line_nearby() -> None:
    deep = ["a"] * 900
    assert Lines("b = 1\n" + ".".join(deep) + " = 1").of(dotted(*deep)) == 2


def test_an_escape_that_is_none_stays_as_it_is() -> None:
    assert Lines('\n"\\q" = 1').of(dotted('"\\q"')) == 2


@pytest.mark.parametrize(
    ("path", "shown"),
    [(("a", "b-1_C"), "a.b-1_C"), (("a.b",), '"a.b"'), (("a", ""), 'a.""'), (("\x1b", "é"), '"<U+001B>"."é"')],
    ids=repr,
)
def test_a_dotted_key_is_quoted_where_toml_would(path: tuple[str, ...], shown: str) -> None:
    assert dotted(*path) == shown


@given(st.text(st.sampled_from('[]{}=,."\'#\\\n ab1"""'), max_size=60))
def test_no_text_makes_the_scanner_fail(text: str) -> None:
    lines = Lines(text)
    for key in ("a", "b", "a.b", ""):
        assert 1 <= lines.of(key) <= text.count("\n") + 1
