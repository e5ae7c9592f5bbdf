"""Write vectors/contract.json: run ``python -m tests.vectors_tool.contract``.

A short poll of the group Ed25519, block by block, with refused transactions between the others. Keys and ballots are
random, so every run writes another poll; tests/unit/contract/test_vectors.py recomputes all its hashes, and the proofs
of casts, spoils and surrenders, with none of our code.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from tests import small_poll as sp

from ippyo.canonical import dumps
from ippyo.contract.transactions import Audit
from ippyo.poll.choice import BLANK

VECTORS = Path(__file__).parents[2] / "vectors"
YES, NO = (1, 0), (0, 1)


class Story:
    """Blocks as they are written down."""

    def __init__(self, small: sp.SmallPoll) -> None:
        self.small = small
        self.box = sp.Box(small)
        self.blocks: list[dict[str, object]] = []

    def block(self, time: int, *expected: tuple[str, str]) -> None:
        """Run a block of (transaction, code) pairs."""
        codes = self.box.send(*(tx for tx, _ in expected), at=time)
        if codes != [code for _, code in expected]:
            raise SystemExit(f"block {self.box.height}: {codes}")
        status = json.loads(self.box.contract.query("status"))
        self.blocks.append(
            {
                "height": self.box.height,
                "time": time,
                "transactions": [{"code": "" if code == "ok" else code, "text": tx} for tx, code in expected],
                "size": status["size"],
                "root": status["root"],
                "coin_root": status["coin_root"],
                "app_hash": self.box.contract.last()[1],
            }
        )


def tell(small: sp.SmallPoll, stranger: sp.SmallPoll) -> Story:
    """Tell a whole poll, from tickets to result."""
    story = Story(small)
    block, box = story.block, story.box
    a, b, c, d = small.voter(), small.voter(), small.voter("bridge-only"), small.voter()
    first = a.seal("bridge", YES)
    opened = b.seal("bridge", YES)
    block(
        sp.BEFORE,
        *((tx, "ok") for tx in small.issued_by_all(2)),
        (small.issued(1, "all", 1), "total-not-raised"),
        (a.cast_ballots(bridge=first), "not-open"),
        (stranger.open(), "wrong-poll"),
        (small.open(officers=[2]), "not-officer"),
        (small.open(), "ok"),
    )
    block(sp.BEFORE, (a.cast_ballots(bridge=first), "not-open"), (small.open(officers=[2, 3]), "wrong-phase"))
    cast = a.cast_ballots(2, bridge=first, mayor=a.seal("mayor", (1, 0, 0)))
    held = a.cast_ballots(3, bridge=a.seal("bridge", NO), mayor=a.seal("mayor", (0, 1, 0)))
    value, other = json.loads(cast), json.loads(held)
    mixed = value | {"ballots": [value["ballots"][0], other["ballots"][1]]}
    stripped = value | {"ballots": value["ballots"][:1]}
    block(
        sp.DURING,
        (dumps(mixed), "bad-proof"),
        (dumps(stripped), "bad-proof"),
        (dumps(value | {"number": 1}), "bad-proof"),
        (dumps(value | {"number": 0}), "malformed"),
        (a.cast_ballots(17, bridge=first), "out-of-turn"),
        (cast, "ok"),
        (cast, "duplicate"),
        (a.cast_ballots(2, bridge=first), "out-of-turn"),
        (a.cast_ballots(3, bridge=first), "duplicate"),
        (cast + "\n", "malformed"),
        (c.cast(bridge=BLANK), "ok"),
        (c.cast(mayor=(1, 0, 0)), "not-your-contest"),
        (b.spoil(opened.tracker), "ok"),
        (b.cast_ballots(bridge=opened), "spoiled-ballot"),
        (replace(b, ticket=a.ticket).cast(bridge=YES), "bad-proof"),
        (b.cast_ballots(bridge=first), "copied-ballot"),
        (b.cast_ballots(bridge=c.seal("bridge", YES)), "bad-ballot"),
        (d.cast(bridge=YES), "coins-exceed-issued"),
    )
    block(sp.DURING + 1000)
    block(
        sp.DURING + 2000,
        (b.cast(bridge=NO, mayor=(0, 0, 1)), "ok"),
        (a.cast_ballots(18, bridge=a.seal("bridge", NO)), "ok"),
        (held, "out-of-turn"),
        (a.cast_ballots(35, bridge=a.seal("bridge", YES)), "out-of-turn"),
        (a.cast_ballots(19, bridge=first), "old-ballot"),
        (small.close(), "too-early"),
        (c.with_ticket(replace(c.ticket, style="all")).surrender(), "bad-ticket"),
        (c.surrender(1), "out-of-turn"),
        (dumps(json.loads(c.surrender(2)) | {"number": 3}), "bad-proof"),
        (c.surrender(), "ok"),
        (c.cast(bridge=YES), "surrendered"),
    )
    block(sp.AFTER, (a.cast(bridge=YES), "closed"), (small.close(), "ok"), (small.audit("during"), "ok"))
    block(
        sp.AFTER,
        (small.signed(Audit(small.phi, "during", bytes(32)), (2, 3)), "duplicate"),
        (small.audit("during, again"), "ok"),
    )
    bridge, mayor = box.encrypted_tally("bridge"), box.encrypted_tally("mayor")
    block(
        sp.AFTER + 1000,
        (small.tally("bridge", 3, bridge), "bad-tally"),
        (small.tally("council", 2, bridge), "no-such-contest"),
        (box.tally("bridge"), "ok"),
        (box.tally("mayor"), "ok"),
    )
    block(
        sp.AFTER + 2000,
        (box.decrypt("bridge", 1), "ok"),
        (small.result("bridge", 0, 0, 2), "not-enough-trustees"),
        (small.decrypt("bridge", 2, bridge, share=3), "bad-decryption"),
        (box.decrypt("bridge", 3), "ok"),
        (small.result("bridge", 0, 1, 1), "bad-result"),
        (small.result("bridge", 0, 0, 2), "ok"),
        (small.decrypt("mayor", 2, mayor), "ok"),
        (small.decrypt("mayor", 3, mayor), "ok"),
        (small.result("mayor", 1, 0, 1), "ok"),
    )
    return story


def main() -> None:
    """Write the vectors."""
    small = sp.SmallPoll.build()
    story = tell(small, sp.SmallPoll.build(sp.manifest(name="other")))
    poll = small.poll
    vectors = {
        "about": "A poll from tickets to result (docs/protocol.md §5, §8-§11). Code is empty where a transaction is "
        "accepted; size, root, coin_root and app_hash are those after the block.",
        "manifest": poll.manifest.to_text(),
        "genesis": poll.genesis.to_text(),
        "trustees": poll.trustees.to_text(),
        "ceremony": small.ceremony,
        "fingerprint": poll.fingerprint,
        "app_hash": story.box.contract.genesis(),
        "blocks": story.blocks,
    }
    text = json.dumps(vectors, ensure_ascii=False, indent=1)
    (VECTORS / "contract.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
