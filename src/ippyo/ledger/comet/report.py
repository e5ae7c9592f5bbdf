"""What one node says of itself, and what several nodes' words come to: who lags, who is gone, who deviates.

A node's report is its own word. What can be held against it is compared: its header at a height that the others have,
too, and the operator's signature under its checkpoint.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from ippyo.canonical import dumps, fields, loads, require_canonical
from ippyo.ledger.blocks import SignedHeader
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.notes import VerifierKey

__all__ = ["Deviation", "Evidence", "NetworkReport", "NodeReport", "OperatorReport", "Sighting", "compare"]

REPORT_LIMIT = 256 * 1024
MAX_EVIDENCE = 1000
_WHAT = "node report"


@dataclass(frozen=True, slots=True)
class Evidence:
    """CometBFT's proof that a validator misbehaved (signed two blocks of one height), by the validator's address.

    ``kind`` is ABCI's number: 1 for two votes, 2 for an attack on light clients. ``height`` is CometBFT's.
    """

    kind: int
    validator: str
    height: int

    @classmethod
    def from_value(cls, value: object) -> Self:
        """Decode the fields."""
        read = fields(value, "evidence", "kind", "validator", "height")
        return cls(read.integer("kind"), read.text("validator", limit=40), read.integer("height"))

    def to_value(self) -> dict[str, object]:
        """Return the fields."""
        return {"kind": self.kind, "validator": self.validator, "height": self.height}


@dataclass(frozen=True, slots=True)
class NodeReport:
    """How a node says it stands.

    ``height`` and ``size`` are the ledger's, ``comet_height`` CometBFT's (which counts empty blocks); ``header`` is
    that of the block asked for, None when there is none. ``failure`` says why the node stopped, and is empty while it
    runs.
    """

    name: str
    poll: str
    version: str
    engine_version: str
    height: int
    size: int
    comet_height: int
    catching_up: bool
    peers: int
    failure: str
    evidence: tuple[Evidence, ...]
    header: SignedHeader | None

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Decode a report. Raises :class:`~ippyo.errors.ParseError`."""
        read = fields(loads(text, what=_WHAT, limit=REPORT_LIMIT), _WHAT, *_NAMES)
        header = read.text("header")
        report = cls(
            read.text("name", limit=60),
            read.text("poll", limit=43),
            read.text("version", limit=60),
            read.text("engine_version", limit=60),
            read.integer("height"),
            read.integer("size"),
            read.integer("comet_height"),
            read.boolean("catching_up"),
            read.integer("peers"),
            read.text("failure", limit=2000),
            tuple(read.map("evidence", Evidence.from_value, limit=MAX_EVIDENCE)),
            SignedHeader.from_text(header) if header else None,
        )
        require_canonical(text, report.to_text(), what=_WHAT)
        return report

    def to_text(self) -> str:
        """Return the canonical text."""
        return dumps(
            {
                "name": self.name,
                "poll": self.poll,
                "version": self.version,
                "engine_version": self.engine_version,
                "height": self.height,
                "size": self.size,
                "comet_height": self.comet_height,
                "catching_up": self.catching_up,
                "peers": self.peers,
                "failure": self.failure,
                "evidence": [one.to_value() for one in self.evidence],
                "header": self.header.to_text() if self.header else "",
            }
        )


