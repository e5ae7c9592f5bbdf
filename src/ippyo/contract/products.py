"""The encrypted tally as it grows: for every contest, the product of the ballots that count (docs/protocol.md §12).

A ballot that is replaced or surrendered is divided out again, so that checking a tally at the end takes no pass over
the box. Within a block, ballots are only noted; the products are brought up to date once, when the block is done.
"""

from __future__ import annotations

from collections.abc import Sequence

from ippyo.canonical import dumps, loads
from ippyo.contract.interface import Store
from ippyo.contract.poll import Poll
from ippyo.crypto.elgamal import Ciphertext, product
from ippyo.crypto.groups import Group

__all__ = ["Products", "choices_from_text", "choices_to_text"]

_WHAT = "ciphertexts in the contract's store"
_LIMIT = 1 << 20


def choices_to_text(group: Group, choices: Sequence[Ciphertext]) -> bytes:
    """Return ``[{"alpha":..,"beta":..}..]`` for the store."""
    return dumps([choice.to_value(group) for choice in choices]).encode()


def choices_from_text(group: Group, text: bytes) -> tuple[Ciphertext, ...]:
    """Read what :func:`choices_to_text` wrote."""
    return tuple(Ciphertext.from_tally_value(group, value, _WHAT) for value in loads(text, what=_WHAT, limit=_LIMIT))


class Products:
    """The products in a store, and the ballots that are still to be multiplied in or divided out."""

    def __init__(self, poll: Poll, store: Store) -> None:
        self._poll = poll
        self._store = store
        self._added: dict[str, list[Sequence[Ciphertext]]] = {}
        self._removed: dict[str, list[Sequence[Ciphertext]]] = {}

    def add(self, contest: str, choices: Sequence[Ciphertext]) -> None:
        """Let a ballot count."""
        self._added.setdefault(contest, []).append(choices)

    def remove(self, contest: str, choices: Sequence[Ciphertext]) -> None:
        """Let a ballot that was added before count no longer."""
        self._removed.setdefault(contest, []).append(choices)

    def get(self, contest: str) -> tuple[Ciphertext, ...]:
        """Return the product of the ballots that count; pairs of identities when there are none."""
        self._bring_up_to_date(contest)
        return self._read(contest)

    def flush(self) -> None:
        """Write every product that changed."""
        for contest in self._poll.elections:
            self._bring_up_to_date(contest)

    def _read(self, contest: str) -> tuple[Ciphertext, ...]:
        text = self._store.get(_key(contest))
        if text is None:
            identity = self._poll.group.identity
            return (Ciphertext(identity, identity),) * self._poll.election(contest).contest.choices
        return choices_from_text(self._poll.group, text)

    def _bring_up_to_date(self, contest: str) -> None:
        added, removed = self._added.pop(contest, []), self._removed.pop(contest, [])
        if not added and not removed:
            return
        group = self._poll.group
        sums = [product(group, column) for column in zip(self._read(contest), *added, strict=True)]
        if removed:
            less = [product(group, column) for column in zip(*removed, strict=True)]
            sums = [_quotient(group, a, b) for a, b in zip(sums, less, strict=True)]
        self._store.write({_key(contest): choices_to_text(group, sums)})


def _quotient(group: Group, a: Ciphertext, b: Ciphertext) -> Ciphertext:
    return Ciphertext(group.sub(a.alpha, b.alpha), group.sub(a.beta, b.beta))


def _key(contest: str) -> bytes:
    return b"product/" + contest.encode()
