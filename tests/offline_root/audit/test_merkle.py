"""The tree against the published vectors, and against RFC 6962's own recursive definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_root.audit import merkle
from tests.offline_root.audit.logs import naive_root

# Certificate Transparency reference implementation, merkletree tests.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def tree_of(leaves: list[bytes]) -> merkle.Tree:
    tree = merkle.Tree()
    for leaf in leaves:
        tree = tree.append(merkle.leaf_hash(leaf))
    return tree


@pytest.mark.parametrize("size", range(9))
def test_has_the_published_roots(size: int) -> None:
    assert tree_of(LEAVES[:size]).root().hex() == ROOTS[size]
    assert merkle.root(map(merkle.leaf_hash, LEAVES[:size])).hex() == ROOTS[size]


def test_a_tree_without_leaves_has_the_empty_root() -> None:
    assert merkle.Tree().root() == merkle.EMPTY_ROOT == bytes.fromhex(ROOTS[0])


@given(st.lists(st.binary(max_size=4), max_size=70))
def test_is_the_recursive_definition(leaves: list[bytes]) -> None:
    tree = tree_of(leaves)
    assert tree.root() == naive_root(leaves)
    assert tree.size == len(leaves)


@given(st.lists(st.binary(max_size=4), max_size=70))
def test_keeps_one_peak_for_each_bit_of_the_size(leaves: list[bytes]) -> None:
    assert len(tree_of(leaves).peaks) == len(leaves).bit_count()


def test_a_grown_tree_leaves_the_old_one_as_it_was() -> None:
    old = tree_of(LEAVES[:3])
    old.append(merkle.leaf_hash(LEAVES[3]))
    assert old == tree_of(LEAVES[:3])
    assert old.root().hex() == ROOTS[3]


def test_a_leaf_cannot_pass_as_a_node() -> None:
    left, right = (merkle.leaf_hash(leaf) for leaf in LEAVES[:2])
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)
