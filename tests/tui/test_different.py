"""Two requests whose signed bytes differ never look the same, whatever their text does to the wrapping."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from hypothesis import assume, example, given
from hypothesis import strategies as st

from offline_root.display import visible
from offline_root.model import Draft, Review, Serial
from offline_root.policy.model import EnvironmentPolicy
from tests import authorities
from tests.authorities import NOW, Root, csr, read
from tests.tui.catalogue import TEST
from tests.tui.desks import seeded
from tui.layout import Below, Hanging, Wrapped
from tui.safe_text import SafeText, exact, literal, safe
from tui.screens.review import ReviewScreen
from tui.widgets import Passage

WIDTHS = (76, 96, 56)
"""What is left for text of 80, 100 and 60 columns."""
CHARACTERS = (
    *"aabB  \\<>U+0020·-|",
    "\u6f22",
    "e\u0301",
    "\u0301",
    "\u202e",
    "\n",
    "\u200b",
    "\u00a0",
    "\u3164",
    "<U+0020>",
)
TRICKY = st.lists(st.sampled_from(CHARACTERS), max_size=24).map("".join)


def drawn(block: Hanging | Wrapped | Below, width: int) -> list[str]:
    """Return the rows as a person sees them: nobody sees how many spaces there are at the end of a row."""
    return [row.plain.rstrip() for row in block.at(width)]


class TestText:
    @given(TRICKY, TRICKY, st.integers(2, 12))
    @example("ab", "a b", 2)
    @example("a  b", "a b", 4)
    @example("a ", "a", 4)
    @example("aaaa bbb", "aaaabbb", 5)
    @example("aaa\\ bbb", "aaabbb", 4)
    def test_that_differs_looks_different(self, one: str, other: str, width: int) -> None:
        assume(one != other)
        for text in (safe, lambda raw: exact(visible(raw))):
            assert drawn(Wrapped(text(one)), width) != drawn(Wrapped(text(other)), width)
            label = literal("label")
            pair = [Hanging(label, text(each), 6) for each in (one, other)]
            assert drawn(pair[0], width + 10) != drawn(pair[1], width + 10)

    @given(TRICKY, st.integers(2, 30))
    def test_never_reaches_the_column_of_the_labels(self, text: str, width: int) -> None:
        rows = drawn(Hanging(literal("label"), safe(text), 6), width + 10)
        assert rows[0][:6].rstrip() == "label"
        assert all(not row[:6].strip() for row in rows[1:])

    @given(TRICKY)
    def test_is_the_same_in_widgets_that_take_rich_text(self, text: str) -> None:
        assert SafeText(text).text().plain == SafeText(text).content().plain

    @given(TRICKY, st.integers(8, 30))
    def test_keeps_to_its_width(self, text: str, width: int) -> None:
        assert all(row.cell_length <= width for row in Wrapped(safe(text)).at(width))
        assert all(row.cell_length <= width for row in Hanging(literal("label"), safe(text), 6).at(width))

    def test_of_foreign_rows_is_not_taken_for_ours(self) -> None:
        spoof = "x" * 60 + " ISSUED    good.csr"
        rows = drawn(Below(Hanging(literal("request"), safe(spoof), 10)), 76)
        assert not any(row.startswith("ISSUED") for row in rows)


@cache
def root() -> Root:
    """Return a root whose policy lets any name pass."""
    return authorities.root(authorities.with_environment(authorities.policy(), common_name="*"))


def shown(review: Review, width: int) -> str:
    """Return all text of the signing screen, as it is scrolled through."""
    passages = [each for each in ReviewScreen(TEST, review).body() if isinstance(each, Passage)]
    return "\n".join(row.plain.rstrip() for each in passages for row in each.visual.at(width))  # type: ignore[attr-defined]


NAMES = TRICKY.filter(lambda text: 0 < len(text) <= 64)


class TestReview:
    @given(NAMES, NAMES)
    @example("PrivSec Intermediate CA (test)", "PrivSec Intermediate CA  (test)")
    @example("PrivSec Intermediate CA (test)", "PrivSec Intermediate CA (test) ")
    @example("x" * 53 + " y", "x" * 53 + "y")
    @example("a, O=PrivSec", "a")
    def test_of_another_name_looks_different(self, one: str, other: str) -> None:
        first, second = (
            root().review(read(csr(authorities.common_name(each) if each.isprintable() else _named(each), seeded("k"))))
            for each in (one, other)
        )
        assume(first.tbs != second.tbs)
        for width in WIDTHS:
            assert shown(first, width) != shown(second, width)

    @pytest.mark.parametrize("width", WIDTHS)
    def test_of_anything_else_that_differs_looks_different(self, width: int) -> None:
        reviews = list(variants())
        assert len({each.tbs for each in reviews}) == len(reviews)
        assert len({shown(each, width) for each in reviews}) == len(reviews)


def _named(text: str) -> x509.Name:
    return x509.Name([authorities.attribute(x509.NameOID.COMMON_NAME, text)])


def variants() -> Iterator[Review]:
    """Give reviews that differ in one thing each: key, serial, dates, and every field of the policy that is signed."""
    request = read(csr(private=seeded("one")))
    draft = Draft(Serial(0x0123456789), NOW, NOW + timedelta(days=300))
    whole = authorities.root()
    yield whole.review(request, draft=draft)
    yield whole.review(read(csr(private=seeded("two"))), draft=draft)
    for changed in (
        replace(draft, serial=Serial(0x0123456788)),
        replace(draft, serial=Serial(0x012345678901)),
        replace(draft, not_before=NOW + timedelta(seconds=1)),
        replace(draft, not_after=NOW + timedelta(days=300, seconds=1)),
    ):
        yield whole.review(request, draft=changed)
    for policy in policies(authorities.environment(whole.policy)):
        other = replace(whole, policy=authorities.with_environment(whole.policy, **policy))
        yield other.review(request, draft=draft)
    for fields in (
        {"crl_url": "http://pki.example.org/other.crl"},
        {"certificate_url": "http://pki.example.org/other.der"},
    ):
        yield replace(whole, policy=authorities.with_root(whole.policy, **fields)).review(request, draft=draft)


def policies(of: EnvironmentPolicy) -> Iterator[dict[str, Any]]:
    """Give changes of an environment's policy, each of which changes the certificate."""
    constraints = of.name_constraints
    yield {"path_length": 1}
    yield {"extended_key_usage": ("serverAuth",)}
    yield {"extended_key_usage": ("clientAuth",)}
    yield {"extended_key_usage": ("serverAuth", "clientAuth")}
    yield {"attributes": (("organization", "Other"),)}
    yield {"attributes": (("organization", "Other"), ("locality", "Bern"))}
    for field, values in (
        ("permitted_dns", [("a.example.org",), ("a.example.org", "b.example.org"), ("a.example.orgb.example.org",)]),
        ("permitted_email", [("example.org",), ("a@example.org",)]),
        ("permitted_uri", [("example.org",), (".example.org",)]),
    ):
        for value in values:
            yield {"name_constraints": replace(constraints, **{field: value})}
