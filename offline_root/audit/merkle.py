"""The Merkle tree over the log's lines (RFC 6962 section 2.1, SHA-256).

Leaves and inner nodes are hashed with different first bytes, so a leaf can never be passed off as a node.
"""

import hashlib
from collections.abc import Iterable
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
