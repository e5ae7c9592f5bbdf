"""The operators' fronts as people write them: addresses in the order of genesis, or each with its operator's name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from ippyo.errors import InputError
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet.operators import OperatorsLedger
from ippyo.ledger.http.client import LedgerClient

__all__ = ["FrontAddress", "operators_at"]

# An address may have an equals sign of its own, and so may a name.
_NAMED = re.compile(r"(?!https?://)(?P<name>.+?)=(?P<url>https?://.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FrontAddress:
    """``name`` is the operator's (``ippyo.node/NAME`` without what is before the slash), or empty: by its place."""

    name: str
    url: str

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read ``NAME=URL`` or ``URL``. Whether anything is there is not known before it is asked."""
        named = _NAMED.fullmatch(text)
        return cls(named["name"], named["url"]) if named else cls("", text)


def operators_at(addresses: Sequence[str], facts: LedgerFacts) -> OperatorsLedger:
    """Return the ledger that the operators' nodes at ``addresses`` keep: ``NAME=URL`` in any order, or all ``URL``.

    Raises :class:`~ippyo.errors.InputError` for a name that genesis does not know, a name or address given twice, or
    names with some addresses only.
    """
    fronts = [FrontAddress.from_text(text) for text in addresses]
    # What is believed because two say it must not have been said twice by one.
    places = Counter(front.url.rstrip("/").casefold() for front in fronts)
    for front in fronts:
        if places[front.url.rstrip("/").casefold()] > 1:
            raise InputError(f"the address {front.url} stands for two operators; each has a node of its own")
    names = [front.name for front in fronts if front.name]
    # One attempt each: who does not answer is passed over for another operator's node.
    clients = [LedgerClient([front.url], facts.poll, attempts=1) for front in fronts]
    return OperatorsLedger(facts, clients, names=names)
