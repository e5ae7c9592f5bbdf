from __future__ import annotations

import pytest

from ippyo.contract.history import read_history, write_history
from ippyo.crypto.merkle import Frontier, leaf_hash
from ippyo.errors import ParseError


def test_what_was_written_is_read_again() -> None:
    history = Frontier()
    for size in range(70):
        assert read_history(write_history(history).encode()) == history
        history, _ = history.append(leaf_hash(f"entry {size}".encode()))


@pytest.mark.parametrize("text", ['{"size":2,"peaks":[]}', '{"size":1,"peaks":["AA"]}', "[]"])
def test_a_history_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        read_history(text.encode())