_NAMES = (
    "name", "poll", "version", "engine_version", "height", "size", "comet_height", "catching_up", "peers", "failure",
    "evidence", "header",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen of one operator.

    ``report`` is None when the node did not answer. ``signed_at`` (seconds since 1970) is the time of its newest true
    cosignature, None if there is none. ``headers`` are those it showed, for comparing, one of a height;
    ``contradiction`` says in what it does not keep its own word.
    """

    operator: VerifierKey
    report: NodeReport | None
    signed_at: int | None = None
    headers: tuple[SignedHeader, ...] = ()
    contradiction: str = ""


class Deviation(StrEnum):
    """In what a node is not like the others, as a word for programs: a board has sentences of its own for each."""

    OTHER_POLL = "other-poll"
    UNSIGNED = "unsigned"
    FALSE_BLOCK = "false-block"
    HIDDEN_BLOCK = "hidden-block"
    OTHER_BLOCK = "other-block"


@dataclass(frozen=True, slots=True)
class OperatorReport:
    """One line of the comparison. ``lag`` is in blocks of the ledger behind what an honest node has reached.

    ``agrees`` is None when there is nothing to compare. ``deviation`` says in what the node is not like the others, in
    words; ``kind`` says it for programs, and is None while the node is like them.
    """

    sighting: Sighting
    lag: int
    agrees: bool | None
    deviation: str
    kind: Deviation | None = None

    @property
    def name(self) -> str:
        """The name in the operator's key."""
        return self.sighting.operator.name

    def to_value(self) -> dict[str, object]:
        """Return the JSON object for a bulletin board. ``header`` is left out: it is for comparing."""
        report = self.sighting.report
        value: dict[str, object] = {"name": self.name, "answers": report is not None}
        if report is not None:
            value |= {
                "version": report.version,
                "engine_version": report.engine_version,
                "height": report.height,
                "size": report.size,
                "comet_height": report.comet_height,
                "catching_up": report.catching_up,
                "peers": report.peers,
                "failure": report.failure,
            }
        return value | {
            "lag": self.lag,
            "signed_at": self.sighting.signed_at,
            "agrees": self.agrees,
            "deviation": self.deviation if report is not None else "does not answer",
            "kind": self.kind or "",
        }


@dataclass(frozen=True, slots=True)
class NetworkReport:
    """All operators, in the order of genesis, and the evidence that so many of them reported that one is honest."""

    poll: str
    quorum: int
    operators: tuple[OperatorReport, ...]
    evidence: tuple[Evidence, ...]

    @property
    def deviants(self) -> list[str]:
        """The names of the operators whose state is not that of the others."""
        return [one.name for one in self.operators if one.agrees is False]

    @property
    def silent(self) -> list[str]:
        """The names of the operators that do not answer, or whose node has stopped."""
        return [one.name for one in self.operators if one.sighting.report is None or one.sighting.report.failure]

    @property
    def unconnected(self) -> list[str]:
        """The names of the operators whose node runs, and has made no block with the others yet.

        CometBFT makes its first block as soon as more than two thirds of the nodes reach each other.
        """
        reports = [(one.name, one.sighting.report) for one in self.operators]
        return [name for name, report in reports if report is not None and not report.comet_height]

    @property
    def goes_on(self) -> bool:
        """Whether so many operators run and agree that blocks can be made."""
        working = [one for one in self.operators if one.agrees is not False and one.name not in self.silent]
        return 3 * len(working) > 2 * len(self.operators)

    @property
    def good(self) -> bool:
        """Whether all operators run, make blocks and agree, and nobody was caught signing twice."""
        return not (self.deviants or self.silent or self.unconnected or self.evidence)

    def to_text(self) -> str:
        """Return the canonical JSON for a bulletin board."""
        return dumps(
            {
                "poll": self.poll,
                "good": self.good,
                "goes_on": self.goes_on,
                "deviants": self.deviants,
                "silent": self.silent,
                "operators": [one.to_value() for one in self.operators],
                "evidence": [one.to_value() for one in self.evidence],
            }
        )


def compare(facts: LedgerFacts, sightings: Sequence[Sighting]) -> NetworkReport:
    """Compare what was seen, height by height.

    Who has another header than most of those that showed one of that height deviates; without a majority of at least
    two nobody is named.
    """
    reports = [sighting.report for sighting in sightings if sighting.report is not None]
    one_honest = min(len(facts.witnesses) - facts.quorum + 1, len(sightings))
    # One node's word moves neither the height the others are behind nor the list of those who signed twice.
    heights = sorted((report.height for report in reports), reverse=True)
    furthest = heights[one_honest - 1] if len(heights) >= one_honest else max(heights, default=0)
    common = _common(sightings)
    lines = []
    for sighting in sightings:
        agrees, kind, deviation = _judged(facts, sighting, common)
        lag = max(0, furthest - sighting.report.height) if sighting.report else furthest
        lines.append(OperatorReport(sighting, lag, agrees, deviation, kind))
    told = Counter(one for report in reports for one in set(report.evidence))
    evidence = sorted(
        (one for one, nodes in told.items() if nodes >= one_honest),
        key=lambda one: (one.height, one.validator, one.kind),
    )
    return NetworkReport(facts.poll, facts.quorum, tuple(lines), tuple(evidence))


def _common(sightings: Sequence[Sighting]) -> dict[int, str]:
    """Return the hash of the header that most nodes have, for each height where there is such a one."""
    seen: dict[int, Counter[str]] = defaultdict(Counter)
    for sighting in sightings:
        for header in {signed.header for signed in sighting.headers}:
            seen[header.height][header.hash] += 1
    found = {}
    for height, hashes in seen.items():
        ((most, count),) = hashes.most_common(1)
        if count >= 2 and 2 * count > hashes.total():
            found[height] = most
    return found


def _judged(
    facts: LedgerFacts, sighting: Sighting, common: Mapping[int, str]
) -> tuple[bool | None, Deviation | None, str]:
    report = sighting.report
    if report is None:
        return None, None, ""
    if report.poll != facts.poll:
        return False, Deviation.OTHER_POLL, "is a node of another poll"
    if sighting.signed_at is None:
        return False, Deviation.UNSIGNED, "does not sign its own checkpoint with the operator's key"
    if not all(signed.verify(facts.log) for signed in sighting.headers):
        return False, Deviation.FALSE_BLOCK, "shows a block that the log's key did not sign"
    if sighting.contradiction:
        return False, Deviation.HIDDEN_BLOCK, sighting.contradiction
    compared = [signed.header for signed in sighting.headers if signed.header.height in common]
    for header in sorted(compared, key=lambda header: header.height):
        if header.hash != common[header.height]:
            words = f"has another block {header.height} than the others: its state is not theirs"
            return False, Deviation.OTHER_BLOCK, words
    return (True if compared else None), None, ""
