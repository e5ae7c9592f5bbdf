"""The tree against the recursive definitions of RFC 6962, for trees of every shape up to 130 leaves."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from ippyo.crypto.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [leaf_hash(str(number).encode()) for number in range(130)]
FEW = settings(max_examples=150, derandomize=True, deadline=None)


def split(count: int) -> int:
    k = 1
    while 2 * k < count:
        k *= 2
    return k


def naive_root(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node_hash(naive_root(leaves[:k]), naive_root(leaves[k:]))


def naive_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: Sequence[bytes], whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*naive_subproof(m, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], False), naive_root(leaves[:k])]


NODES: dict[tuple[int, int], bytes] = {}
FRONTIERS = [Frontier()]
for _leaf in LEAVES:
    _frontier, _completed = FRONTIERS[-1].append(_leaf)
    FRONTIERS.append(_frontier)
    NODES.update({(node.level, node.index): node.hash for node in _completed})


def read(level: int, index: int) -> bytes:
    return NODES[level, index]


@FEW
@given(st.integers(0, len(LEAVES)))
def test_roots_and_frontiers(size: int) -> None:
    assert FRONTIERS[size].root == root_of(LEAVES[:size]) == naive_root(LEAVES[:size])
    assert Frontier.at(size, read) == FRONTIERS[size]
    assert len(FRONTIERS[size].peaks) == size.bit_count()


@FEW
@given(st.data())
def test_inclusion(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(LEAVES)))
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, read)
    root = FRONTIERS[size].root
    assert proof == naive_path(index, LEAVES[:size])
    assert verify_inclusion(LEAVES[index], index, size, proof, root)
    other = data.draw(st.integers(0, size - 1).filter(lambda i: i != index)) if size > 1 else size
    assert not verify_inclusion(LEAVES[index], other, size, proof, root)
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        altered = [*proof[:place], bytes(32), *proof[place + 1 :]]
        assert not verify_inclusion(LEAVES[index], index, size, altered, root)
        assert not verify_inclusion(LEAVES[index], index, size, proof[:place], root)


@FEW
@given(st.data())
def test_consistency(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, len(LEAVES)))
    old = data.draw(st.integers(1, new))
    proof = consistency_proof(old, new, read)
    old_root, new_root = FRONTIERS[old].root, FRONTIERS[new].root
    assert proof == naive_subproof(old, LEAVES[:new], True)
    assert verify_consistency(old, old_root, new, new_root, proof)
    assert not verify_consistency(old, leaf_hash(b"other"), new, new_root, proof)
    assert not verify_consistency(old, old_root, new, leaf_hash(b"other"), proof)
    assert not verify_consistency(old, old_root, new, new_root, [*proof, bytes(32)])
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        altered = [*proof[:place], bytes(32), *proof[place + 1 :]]
        assert not verify_consistency(old, old_root, new, new_root, altered)
        assert not verify_consistency(old, old_root, new, new_root, proof[:place])


@FEW
@given(st.integers(1, len(LEAVES)), st.data())
def test_a_proof_needs_few_reads(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    reads = 0

    def counting(level: int, number: int) -> bytes:
        nonlocal reads
        reads += 1
        return NODES[level, number]

    inclusion_proof(index, size, counting)
    assert reads <= 2 * size.bit_length()
