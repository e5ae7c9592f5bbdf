"""Four operators with the real CometBFT: what happens when nodes die, and that nothing is lost."""

from __future__ import annotations


from typing import Any



def test_votes_receipts_and_the_nodes_agree(four: Any) -> None:
    four.open()
    voter = four.small.voter()
    cast = voter.cast(bridge=(1, 0), mayor=(0, 1, 0))
    accepted = four.ledger.submit_and_wait(cast)
    four.wait(lambda: four.ledger.checkpoint().checkpoint.size > accepted.index, "a checkpoint")
    receipt = four.ledger.receipt(accepted.index)
    receipt.verify(four.facts)
    four.wait(four.agree, "agreement")
    print(four.ledger.network().to_text())
