"""A poll's ledger at the addresses that a site's configuration names, whichever engine keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ippyo.contract.poll import Poll
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet.fronts import FrontAddress, operators_at
from ippyo.ledger.comet.operators import OperatorsLedger
from ippyo.ledger.http import LedgerClient

__all__ = ["ledger_at"]


@contextmanager
def ledger_at(addresses: Sequence[str], poll: Poll) -> Iterator[LedgerClient | OperatorsLedger]:
    """Lend the ledger of ``poll``: one at all ``addresses``, or that which operators keep together, each at its own.

    Addresses are written as :class:`~ippyo.ledger.comet.fronts.FrontAddress` reads them. Raises
    :class:`~ippyo.errors.InputError` for names that do not belong to the poll's operators.
    """
    if poll.genesis.ledger.engine == "embedded":
        yield LedgerClient([FrontAddress.from_text(address).url for address in addresses], poll.fingerprint)
    else:
        with operators_at(addresses, LedgerFacts.of(poll.genesis)) as ledger:
            yield ledger
