"""Mutants of the corpus: of the octets of its files, and of the structure of its requests, which are signed again."""

import random
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric import ec

from offline_root import der
from tests.corpus.build import SUBJECT, called, signed
from tests.corpus.folder import index
from tests.corpus.keys import Key, curve, edwards

MOST = 6_000
"""Larger files are left out: they are about size, and one costs as much as fifty others."""

BRACKETS = 100
"""So are files of so many brackets: YAML takes half a second for each."""

SIGNERS: tuple[tuple[Key, str], ...] = ((curve("fuzz", ec.SECP256R1), "sha256"), (edwards("fuzz"), "sha256"))
_INTERESTING = (b"", b"\x00", b"\x01", b"\xff", b"\x7f", b"\x80", b"\x00\x00", b"\x00\xff", b"\x80\x00", b"\xff" * 4)
_TAGS = bytes.fromhex("00010203040506090a0c1314161a1c1e30313380818286a0a1a2a3ff")
_TEXTS = (
    b"-----BEGIN CERTIFICATE REQUEST-----",
    b"\n",
    b"\\n",
    b'"',
    b"csr",
    b"{",
    b"}",
    b"[",
    b": ",
    b"\xef\xbb\xbf",
    b"=",
)


@dataclass(frozen=True, slots=True)
class Node:
    """An element of DER, taken apart: a tag with members, or with content. `longer`: its length takes an octet more."""

    tag: int
    content: bytes
    members: tuple["Node", ...] = ()
    longer: bool = False

    def encoded(self) -> bytes:
        """Return the octets."""
        octets = der.wrap(self.tag, self.content, *(each.encoded() for each in self.members))
        if not self.longer:
            return octets
        content = octets[2 + max(0, octets[1] - 0x80) :]
        size = len(content).to_bytes(3)
        return bytes([self.tag, 0x83]) + size + content


def taken_apart(element: der.Element, depth: int = 0) -> Node:
    """Return an element as a tree; what is no DER inside stays as it is."""
    if element.tag & 0x20 and depth < 12:
        try:
            members = element.children()
        except der.DerError:
            return Node(element.tag, element.content)
        return Node(element.tag, b"", tuple(taken_apart(each, depth + 1) for each in members))
    if element.tag == 0x04 and depth < 12:  # the value of an extension
        try:
            members = der.elements(element.content)
        except der.DerError:
            return Node(element.tag, element.content)
        return Node(element.tag, b"", tuple(taken_apart(each, depth + 1) for each in members))
    return Node(element.tag, element.content)


class Mutator:
    """Makes mutants, the same ones for the same number."""

    def __init__(self, number: int) -> None:
        self.random = random.Random(number)  # noqa: S311  # not a secret
        contents = [each.content for each in index().values()]
        self.files = [each for each in contents if 0 < len(each) <= MOST and each.count(b"[") < BRACKETS]
        self.infos = [node for each in self.files for node in _info_of(each)]
        self.nodes = [node for each in self.infos for node in _all(each)]

    def file(self) -> bytes:
        """Return a file of the corpus with one to five changes of its octets."""
        data = bytearray(self.random.choice(self.files))
        for _ in range(self.random.choice((1, 1, 1, 2, 3, 5))):
            self._change(data)
        return bytes(data)

    def _change(self, data: bytearray) -> None:
        pick = self.random
        place = pick.randrange(len(data) + 1)
        end = min(len(data), place + pick.choice((1, 1, 2, 4, 16, 64)))
        match pick.randrange(7):
            case 0 if place < len(data):
                data[place] ^= 1 << pick.randrange(8)
            case 1 if place < len(data):
                data[place] = pick.randrange(256)
            case 2:
                data[place:place] = pick.choice((*_INTERESTING, *_TEXTS, pick.randbytes(3)))
            case 3:
                del data[place:end]
            case 4:
                data[place:end] = pick.choice(_INTERESTING) + pick.choice(_TEXTS)
            case 5:
                other = pick.choice(self.files)
                start = pick.randrange(len(other))
                data[place:end] = other[start : start + pick.choice((1, 4, 16, 64, 256))]
            case _:
                data[place:place] = data[place:end]

    def request(self) -> bytes:
        """Return a request whose signed part is a mutant, signed by the key that was put in."""
        key, hash_ = self.random.choice(SIGNERS)
        tree = self.random.choice(self.infos)
        if len(tree.members) == 4:
            version, subject, _, attributes = tree.members
            subject = self.random.choice((subject, *_SUBJECTS))
            tree = Node(tree.tag, b"", (version, subject, taken_apart(der.element(key.spki)), attributes))
        for _ in range(self.random.choice((0, 1, 1, 1, 2))):
            tree = self._mutated(tree)
        return signed(tree.encoded(), key, hash_)

    def _mutated(self, tree: Node) -> Node:
        if tree.members and self.random.random() < 0.9:
            place = self.random.randrange(len(tree.members))
            inner = self._mutated(tree.members[place])
            return replace(tree, members=(*tree.members[:place], inner, *tree.members[place + 1 :]))
        return self._broken(tree)

    def _broken(self, tree: Node) -> Node:
        match self.random.randrange(16):
            case 0:
                return replace(tree, tag=self.random.choice(_TAGS))
            case 1:
                return self.random.choice(self.nodes)
            case 2:
                return replace(tree, longer=True)
            case 3 | 4 | 5 | 6:
                return replace(tree, members=self._rearranged(tree.members))
            case _:
                return replace(tree, content=self._content(tree.content))

    def _rearranged(self, members: tuple[Node, ...]) -> tuple[Node, ...]:
        place = self.random.randrange(len(members) + 1)
        match self.random.randrange(4):
            case 0:
                return (*members[:place], self.random.choice(self.nodes), *members[place:])
            case 1:
                return (*members[:place], *members[place + 1 :])
            case 2:
                return tuple(self.random.sample(members, len(members)))
            case _:
                return (*members, *members[place : place + 1])

    def _content(self, content: bytes) -> bytes:
        pick = self.random
        data = bytearray(content)
        if data and pick.random() < 0.7:
            self._change(data)
            return bytes(data)
        return pick.choice(_INTERESTING) * pick.choice((1, 1, 1, 4, 70))


def _info_of(data: bytes) -> tuple[Node, ...]:
    """Return the signed part of a file that is a request in DER."""
    try:
        whole = der.element(data).children()
        return (taken_apart(whole[0]),) if len(whole) == 3 else ()
    except der.DerError:
        return ()


def _all(tree: Node) -> tuple[Node, ...]:
    return (tree, *(each for member in tree.members for each in _all(member)))


_SUBJECTS = tuple(taken_apart(der.element(each)) for each in (SUBJECT, called("PrivSec Intermediate CA (wide)")))
