"""Opening the hall: reading what booth.toml names, and starting the threads that carry and follow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ippyo.booth.board.follower import Follower
from ippyo.booth.board.index import BoardIndex
from ippyo.booth.board.nodes import Nodes
from ippyo.booth.board.record_file import RecordFile
from ippyo.booth.gateway.entrance import Entrance
from ippyo.booth.gateway.outbox import Outbox
from ippyo.booth.gateway.receipts import Receipts
from ippyo.booth.gateway.sender import Sender
from ippyo.booth.site.config import Config
from ippyo.booth.site.hall import Hall
from ippyo.ledger.addresses import ledger_at
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet.operators import OperatorsLedger
from ippyo.ledger.documents import read_documents
from ippyo.ledger.http import LedgerClient

__all__ = ["open_hall"]


@contextmanager
def open_hall(config: Config) -> Iterator[Hall]:
    """Open the booth of ``config``, with its sender and follower at work until the context ends.

    Raises :class:`~ippyo.errors.IppyoError` saying what is wrong.
    """
    poll, documents = read_documents(config.poll_folder)
    facts = LedgerFacts.of(poll.genesis)
    with ExitStack() as stack:
        port = stack.enter_context(ledger_at(config.ledger_urls, poll))
        outbox = stack.enter_context(Outbox(config.outbox_file))
        index = stack.enter_context(BoardIndex(config.index_file, poll))
        receipts = Receipts(port, facts)
        stack.enter_context(Sender(outbox, port, receipts))
        follower = stack.enter_context(Follower(poll, facts, port, index))
        yield Hall(
            config,
            poll,
            port,
            Entrance(poll),
            outbox,
            receipts,
            index,
            follower,
            _nodes(port),
            RecordFile(config.record_file, port, facts, documents),
        )


def _nodes(ledger: LedgerClient | OperatorsLedger) -> Nodes:
    return Nodes(lambda: ledger.network().to_text()) if isinstance(ledger, OperatorsLedger) else Nodes(None)
