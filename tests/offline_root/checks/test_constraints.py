"""What a CA permits is held against what its issuer permits, kind by kind."""

from dataclasses import replace

import pytest

from offline_root import der
from offline_root.certificate import Subtree, read
from offline_root.checks.case import CertificateCase
from offline_root.checks.constraints import outside_issuer
from tests.certificates import good, good_root

OWN, ROOT = read(good().signed()), read(good_root().certificate)
DNS, IP, MAIL, URI, NAME, REGISTERED = 0x82, 0x87, 0x81, 0x86, 0xA4, 0x88
C = bytes.fromhex("310b300906035504060c024348")
ORG, OTHER_ORG = (bytes.fromhex("310a30080603550a0a0c0141"), bytes.fromhex("310a30080603550a0a0c0142"))
NET_10, NET_10_1, NET_11 = "0a000000ff000000", "0a010000ffff0000", "0b000000ff000000"
V6 = "20010db8" + "00" * 12 + "ffffffff" + "00" * 12
V6_SMALLER = "20010db80001" + "00" * 10 + "ffffffffffff" + "00" * 10

WITHIN: list[tuple[int, bytes, bytes]] = [
    (DNS, b"a.example", b"a.example"),
    (DNS, b"b.A.example", b"a.EXAMPLE"),
    (DNS, b"a.example", b""),
    (DNS, b"a.example", b".example"),
    (DNS, b".a.example", b"a.example"),
    (IP, bytes.fromhex(NET_10_1), bytes.fromhex(NET_10)),
    (IP, bytes.fromhex(NET_10), bytes.fromhex(NET_10)),
    (IP, bytes.fromhex(NET_11), bytes(8)),
    (IP, bytes.fromhex(V6_SMALLER), bytes.fromhex(V6)),
    (MAIL, b"me@A.example", b"a.example"),
    (MAIL, b"me@a.example", b"me@a.example"),
    (MAIL, b"me@b.a.example", b".a.example"),
    (MAIL, b".b.a.example", b".a.example"),
    (MAIL, b"b.a.example", b".a.example"),
    (URI, b"a.example", b"a.example"),
    (URI, b"b.a.example", b".a.example"),
    (NAME, der.sequence(C, ORG), der.sequence(C)),
    (NAME, der.sequence(C, ORG), der.sequence(C, ORG)),
    (REGISTERED, b"\x2a\x03", b"\x2a\x03"),
]
BEYOND: list[tuple[int, bytes, bytes]] = [
    (DNS, b"example", b"a.example"),
    (DNS, b"nota.example", b"a.example"),
    (DNS, b"", b"a.example"),
    (IP, bytes.fromhex(NET_10), bytes.fromhex(NET_10_1)),
    (IP, bytes.fromhex(NET_10), bytes.fromhex("0a000000ffff0000")),
    (IP, bytes.fromhex(NET_11), bytes.fromhex(NET_10)),
    (IP, bytes.fromhex(V6), bytes.fromhex(V6_SMALLER)),
    (IP, bytes.fromhex(V6), bytes(8)),
    (IP, b"", bytes.fromhex(NET_10)),
    (MAIL, b"a.example", b"me@a.example"),
    (MAIL, b"me@a.example", b".a.example"),
    (MAIL, b"me@b.a.example", b"a.example"),
    (URI, b"b.a.example", b"a.example"),
    (URI, b"a.example", b".a.example"),
    (NAME, der.sequence(C), der.sequence(C, ORG)),
    (NAME, der.sequence(C, OTHER_ORG), der.sequence(C, ORG)),
    (NAME, b"", der.sequence(C)),
    (REGISTERED, b"\x2a\x03", b"\x2a\x04"),
    (0xA7, b"", b"\x05\x00"),
]


def found(tag: int, own: bytes, issuers: bytes, *, permitted: bool) -> list[str]:
    """Return what is said of a CA that permits one name below an issuer that permits or excludes another."""
    names = ((der.element(der.wrap(tag, each)), its) for each, its in ((own, True), (issuers, permitted)))
    below, above = (Subtree(its, base, False) for base, its in names)
    subject = replace(OWN, subject=own) if tag == NAME and own else OWN
    case = CertificateCase(replace(subject, subtrees=(below,)), replace(ROOT, subtrees=(above,)))
    return [message for _, message in outside_issuer.function(case)]


@pytest.mark.parametrize(("tag", "own", "issuers"), WITHIN, ids=map(str, range(len(WITHIN))))
def test_within(tag: int, own: bytes, issuers: bytes) -> None:
    assert found(tag, own, issuers, permitted=True) == []
    assert all("which its issuer excludes" in each for each in found(tag, own, issuers, permitted=False))
    assert found(tag, own, issuers, permitted=False) != []


@pytest.mark.parametrize(("tag", "own", "issuers"), BEYOND, ids=map(str, range(len(BEYOND))))
def test_beyond(tag: int, own: bytes, issuers: bytes) -> None:
    assert all("not within what its issuer permits" in each for each in found(tag, own, issuers, permitted=True))
    assert found(tag, own, issuers, permitted=True) != []
    assert found(tag, own, issuers, permitted=False) == []


def test_another_kind_of_name_is_left_alone() -> None:
    above = Subtree(True, der.element(der.wrap(MAIL, b"a.example")), False)
    assert list(outside_issuer.function(CertificateCase(OWN, replace(ROOT, subtrees=(above,))))) == []
    assert list(outside_issuer.function(CertificateCase(OWN, None))) == []
    assert list(outside_issuer.function(CertificateCase(ROOT, replace(ROOT, subtrees=(above,))))) == []


def test_it_says_the_names() -> None:
    beyond = found(DNS, b"example", b"a.example", permitted=True)
    assert beyond == ["The permitted 'example' is not within what its issuer permits: 'a.example'."]
    excluded = found(IP, bytes.fromhex(NET_10_1), bytes.fromhex(NET_10), permitted=False)
    assert excluded == ["The permitted 10.1.0.0/255.255.0.0 is within 10.0.0.0/255.0.0.0, which its issuer excludes."]
    name = found(NAME, b"", der.sequence(C), permitted=True)
    assert name[0] == f"Its own name is not within what its issuer permits: directoryName {der.sequence(C).hex()}."
