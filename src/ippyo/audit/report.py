"""What a verification found: findings collected while it runs, and the report that is made of them at the end.

The values of :meth:`Report.to_value` are a public interface, described in docs/checks.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import Final

from ippyo.audit.checks import Check
from ippyo.errors import IppyoError
from ippyo.poll.text import Text

__all__ = [
    "CheckReport",
    "ContestCounts",
    "Cosigned",
    "Finding",
    "Findings",
    "Report",
    "Status",
    "Where",
    "printable",
    "same",
]

LISTED: Final = 20
"""Findings of one check that are kept in full; the others are counted."""

_SCHEMA_VERSION = 1
_PROBLEM_LIMIT = 400

Status = str
"""``pass``, ``fail``, or ``not-reached``: something that had to come before it was missing."""


def same(error: IppyoError | str) -> Text:
    """Return a sentence of another room, which has one language, as a text for both."""
    # What stands in a broken file may be quoted in it, and must be printable wherever it ends up.
    words = printable(str(error)[:_PROBLEM_LIMIT])
    return Text(words, words)


def printable(text: str) -> str:
    """Return ``text`` without what could steer a terminal or has no UTF-8 form: a question mark stands for each."""
    return "".join(character if character.isprintable() else "?" for character in text)


@dataclass(frozen=True, slots=True)
class Where:
    """The place of a finding, as exactly as it is known.

    ``line`` and ``trustee`` count from 1, ``transaction`` (the index in the ledger) from 0; ``height`` is a block's.
    """

    file: str | None = None
    line: int | None = None
    height: int | None = None
    transaction: int | None = None
    tracker: str | None = None
    contest: str | None = None
    trustee: int | None = None

    def to_value(self) -> dict[str, str | int]:
        """Return what is known, in the order of the fields."""
        named = ((item.name, getattr(self, item.name)) for item in fields(self))
        return {name: value for name, value in named if value is not None}


@dataclass(frozen=True, slots=True)
class Finding:
    """One failure of one check."""

    check: Check
    problem: Text
    where: Where = Where()

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        return {"where": self.where.to_value(), "problem": self.problem.to_value()}


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The outcome of one check: how many things it looked at, how many failed, and the first of those."""

    check: Check
    reached: bool
    examined: int
    failures: int
    findings: tuple[Finding, ...]

    @property
    def status(self) -> Status:
        """``fail`` as soon as anything failed."""
        if self.failures:
            return "fail"
        return "pass" if self.reached else "not-reached"

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        return {
            "number": self.check.number,
            "id": self.check.slug,
            "name": self.check.title.to_value(),
            "status": self.status,
            "examined": self.examined,
            "failures": self.failures,
            "findings": [finding.to_value() for finding in self.findings],
        }


class Findings:
    """Collects while the verification runs. Memory stays bounded however much is wrong."""

    def __init__(self) -> None:
        self._examined: dict[Check, int] = {}
        self._failures: dict[Check, int] = {}
        self._listed: dict[Check, list[Finding]] = {}

    def examined(self, check: Check, count: int = 1) -> None:
        """Note that ``check`` was reached and looked at ``count`` more things."""
        self._examined[check] = self._examined.get(check, 0) + count

    def add(self, finding: Finding) -> None:
        """Note a failure."""
        self._failures[finding.check] = self._failures.get(finding.check, 0) + 1
        listed = self._listed.setdefault(finding.check, [])
        if len(listed) < LISTED:
            listed.append(finding)

    def fail(self, check: Check, problem: Text, where: Where = Where()) -> None:
        """Note a failure of ``check``."""
        self.add(Finding(check, problem, where))

    def failed(self, check: Check) -> bool:
        """Whether ``check`` has failed so far."""
        return check in self._failures

    def reports(self) -> tuple[CheckReport, ...]:
        """Return the outcome of every check, in order."""
        return tuple(
            CheckReport(
                check,
                check in self._examined,
                self._examined.get(check, 0),
                self._failures.get(check, 0),
                tuple(self._listed.get(check, ())),
            )
            for check in Check
        )


@dataclass(frozen=True, slots=True)
class ContestCounts:
    """The verified result of a contest: the counts as the verifier itself opened them, blank first where allowed.

    ``mean`` is that of a contest of scores; it follows from the counts, and is for people only.
    """

    contest: str
    title: Text
    ballots: int
    counts: tuple[tuple[Text, int], ...]
    mean: Fraction | None = None

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        return {
            "contest": self.contest,
            "title": self.title.to_value(),
            "ballots": self.ballots,
            "counts": [{"name": name.to_value(), "count": count} for name, count in self.counts],
        }


@dataclass(frozen=True, slots=True)
class Cosigned:
    """``by`` of the poll's ``of`` witnesses truly cosigned the checkpoint; ``needed`` is how many the poll demands."""

    by: int
    of: int
    needed: int

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        return {"by": self.by, "of": self.of, "needed": self.needed}


@dataclass(frozen=True, slots=True)
class Report:
    """Everything ``ippyo verify`` says. ``poll`` is the fingerprint; it and ``title`` are None if they were unreadable.

    ``unfinished`` says that a poll not yet counted was to be accepted as far as it goes. ``cosigned`` is None if
    genesis or checkpoint were unreadable.
    """

    poll: str | None
    title: Text | None
    phase: str | None
    transactions: int
    unfinished: bool
    checks: tuple[CheckReport, ...]
    results: tuple[ContestCounts, ...] = ()
    cosigned: Cosigned | None = None
    seconds: float = field(default=0.0, compare=False)

    @property
    def ok(self) -> bool:
        """Whether every check passed; of an unfinished poll, whether every check that could be reached did."""
        spared = _COUNT_CHECKS if self.unfinished else frozenset[Check]()
        return all(
            report.status == "pass" or (report.status == "not-reached" and report.check in spared)
            for report in self.checks
        )

    def failed(self) -> tuple[CheckReport, ...]:
        """Return the checks that failed."""
        return tuple(report for report in self.checks if report.status == "fail")

    def to_value(self) -> dict[str, object]:
        """Return the JSON object of ``ippyo verify --json``."""
        return {
            "version": _SCHEMA_VERSION,
            "ok": self.ok,
            "poll": self.poll,
            "title": self.title.to_value() if self.title else None,
            "phase": self.phase,
            "unfinished": self.unfinished,
            "transactions": self.transactions,
            "cosigned": self.cosigned.to_value() if self.cosigned else None,
            "checks": [report.to_value() for report in self.checks],
            "results": [result.to_value() for result in self.results],
        }


_COUNT_CHECKS = frozenset(
    {Check.TALLY, Check.DECRYPTIONS, Check.STRONG_DECRYPTIONS, Check.RESULT, Check.COMPLETENESS, Check.EMPTY_BOX}
)
