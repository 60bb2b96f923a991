"""The Merkle tree over the log's lines (RFC 6962 section 2.1, SHA-256).

Leaves and inner nodes are hashed with different first bytes, so a leaf can never be passed off as a node.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""Root of a tree without leaves."""


def leaf_hash(line: bytes) -> bytes:
    """Return the hash (32 bytes) of one log line with its newline."""
    return hashlib.sha256(b"\x00" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash (32 bytes) of the node above two hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree that can grow, as the roots of its full subtrees from left to right: one for each 1 bit of `size`."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> "Tree":
        """Return the tree with one more leaf, given as its hash."""
        peaks, node, full = list(self.peaks), leaf, self.size
        while full & 1:
            node = node_hash(peaks.pop(), node)
            full >>= 1
        return Tree(self.size + 1, (*peaks, node))

    def root(self) -> bytes:
        """Return the root hash (32 bytes)."""
        if not self.peaks:
            return EMPTY_ROOT
        *left, node = self.peaks
        for peak in reversed(left):
            node = node_hash(peak, node)
        return node


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the root hash (32 bytes) over leaves given as their hashes."""
    tree = Tree()
    for leaf in leaves:
        tree = tree.append(leaf)
    return tree.root()


def inclusion(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the proof that the leaf at `index` is one of these (RFC 6962 2.1.1), from its sibling upwards."""
    if len(leaves) == 1:
        return ()
    split = _split(len(leaves))
    if index < split:
        return (*inclusion(leaves[:split], index), root(leaves[split:]))
    return (*inclusion(leaves[split:], index - split), root(leaves[:split]))


def consistency(leaves: Sequence[bytes], old: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of the first `old` leaves grew into this one (RFC 6962 2.1.2)."""
    return _subproof(leaves, old, whole=True) if 0 < old < len(leaves) else ()


def _subproof(leaves: Sequence[bytes], old: int, *, whole: bool) -> tuple[bytes, ...]:
    """Give SUBPROOF of RFC 6962 2.1.2; `whole`: whoever verifies knows the root of the old tree already."""
    if old == len(leaves):
        return () if whole else (root(leaves),)
    split = _split(len(leaves))
    if old <= split:
        return (*_subproof(leaves[:split], old, whole=whole), root(leaves[split:]))
    return (*_subproof(leaves[split:], old - split, whole=False), root(leaves[:split]))


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """Return the root of the tree of `size` leaves that this proof speaks of; None where it has a wrong length."""
    if not 0 <= index < size:
        return None
    return next(iter(_climb(index, size - 1, (leaf,), proof)), None)


def grew(old: int, old_root: bytes, size: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Say whether this proof shows that the tree of `size` leaves begins with the one of `old` leaves."""
    if old in (0, size):
        return not proof and old_root == (new_root if old == size else EMPTY_ROOT)
    if not 0 < old < size or not proof:
        return False
    # A full subtree is its own first node. It is not in the proof, because whoever verifies has its hash.
    first, *rest = proof if old & (old - 1) else (old_root, *proof)
    full = (old & -old).bit_length() - 1
    return _climb((old - 1) >> full, (size - 1) >> full, (first, first), rest) == (old_root, new_root)


def _climb(index: int, last: int, nodes: tuple[bytes, ...], proof: Sequence[bytes]) -> tuple[bytes, ...]:
    """Return the roots over `nodes` (of the old tree and the new; of the new alone), RFC 9162 2.1.3.2 and 2.1.4.2.

    `index` is where on its level the node stands, `last` where the level ends. None at all where the proof
    does not end at the top.
    """
    for sibling in proof:
        if last == 0:
            return ()
        if index & 1 or index == last:
            nodes = tuple(node_hash(sibling, node) for node in nodes)
            while index and not index & 1:  # a level on which this node has no sibling
                index, last = index >> 1, last >> 1
        else:
            # What stands to the right came after the old tree.
            nodes = (*nodes[:-1], node_hash(nodes[-1], sibling))
        index, last = index >> 1, last >> 1
    return () if last else nodes
