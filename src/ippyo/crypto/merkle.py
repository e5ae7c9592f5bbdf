"""The RFC 6962 Merkle tree: hashes, inclusion and consistency proofs, and a frontier that appends in O(log n).

A *node* ``(level, index)`` is the complete subtree over the ``2**level`` leaves from ``index * 2**level`` on. Whoever
keeps the hash of every node (:meth:`Frontier.append` hands each out once, when it is complete) can prove anything about
any size of the tree with O(log n) look-ups. Hashes are 32 bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = [
    "EMPTY_ROOT",
    "HASH_LENGTH",
    "MAX_PROOF_LENGTH",
    "Frontier",
    "Node",
    "NodeReader",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "root_from_inclusion",
    "root_of",
    "verify_consistency",
    "verify_inclusion",
]

HASH_LENGTH = 32
MAX_PROOF_LENGTH = 63
"""More hashes than any proof about a tree of fewer than 2**63 leaves can have."""

EMPTY_ROOT = hashlib.sha256(b"").digest()

NodeReader = Callable[[int, int], bytes]
"""Returns the hash of the complete node ``(level, index)``."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one leaf: SHA-256(0x00 ‖ entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over ``leaves`` (leaf hashes), as RFC 6962 §2.1 defines it."""
    frontier = Frontier()
    for leaf in leaves:
        frontier, _ = frontier.append(leaf)
    return frontier.root


@dataclass(frozen=True, slots=True)
class Node:
    """A complete subtree and its hash."""

    level: int
    index: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree of ``size`` leaves, reduced to what appending needs.

    ``peaks`` are the hashes of the complete subtrees it consists of, largest first: one for each bit set in ``size``.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if len(self.peaks) != self.size.bit_count():
            raise ValueError("a frontier has one peak for each bit set in its size")

    @classmethod
    def at(cls, size: int, read: NodeReader) -> Frontier:
        """Return the frontier of the first ``size`` leaves of a tree whose nodes ``read`` returns."""
        return cls(size, tuple(read(level, index) for level, index in _complete_nodes(0, size)))

    @property
    def root(self) -> bytes:
        """The root hash (32 bytes)."""
        return _bag(self.peaks) if self.peaks else EMPTY_ROOT

    def append(self, leaf: bytes) -> tuple[Frontier, list[Node]]:
        """Return the frontier with ``leaf`` (a leaf hash) added, and the nodes that it completes, the leaf first."""
        peaks = list(self.peaks)
        completed = [Node(0, self.size, leaf)]
        node = leaf
        level = 0
        while self.size >> level & 1:
            node = node_hash(peaks.pop(), node)
            level += 1
            completed.append(Node(level, self.size >> level, node))
        return Frontier(self.size + 1, (*peaks, node)), completed


def _bag(peaks: Sequence[bytes]) -> bytes:
    """Join complete subtrees, largest first, into one root."""
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def _complete_nodes(start: int, end: int) -> list[tuple[int, int]]:
    """Split the leaves ``start`` to ``end - 1`` into complete nodes, left to right, as RFC 6962 splits a subtree."""
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def _subtree(start: int, end: int, read: NodeReader) -> bytes:
    """Return MTH(D[start:end]) for a subtree that occurs in an RFC 6962 tree."""
    return _bag([read(level, index) for level, index in _complete_nodes(start, end)])


def _split(count: int) -> int:
    """Return the largest power of two smaller than ``count``."""
    return 1 << ((count - 1).bit_length() - 1)


def inclusion_proof(index: int, size: int, read: NodeReader) -> list[bytes]:
    """Return PATH(index, D[size]) of RFC 6962 §2.1.1, from the leaf's sibling up to the root's child.

    Raises ``ValueError`` unless ``0 <= index < size``.
    """
    if not 0 <= index < size:
        raise ValueError(f"the tree of {size} leaves has no leaf {index}")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_subtree(middle, end, read))
            end = middle
        else:
            proof.append(_subtree(start, middle, read))
            start = middle
    proof.reverse()
    return proof


def consistency_proof(old: int, new: int, read: NodeReader) -> list[bytes]:
    """Return PROOF(old, D[new]) of RFC 6962 §2.1.2; empty if ``old`` is 0 or ``new``.

    Raises ``ValueError`` unless ``0 <= old <= new``.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves cannot extend one of {old}")
    if old in {0, new}:
        return []
    proof: list[bytes] = []
    start, end = 0, new
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(_subtree(middle, end, read))
            end = middle
        else:
            proof.append(_subtree(start, middle, read))
            start = middle
    if start > 0:
        proof.append(_subtree(start, end, read))
    proof.reverse()
    return proof


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """Return the root that ``proof`` leads to from ``leaf``, or None if it has the wrong length (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return None
    node = leaf
    position, last = index, size - 1
    for sibling in proof:
        if last == 0:
            return None
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            # A right-edge node without a sibling at this level stands for itself further up.
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            node = node_hash(node, sibling)
        position >>= 1
        last >>= 1
    return node if last == 0 else None


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether ``proof`` shows that ``leaf`` (a leaf hash) is number ``index`` in the tree of ``size`` with ``root``."""
    return root_from_inclusion(leaf, index, size, proof) == root


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows that the tree ``(new, new_root)`` extends ``(old, old_root)`` (RFC 9162 §2.1.4.2).

    The empty tree is extended by every tree, with the empty proof.
    """
    if not 0 <= old <= new or (old == 0 and old_root != EMPTY_ROOT) or (new == 0 and new_root != EMPTY_ROOT):
        return False
    if old in {0, new}:
        return not proof and (old == 0 or old_root == new_root)
    if not proof:
        return False
    # The old root is a node of the new tree when the old size is a power of two; the proof then leaves it out.
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    position, last = old - 1, new - 1
    while position & 1:
        position >>= 1
        last >>= 1
    from_old = from_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            from_old = node_hash(sibling, from_old)
            from_new = node_hash(sibling, from_new)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            from_new = node_hash(from_new, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and from_old == old_root and from_new == new_root
