"""Names: how they read, and in which order they are built."""

import re

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from hypothesis import example, given
from hypothesis import strategies as st

from offline_root.display import dangerous
from offline_root.names import build, matches, root_name, text, word
from offline_root.policy.model import ATTRIBUTES
from tests.authorities import attribute, policy

OIDS = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.EMAIL_ADDRESS, x509.ObjectIdentifier("1.2.3"))
VALUES = st.one_of(st.text(st.sampled_from('\\,+="# aCN<U+>;\u202e'), max_size=8), st.text(max_size=8))
ATTRIBUTE_PAIRS = st.tuples(st.sampled_from(OIDS), VALUES)


def one(value: str, oid: x509.ObjectIdentifier = NameOID.COMMON_NAME) -> x509.NameAttribute[str]:
    return attribute(oid, value)


def name(*rdns: tuple[x509.NameAttribute[str], ...]) -> x509.Name:
    return x509.Name([x509.RelativeDistinguishedName(each) for each in rdns])


@st.composite
def names(draw: st.DrawFn) -> x509.Name:
    rdns = draw(st.lists(st.lists(ATTRIBUTE_PAIRS, min_size=1, max_size=2, unique=True), max_size=3))
    return name(*(tuple(one(value, oid) for oid, value in sorted(rdn, key=repr)) for rdn in rdns))


class TestText:
    def test_names_the_attributes_in_encoded_order(self) -> None:
        every = build(
            (
                ("common_name", "Root"),
                ("organizational_unit", "IT"),
                ("organization", "PrivSec"),
                ("locality", "Thun"),
                ("state", "Bern"),
                ("country", "CH"),
            )
        )
        assert text(every) == "C=CH, ST=Bern, L=Thun, O=PrivSec, OU=IT, CN=Root"

    def test_of_nothing_says_so(self) -> None:
        assert text(x509.Name([])) == "(empty)"
        assert text(name((one("(empty)"),))) == "CN=(empty)"

    def test_shows_other_attributes_by_oid_and_joins_those_of_one_rdn(self) -> None:
        assert text(name((one("A"), one("7", NameOID.SERIAL_NUMBER)))) == "CN=A+2.5.4.5=7"

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            ("a, O=b", r"CN=a\, O\=b"),
            ("a+b", r"CN=a\+b"),
            ("a\\", r"CN=a\\"),
            ('"a"', r"CN=\"a\""),
            ("#61", r"CN=\#61"),
            (" a ", r"CN=\ a\ "),
            (" ", r"CN=\ "),
            ("a  b", "CN=a  b"),
            ("", "CN="),
            ("a\u202eb", "CN=a<U+202E>b"),
            ("a\n", "CN=a<U+000A>"),
        ],
    )
    def test_escapes_what_could_pass_for_something_else(self, value: str, shown: str) -> None:
        assert text(name((one(value),))) == shown

    def test_tells_octets_from_text_that_looks_like_them(self) -> None:
        octets = x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, b"\x00a", _ASN1Type.BitString)
        assert text(x509.Name([octets])) == "2.5.4.45=#0061"
        for forged in ("#0061", "b'\\x00a'", str(octets.value)):
            assert text(name((one(forged, NameOID.X500_UNIQUE_IDENTIFIER),))) != "2.5.4.45=#0061"

    @given(names(), names())
    @example(name((one("a, O=b"),)), name((one("a"),), (one("b", NameOID.ORGANIZATION_NAME),)))
    @example(name((one("a"), one("b", OIDS[1]))), name((one("a"),), (one("b", OIDS[1]),)))
    @example(name((one("a"),)), name((one("a "),)))
    def test_differs_for_different_names(self, first: x509.Name, second: x509.Name) -> None:
        if text(first) == text(second):
            assert first == second
            assert first.public_bytes() == second.public_bytes()

    @given(names())
    def test_is_safe_to_show(self, any_name: x509.Name) -> None:
        assert dangerous(text(any_name)) == ()


class TestBuild:
    @given(st.permutations([*ATTRIBUTES, "common_name"]))
    def test_puts_one_attribute_in_an_rdn_and_the_common_name_last(self, words: list[str]) -> None:
        built = build(tuple((each, "CH" if each == "country" else each) for each in words))
        assert [word(each.oid) for rdn in built.rdns for each in rdn] == [
            *ATTRIBUTES,
            "common_name",
        ]
        assert [len(list(rdn)) for rdn in built.rdns] == [1] * 6

    def test_encodes_text_as_utf8_and_the_country_as_printable(self) -> None:
        built = build((("country", "CH"), ("common_name", "Root")))
        assert built.public_bytes().hex() == "301c310b300906035504061302434831" + "0d300b06035504030c04526f6f74"

    def test_makes_the_roots_name(self) -> None:
        assert text(root_name(policy().root)) == "C=CH, O=PrivSec, CN=PrivSec OFFLINE Root CA"


def test_word_of_an_unknown_attribute_is_its_oid() -> None:
    assert word(NameOID.COUNTRY_NAME) == "country"
    assert word(NameOID.EMAIL_ADDRESS) == "1.2.840.113549.1.9.1"


class TestMatches:
    @pytest.mark.parametrize(
        ("value", "pattern"),
        [
            ("CA", "CA"),
            ("CA (test) G1", "CA (test) G*"),
            ("CA (test) G", "CA (test) G*"),
            ("", "*"),
            ("anything\nat all", "*"),
            ("a-b-c", "a*c"),
            ("abab", "*ab"),
        ],
    )
    def test_takes(self, value: str, pattern: str) -> None:
        assert matches(value, pattern)

    @pytest.mark.parametrize(
        ("value", "pattern"),
        [
            ("ca", "CA"),
            ("CA", "CA "),
            ("CA\n", "CA"),
            ("XCA", "CA*"),
            ("CA (test) G1", "CA (prod) G*"),
            ("CAx", "C.x"),
            ("CA", "C?"),
            ("CA", ""),
            ("CA", "[A-Z]+"),
        ],
    )
    def test_refuses(self, value: str, pattern: str) -> None:
        assert not matches(value, pattern)

    @given(st.text(max_size=12))
    def test_a_text_without_star_fits_itself_alone(self, value: str) -> None:
        literal = value.replace("*", "")
        assert matches(literal, literal)
        assert not matches(literal + "x", literal)
        assert matches(literal, re.sub("^", "*", literal, count=1))
