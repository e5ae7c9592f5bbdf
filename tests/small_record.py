"""The record of a small poll, written beside any ledger: its blocks may be such as no ledger would make."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from tests.small_poll import SmallPoll

from ippyo.crypto.merkle import Frontier
from ippyo.ledger.blocks import BlockHeader, Entry, SignedHeader
from ippyo.ledger.chain import next_header
from ippyo.ledger.checkpoint import Checkpoint, SignedCheckpoint
from ippyo.ledger.notes import SigningKey
from ippyo.ledger.record import RecordWriter

__all__ = ["write_record"]


def write_record(
    folder: Path,
    small: SmallPoll,
    blocks: Iterable[tuple[int, Iterable[str], str]],
    change: Callable[[BlockHeader], BlockHeader] = lambda header: header,
    log: SigningKey | None = None,
    witnesses: Iterable[SigningKey] = (),
    cosigned_at: int = 1_800_000_000,
) -> Path:
    """Write a record as the ledger would, whatever is in the blocks; ``change`` may alter headers before signing.

    ``cosigned_at`` is in seconds.
    """
    key = log or small.log
    frontier = Frontier()
    previous: SignedHeader | None = None
    with RecordWriter(folder) as writer:
        for name, document in small.documents.items():
            writer.document(name, document)
        for time, texts, state in blocks:
            transactions = tuple(texts)
            for tx in transactions:
                frontier, _ = frontier.append(Entry.of(tx).leaf)
            previous = change(next_header(small.phi, previous, time, frontier, state)).sign(key)
            writer.block(previous, transactions)
        signed = SignedCheckpoint.sign(Checkpoint(small.log.name, frontier.size, frontier.root), small.log)
        text = signed.checkpoint.to_text()
        writer.checkpoint(signed.with_signatures([witness.cosign(text, cosigned_at) for witness in witnesses]))
    return folder
