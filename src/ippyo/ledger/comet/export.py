"""The public record from the operators' nodes: any node's blocks, under a checkpoint that a quorum signed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ippyo.errors import CheckFailedError
from ippyo.ledger.comet.operators import OperatorsLedger
from ippyo.ledger.record_layout import DOCUMENT_FILES
from ippyo.ledger.record_writer import RecordWriter

__all__ = ["export_from_operators"]


def export_from_operators(ledger: OperatorsLedger, documents: Mapping[str, str], folder: Path) -> int:
    """Write the record of docs/protocol.md §11 into ``folder``, which must be new or empty; return its size.

    ``documents`` are the poll's texts by file name. Raises :class:`~ippyo.errors.CheckFailedError` when the ledger
    grows meanwhile (ask again) or a node shows false blocks, and what the ledger and the writer raise.
    """
    signed = ledger.checkpoint()
    size = time = 0
    with RecordWriter(folder) as writer:
        for name in DOCUMENT_FILES:
            writer.document(name, documents[name])
        for block in ledger.blocks():
            if block.header.size > signed.checkpoint.size:
                break
            writer.block(block.signed, block.transactions)
            size, root, time = block.header.size, block.header.root, block.header.time
        if size != signed.checkpoint.size or (size and root != signed.checkpoint.root):
            raise CheckFailedError("the nodes' blocks do not lead to the checkpoint that they signed")
        writer.checkpoint(signed.for_record(ledger.facts, time))
    return size
