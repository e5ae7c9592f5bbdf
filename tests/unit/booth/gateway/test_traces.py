"""What the outbox has forgotten is nowhere on its disk, and a receipt is for the place that was told."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from ippyo.booth.gateway.entrance import Admitted
from ippyo.booth.gateway.outbox import Outbox
from ippyo.booth.gateway.receipts import Receipts
from ippyo.canonical import sha256, unb64
from ippyo.errors import CheckFailedError
from ippyo.ledger.checkpoint import LedgerFacts


def long_text(number: int) -> Admitted:
    """Return a text of several pages of the database, in which no part is like another."""
    draw = random.Random(number)
    text = "".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=20_000))
    return Admitted(text, sha256(text), f"credential {number}")


def test_a_text_that_is_forgotten_leaves_no_page_behind(tmp_path: Path) -> None:
    texts = [long_text(number) for number in range(6)]

    def traces() -> int:
        files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        return sum(one.text[at : at + 32].encode() in files for one in texts for at in range(0, 20_000, 1000))

    with Outbox(tmp_path / "outbox.sqlite") as outbox:
        for index, one in enumerate(texts):
            outbox.put(one)
            outbox.accepted(one.digest, index)
        outbox.forget_old()
        assert traces() >= 100, "the search finds what is there"
        for one in texts:
            outbox.done(one.digest)
        outbox.forget_old()
        assert traces() == 0


def test_a_receipt_for_another_place_is_not_believed(booth_ledger: Any, small_poll: Any) -> None:
    for _ in range(2):
        booth_ledger.submit_and_wait(small_poll.voter().cast(bridge=(1, 0)))
    size = booth_ledger.status().size

    class Misplacing:
        """A ledger that shows the last receipt for whatever place it is asked."""

        def receipt(self, index: int) -> Any:
            return booth_ledger.receipt(size - 1)

    ledger: Any = Misplacing()
    receipts = Receipts(ledger, LedgerFacts.of(small_poll.poll.genesis))
    digest = unb64(booth_ledger.receipt(size - 1).entry.digest, what="digest")
    with pytest.raises(CheckFailedError, match="another transaction"):
        receipts.of(digest, size - 2)
    assert receipts.of(digest, size - 1)
