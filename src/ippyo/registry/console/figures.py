"""The figures (公表する数): letters, codes, authentications and tickets, by district and by hour; numbers of nobody.

A district of few people would tell who: below :data:`FEWEST` persons on the roll, districts are shown together, with
the smallest of the others where those together are still too few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum

from ippyo.registry.codes.models import RegistrationCode
from ippyo.registry.console.models import HourCount
from ippyo.registry.issuance.models import Issuance
from ippyo.registry.roll.models import Voter

__all__ = ["DistrictRow", "Figures", "HourRow", "chart_bars", "figures"]

FEWEST = 10
OTHERS = ""
"""The name of all small districts together."""

CHART_WIDTH, CHART_HEIGHT = 720, 160


@dataclass(frozen=True, slots=True)
class DistrictRow:
    """A polling district: on the roll, letters sent, codes used, tickets handed out."""

    district: str
    roll: int
    letters: int
    used: int
    tickets: int


@dataclass(frozen=True, slots=True)
class HourRow:
    """An hour: authentications shown and completed, tickets handed out."""

    hour: datetime
    shown: int
    completed: int
    tickets: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All of it, with the refusals by code."""

    districts: tuple[DistrictRow, ...]
    hours: tuple[HourRow, ...]
    refusals: tuple[tuple[str, int], ...]

    @property
    def total(self) -> DistrictRow:
        """The sum of the districts."""
        rows = self.districts
        columns = [sum(getattr(row, name) for row in rows) for name in ("roll", "letters", "used", "tickets")]
        return DistrictRow("", *columns)


def figures() -> Figures:
    """Count everything."""
    return Figures(_districts(), _hours(), _refusals())


def _districts() -> tuple[DistrictRow, ...]:
    state = RegistrationCode.State
    standing = RegistrationCode.objects.exclude(state=state.REPLACED)
    counts = [
        _by_district(Voter.objects.values_list("district").annotate(n=Count("pk"))),
        _by_district(
            standing.filter(Q(state=state.MAILED) | Q(state=state.USED))
            .values_list("voter__district")
            .annotate(n=Count("pk"))
        ),
        _by_district(standing.filter(state=state.USED).values_list("voter__district").annotate(n=Count("pk"))),
        _by_district(_handed_out().values_list("voter__district").annotate(n=Count("pk"))),
    ]
    roll = counts[0]
    large = _large(roll)
    rows = [DistrictRow(name, *(count[name] for count in counts)) for name in large]
    rest = [count.total() - sum(count[name] for name in large) for count in counts]
    return (*rows, DistrictRow(OTHERS, *rest)) if rest[0] else tuple(rows)


def _handed_out() -> QuerySet[Issuance]:
    """Return the requests that have their answer; those that wait for it, or were withdrawn, gave no ticket."""
    return Issuance.objects.filter(blind_signature__isnull=False)


def _large(roll: Counter[str]) -> list[str]:
    """Return the districts that can be shown by themselves: neither they nor all others together have few people."""
    by_size = sorted((name for name in roll if name and roll[name] >= FEWEST), key=lambda name: (-roll[name], name))
    while by_size and 0 < roll.total() - sum(roll[name] for name in by_size) < FEWEST:
        by_size.pop()
    return sorted(by_size)


def _by_district(rows: Iterable[tuple[str, int]]) -> Counter[str]:
    return Counter(dict(rows))


def _hours() -> tuple[HourRow, ...]:
    shown: Counter[datetime] = Counter()
    completed: Counter[datetime] = Counter()
    for hour, outcome, number in HourCount.objects.filter(what__in=["card", "issue"]).values_list(
        "hour", "outcome", "count"
    ):
        shown[hour] += number
        if outcome == "ok":
            completed[hour] += number
    tickets = Counter(dict(_handed_out().values_list("hour").annotate(n=Count("pk"))))
    hours = sorted({*shown, *tickets})
    return tuple(HourRow(hour, shown[hour], completed[hour], tickets[hour]) for hour in hours)


def _refusals() -> tuple[tuple[str, int], ...]:
    rows = HourCount.objects.exclude(outcome="ok").values_list("outcome").annotate(n=Sum("count"))
    return tuple(sorted(rows, key=lambda row: (-row[1], row[0])))


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the chart, in its units."""

    x: int
    y: int
    width: int
    height: int
    hour: datetime
    tickets: int


def chart_bars(rows: Sequence[HourRow]) -> list[Bar]:
    """Return the tickets by hour as bars, of the last 72 hours that have any."""
    rows = rows[-72:]
    most = max((row.tickets for row in rows), default=0) or 1
    step = CHART_WIDTH // max(len(rows), 12)
    return [
        Bar(
            number * step,
            CHART_HEIGHT - row.tickets * CHART_HEIGHT // most,
            max(step - 4, 2),
            row.tickets * CHART_HEIGHT // most,
            row.hour,
            row.tickets,
        )
        for number, row in enumerate(rows)
    ]
