from __future__ import annotations

from ippyo.contract.history import History
from ippyo.ledger.merkle import leaf_hash, root_of


def test_the_root_is_that_of_the_ledgers_tree() -> None:
    history = History()
    leaves: list[bytes] = []
    for size in range(70):
        assert (history.size, history.root) == (size, root_of(leaves))
        assert History.from_text(history.to_text().encode()) == history
        history = history.append(f"entry {size}")
        leaves.append(leaf_hash(f"entry {size}".encode()))
