"""Votes and a process that is killed at random moments: each acknowledged cast is there exactly once, and counts."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from ippyo.canonical import sha256_b64
from ippyo.contract.machine import Contract
from ippyo.contract.store import MemoryStore
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.database import Database
from ippyo.ledger.embedded import EmbeddedLedger
from ippyo.poll.choice import BLANK

CHILD = Path(__file__).with_name("contract_ledger.py")
ROUNDS = 8
VOTERS = 20


def killed_after(arguments: list[str], txs: list[str], seconds: float, *, answered: bool) -> list[tuple[str, ...]]:
    """Run the process on ``txs``, kill it after ``seconds``, and return what it answered, word by word.

    The seconds begin when it is ready, or when it has ``answered`` once.
    """
    first = b""
    child = subprocess.Popen([sys.executable, str(CHILD), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == b"ready\n"
        # Its input pipe is smaller than the casts: a thread would be needed to write all before reading.
        feeder = subprocess.Popen([sys.executable, "-c", FEED], stdin=subprocess.PIPE, stdout=child.stdin)
        assert feeder.stdin is not None
        # This process keeps the pipe open, too: with the end of its input, the child would end by itself.
        feeder.stdin.write("\n".join(txs).encode())
        feeder.stdin.close()
        if answered:
            first = child.stdout.readline()
        time.sleep(seconds)
    finally:
        child.kill()
        output, _ = child.communicate(timeout=60)
        feeder.wait(timeout=60)
    assert child.returncode == -signal.SIGKILL
    return [tuple(line.split(" ")) for line in (first + output).decode().split("\n")[:-1]]


# Takes everything in before it gives anything out, and does not mind when its reader dies.
FEED = """
import signal, sys
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
sys.stdout.buffer.write(sys.stdin.buffer.read() + b"\\n")
"""


def test_no_vote_is_lost_or_counted_twice(small_poll: Any, small_polls: ModuleType, tmp_path: Path) -> None:
    poll = small_poll.poll
    setting = {
        "manifest": poll.manifest.to_text(),
        "genesis": poll.genesis.to_text(),
        "trustees": poll.trustees.to_text(),
        "log": small_poll.log.to_text(),
        "now": str(small_polls.DURING),
    }
    (tmp_path / "setting.json").write_text(json.dumps(setting), encoding="utf-8")
    arguments = [str(tmp_path / "ledger.db"), str(tmp_path / "setting.json")]
    chance = random.Random(20261121)
    voters = [small_poll.voter() for _ in range(VOTERS)]
    txs = [*small_poll.issued_by_all(VOTERS), small_poll.open()]
    for _ in range(2):
        # Everybody votes twice; the second vote counts.
        txs += [voter.cast(bridge=chance.choice([(1, 0), (0, 1), BLANK])) for voter in voters]
    acknowledged: set[str] = set()
    for number in range(ROUNDS):
        waiting = [tx for tx in txs if sha256_b64(tx) not in acknowledged]
        if not waiting:
            break
        # However slow this computer is, one round comes to something.
        answers = killed_after(arguments, waiting, chance.uniform(0.02, 0.25), answered=number == ROUNDS // 2)
        for kind, *words in answers:
            # A cast that went in unseen before the last kill is a duplicate now, which a client takes as done.
            assert kind == "ack" or words[0] == "duplicate"
            acknowledged.add(words[-1])
    assert acknowledged

    keys = poll.genesis.ledger
    facts = LedgerFacts.from_texts(poll.fingerprint, keys.log, keys.witnesses, keys.quorum)
    with Database(tmp_path / "ledger.db") as database:
        ledger = EmbeddedLedger(
            database, facts, small_poll.log, lambda store: Contract(poll, store), clock=lambda: small_polls.DURING
        )
        ledger.append_block([tx for tx in txs if sha256_b64(tx) not in acknowledged])
        kept = [tx for block in ledger.blocks() for tx in block.transactions]
        assert sorted(kept) == sorted(txs)
        tally = json.loads(ledger.query("tally", "bridge"))
        state = ledger.status().state
        blocks = [(block.header.time, block.transactions) for block in ledger.blocks()]
    assert tally["num_tallied"] == VOTERS

    # Executed again from nothing, the same transactions give the same state.
    again = Contract(poll, MemoryStore())
    again.genesis()
    for height, (moment, transactions) in enumerate(blocks, start=1):
        verdicts, app_hash = again.apply(small_polls.BlockContext(height, moment), list(transactions))
        assert all(verdict.accepted for verdict in verdicts)
        again.commit()
    assert app_hash == state
