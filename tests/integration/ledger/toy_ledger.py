"""A toy state machine, and a ledger process over it that is told by pipes what to do and can be killed at any moment.

Run as ``python toy_ledger.py FILE``: each line read is handed in as a transaction; for each answer a line is written,
``ack INDEX DIGEST`` only after the transaction is durable, or ``refused CODE DIGEST``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from ippyo.canonical import dumps, loads, sha256_b64
from ippyo.contract.interface import BlockContext, Store, Verdict
from ippyo.errors import InputError, ParseError, RefusedError
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.database import Database
from ippyo.ledger.embedded import EmbeddedLedger
from ippyo.ledger.inbox import Waiting
from ippyo.ledger.notes import KeyKind, SigningKey

DOCUMENTS = {"manifest.json": '{"title":"町長"}', "trustees.json": "[]", "ceremony.json": "{}"}
DOCUMENTS["genesis.json"] = dumps(
    {name: sha256_b64(f"ippyo-{name}-v1|{DOCUMENTS[f'{name}.json']}") for name in ("manifest", "trustees", "ceremony")}
)
POLL = sha256_b64(f"ippyo-poll-v1|{DOCUMENTS['genesis.json']}")
LOG_KEY = SigningKey("ippyo.poll/toy", KeyKind.NOTE, bytes(range(32)))
FACTS = LedgerFacts(POLL, LOG_KEY.verifier)


def note(text: str) -> str:
    """Return a toy transaction."""
    return dumps({"type": "note", "poll": POLL, "text": text})


class ToyMachine:
    """Accepts each canonical ``note`` once; the app hash is the chain of the hashes of all that was accepted."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._staged: dict[bytes, bytes | None] = {}

    def genesis(self) -> str:
        return sha256_b64("toy genesis")

    def check(self, tx: str, earliest: int = 0) -> Verdict:
        return self._judge(tx, {})

    def _judge(self, tx: str, staged: Mapping[bytes, bytes | None]) -> Verdict:
        try:
            value = loads(tx, what="toy", limit=10_000)
            if value.get("type") not in {"note", "spoil", "cast"} or value.get("poll") != POLL or dumps(value) != tx:
                return Verdict("malformed", "not a toy transaction")
        except (ParseError, AttributeError):
            return Verdict("malformed", "not JSON")
        key = b"tx/" + sha256_b64(tx).encode()
        return Verdict("duplicate") if key in staged or self._store.get(key) is not None else Verdict()

    def select(self, ctx: BlockContext, txs: Sequence[str]) -> list[str]:
        verdicts, _ = self.apply(ctx, txs)
        return [tx for tx, verdict in zip(txs, verdicts, strict=True) if verdict.accepted]

    def acceptable(self, ctx: BlockContext, txs: Sequence[str]) -> bool:
        return len(self.select(ctx, txs)) == len(txs)

    def apply(self, ctx: BlockContext, txs: Sequence[str]) -> tuple[list[Verdict], str]:
        state = self.last()[1]
        staged: dict[bytes, bytes | None] = {}
        verdicts = []
        for tx in txs:
            verdict = self._judge(tx, staged)
            if verdict.accepted:
                staged[b"tx/" + sha256_b64(tx).encode()] = b"1"
                state = sha256_b64(f"{state}|{ctx.time}|{tx}")
            verdicts.append(verdict)
        staged[b"last"] = f"{ctx.height}|{state}".encode()
        self._staged = staged
        return verdicts, state

    def commit(self) -> None:
        self._store.write(self._staged)

    def last(self) -> tuple[int, str]:
        raw = self._store.get(b"last")
        if raw is None:
            return 0, self.genesis()
        height, state = raw.decode().split("|")
        return int(height), state

    def query(self, path: str, data: str = "") -> str:
        if path != "count":
            raise InputError(f"no such question: {path}")
        return dumps({"count": sum(1 for _ in self._store.scan(b"tx/"))})


def _answers(pending: SimpleQueue[Waiting | None]) -> Iterator[str]:
    while (waiting := pending.get()) is not None:
        try:
            yield f"ack {waiting.result().index} {sha256_b64(waiting.tx)}"
        except RefusedError as error:
            yield f"refused {error.code} {sha256_b64(waiting.tx)}"


def serve(path: Path) -> None:
    """Hand in what comes by stdin and write the answers to stdout."""
    pending: SimpleQueue[Waiting | None] = SimpleQueue()

    def answer() -> None:
        for line in _answers(pending):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    with Database(path) as database, EmbeddedLedger(database, FACTS, LOG_KEY, ToyMachine, block_wait=0.005) as ledger:
        thread = Thread(target=answer)
        thread.start()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for line in sys.stdin:
            pending.put(ledger.submit(line.removesuffix("\n")))
        pending.put(None)
        thread.join()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
