"""The tree against the eight leaves that RFC 6962 implementations share (Certificate Transparency)."""

from __future__ import annotations

import pytest

from ippyo.crypto.merkle import (
    EMPTY_ROOT,
    Frontier,
    NodeReader,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_from_inclusion,
    root_of,
    verify_consistency,
    verify_inclusion,
)

INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
LEAVES = [leaf_hash(bytes.fromhex(text)) for text in INPUTS]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
INCLUSION = [(0, 8, [A, B, C]), (5, 8, [D, E, ROOTS[3]]), (2, 3, [ROOTS[1]]), (1, 5, [ROOTS[0], B, D]), (0, 1, [])]
CONSISTENCY = [(1, 1, []), (1, 8, [A, B, C]), (6, 8, [F, E, ROOTS[3]]), (2, 5, [B, D])]


def reader() -> NodeReader:
    nodes = {}
    frontier = Frontier()
    for leaf in LEAVES:
        frontier, completed = frontier.append(leaf)
        nodes.update({(node.level, node.index): node.hash for node in completed})
    return lambda level, index: nodes[level, index]


def test_the_empty_root_is_the_hash_of_nothing() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert Frontier().root == root_of([]) == EMPTY_ROOT


@pytest.mark.parametrize("size", range(1, 9))
def test_roots(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size - 1]
    assert Frontier.at(size, reader()).root.hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("index", "size", "proof"), INCLUSION)
def test_inclusion(index: int, size: int, proof: list[str]) -> None:
    made = inclusion_proof(index, size, reader())
    assert [node.hex() for node in made] == proof
    root = bytes.fromhex(ROOTS[size - 1])
    assert verify_inclusion(LEAVES[index], index, size, made, root)
    assert not verify_inclusion(LEAVES[index], index, size, [*made, root], root)
    assert not verify_inclusion(LEAVES[index - 1], index, size, made, root) or size == 1
    assert not verify_inclusion(LEAVES[index], size, size, made, root)
    assert not verify_inclusion(LEAVES[index], -1, size, made, root)
    if made:
        assert not verify_inclusion(LEAVES[index], index, size, made[:-1], root)
        assert not verify_inclusion(LEAVES[index], index, size, [bytes(32), *made[1:]], root)


def test_a_proof_too_short_leads_nowhere() -> None:
    assert root_from_inclusion(LEAVES[0], 0, 8, []) is None


@pytest.mark.parametrize(("old", "new", "proof"), CONSISTENCY)
def test_consistency(old: int, new: int, proof: list[str]) -> None:
    made = consistency_proof(old, new, reader())
    assert [node.hex() for node in made] == proof
    old_root, new_root = bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[new - 1])
    assert verify_consistency(old, old_root, new, new_root, made)
    assert not verify_consistency(old, old_root, new, new_root, [*made, new_root])
    assert not verify_consistency(old, bytes(32), new, new_root, made)
    assert not verify_consistency(old, old_root, new, bytes(32), made)
    assert not verify_consistency(new + 1, old_root, new, new_root, made)
    if made:
        assert not verify_consistency(old, old_root, new, new_root, made[:-1])
        assert not verify_consistency(old, old_root, new, new_root, [])


def test_every_tree_extends_the_empty_one_and_none_another_empty_one() -> None:
    root = bytes.fromhex(ROOTS[7])
    assert verify_consistency(0, EMPTY_ROOT, 8, root, [])
    assert verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    assert not verify_consistency(0, EMPTY_ROOT, 8, root, [root])
    assert not verify_consistency(0, root, 8, root, [])
    assert not verify_consistency(0, EMPTY_ROOT, 0, root, [])


def test_impossible_questions() -> None:
    with pytest.raises(ValueError, match="no leaf 8"):
        inclusion_proof(8, 8, reader())
    with pytest.raises(ValueError, match="cannot extend"):
        consistency_proof(9, 8, reader())
    with pytest.raises(ValueError, match="one peak"):
        Frontier(3, (bytes(32),))
