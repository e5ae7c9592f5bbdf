"""A ledger process over the real contract, for tests that kill it: transactions on standard input, answers on output.

Arguments: the database, and a file with the poll's three texts and the log's key as JSON. The clock stands still in the
voting hours.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ippyo.canonical import sha256_b64
from ippyo.contract.machine import Contract
from ippyo.contract.poll import Poll
from ippyo.errors import RefusedError
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.database import Database
from ippyo.ledger.embedded import EmbeddedLedger
from ippyo.ledger.notes import SigningKey


def serve(path: Path, setting: dict[str, str]) -> None:
    poll = Poll.from_texts(setting["manifest"], setting["genesis"], setting["trustees"])
    keys = poll.genesis.ledger
    facts = LedgerFacts.from_texts(poll.fingerprint, keys.log, keys.witnesses, keys.quorum)
    key = SigningKey.from_text(setting["log"])
    now = int(setting["now"])
    with (
        Database(path) as database,
        EmbeddedLedger(
            database, facts, key, lambda store: Contract(poll, store), clock=lambda: now, block_wait=0.002
        ) as ledger,
    ):
        print("ready", flush=True)
        for line in sys.stdin:
            tx = line.rstrip("\n")
            try:
                ledger.submit_and_wait(tx)
            except RefusedError as refusal:
                print("refused", refusal.code, sha256_b64(tx), flush=True)
            else:
                print("ack", sha256_b64(tx), flush=True)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
