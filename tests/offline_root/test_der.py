"""DER in small: what is wrapped comes apart again, and what is not DER gives DerError and nothing else."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from offline_root import der
from tests.authorities import csr

REQUEST = csr()
TAGS = st.integers(0, 255).filter(lambda tag: tag & 0x1F != 0x1F)


@given(TAGS, st.binary(max_size=300))
@example(4, b"x" * 127)
@example(4, b"x" * 128)
@example(4, b"x" * 255)
@example(4, b"x" * 256)
@example(4, b"x" * 65536)
def test_a_wrapped_element_comes_apart(tag: int, content: bytes) -> None:
    raw = der.wrap(tag, content)
    assert der.element(raw) == der.Element(tag, content, raw)


@given(st.lists(st.tuples(TAGS, st.binary(max_size=200)), max_size=8))
def test_a_sequence_has_the_children_it_was_made_of(parts: list[tuple[int, bytes]]) -> None:
    whole = der.element(der.sequence(*(der.wrap(tag, content) for tag, content in parts)))
    assert whole.tag == der.SEQUENCE
    assert [(each.tag, each.content) for each in whole.children()] == parts
    assert b"".join(each.raw for each in whole.children()) == whole.content


@pytest.mark.parametrize(
    ("length", "octets"), [(0, "00"), (127, "7f"), (128, "8180"), (255, "81ff"), (256, "820100"), (65536, "83010000")]
)
def test_lengths_have_their_shortest_form(length: int, octets: str) -> None:
    assert der.wrap(4, b"x" * length)[1 : -length or None].hex() == octets


def test_parts_are_put_together_in_order() -> None:
    assert der.wrap(0x30, b"\x02\x01\x01", b"\x05\x00") == bytes.fromhex("3005 0201010500")


def test_a_sequence_begins_as_x690_says() -> None:
    assert der.sequence(b"\x05\x00") == bytes.fromhex("3002 0500")
    assert der.OBJECT_IDENTIFIER == 6


def test_a_bit_string_has_no_unused_bits() -> None:
    assert der.bit_string(b"\xab\xcd") == bytes.fromhex("0303 00abcd")
    assert der.bit_string(b"") == bytes.fromhex("030100")


def test_no_bytes_are_no_elements() -> None:
    assert der.elements(b"") == ()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "0 DER elements"),
        ("0500 0500", "2 DER elements"),
        ("0500 00", "length is missing"),
        ("05", "length is missing"),
        ("1f 8100 00", "tag of more than one octet"),
        ("3f", "tag of more than one octet"),
        ("04 03 6162", "content is shorter"),
        ("04 81 80", "content is shorter"),
        ("30 80 0000", "indefinite"),
        ("04 81 7f" + "00" * 127, "not the shortest"),
        ("04 82 0080" + "00" * 128, "not the shortest"),
        ("04 82 01", "cut off"),
        ("04 81", "cut off"),
        ("04 ff", "cut off"),
    ],
)
def test_what_is_not_one_element_is_refused(data: str, why: str) -> None:
    with pytest.raises(der.DerError, match=why):
        der.element(bytes.fromhex(data))


@given(st.binary(max_size=200))
def test_any_bytes_give_elements_that_fill_them_or_an_error(data: bytes) -> None:
    try:
        found = der.elements(data)
    except der.DerError:
        return
    assert b"".join(each.raw for each in found) == data
    assert [der.wrap(each.tag, each.content) for each in found] == [each.raw for each in found]


@given(st.data())
def test_a_damaged_request_gives_elements_or_an_error(data: st.DataObject) -> None:
    octets = bytearray(REQUEST)
    for place in data.draw(st.lists(st.integers(0, len(octets) - 1), min_size=1, max_size=3)):
        octets[place] = data.draw(st.integers(0, 255))
    try:
        children = der.element(bytes(octets)).children()
    except der.DerError:
        return
    assert b"".join(each.raw for each in children) in bytes(octets)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("00", "0.0"),
        ("27", "0.39"),
        ("28", "1.0"),
        ("4f", "1.39"),
        ("50", "2.0"),
        ("883703", "2.999.3"),
        ("2a864886f70d", "1.2.840.113549"),
        ("2a81800001", "1.2.16384.1"),
    ],
)
def test_object_identifiers_are_dotted(octets: str, text: str) -> None:
    assert der.dotted(der.Element(der.OBJECT_IDENTIFIER, bytes.fromhex(octets), b"")) == text
