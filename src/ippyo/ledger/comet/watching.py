"""A look at all operators' nodes beside each other: what each says of itself, what it shows, and what it signs.

Whose node a front is, the caller says: a front's own word on it is not asked, and only that operator's signature speaks
for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ippyo.contract.genesis import OPERATOR_PREFIX
from ippyo.ledger.blocks import SignedHeader
from ippyo.ledger.checkpoint import LedgerFacts, SignedCheckpoint
from ippyo.ledger.comet.panel import Front, Panel
from ippyo.ledger.comet.report import NetworkReport, NodeReport, Sighting, compare
from ippyo.ledger.notes import VerifierKey

__all__ = ["look_at_all", "operators_of"]

_Seen = tuple[tuple[SignedHeader, ...], str, SignedCheckpoint]
"""The headers that a node showed, in what it contradicted itself, and its checkpoint."""


def operators_of(facts: LedgerFacts) -> dict[str, VerifierKey]:
    """Return the operators' keys by name, in the order of genesis."""
    return {key.name: key for key in facts.witnesses if key.name.startswith(OPERATOR_PREFIX)}


def look_at_all(facts: LedgerFacts, panel: Panel, owners: Sequence[str]) -> NetworkReport:
    """Return how the operators' nodes stand, in the order of genesis; ``owners`` are the names of the fronts'."""
    operators = operators_of(facts)
    reports = panel.ask_all(lambda front: front.report(), patient=True)
    heights = sorted({report.height for report in reports if report is not None and report.height})
    by_front = {id(front): report for front, report in zip(panel.fronts, reports, strict=True)}

    def look(front: Front) -> _Seen | None:
        report = by_front[id(front)]
        return None if report is None else (*_shown(front, report, heights), front.checkpoint())

    seen = panel.ask_all(look, patient=True)
    sightings = {name: Sighting(key, None) for name, key in operators.items()}
    # What fronts show beyond the operators' is nobody's.
    for name, report, found in zip(owners, reports, seen, strict=False):
        if report is not None and found is not None:
            sightings[name] = _sighting(operators[name], report, found)
    return compare(facts, list(sightings.values()))


def _sighting(key: VerifierKey, report: NodeReport, seen: _Seen) -> Sighting:
    """Put together what was seen of the operator with this ``key``."""
    headers, contradiction, signed = seen
    line = signed.note.newest_line(key)
    signed_at = None if line is None else int.from_bytes(line.signature[:8])
    return Sighting(key, report, signed_at, headers, contradiction=contradiction)


def _shown(front: Front, report: NodeReport, heights: Sequence[int]) -> tuple[tuple[SignedHeader, ...], str]:
    """Return one header for each of the ``heights`` that a node says it has, and in what it contradicts itself."""
    shown: dict[int, SignedHeader] = {}
    for height in heights:
        if height > report.height:
            continue
        signed = report.header if height == report.height else front.report(height).header
        if signed is None or signed.header.height != height:
            return tuple(shown.values()), f"does not show the block {height} that it says it has"
        shown[height] = signed
    return tuple(shown.values()), ""
