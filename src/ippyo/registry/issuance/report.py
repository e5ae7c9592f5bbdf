"""How many: on the roll, pending, answered. Numbers only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Q

from ippyo.contract.poll import Poll
from ippyo.registry.issuance.models import Issuance
from ippyo.registry.roll.models import Voter

__all__ = ["StyleCount", "issuance_counts"]


@dataclass(frozen=True, slots=True)
class StyleCount:
    """The persons of one ballot style: ``roll`` may vote, ``pending`` wait for an answer, ``answered`` have one.

    ``ledger`` is this issuer's total on the ledger, or None where nobody asked for it; ``before`` had their answer when
    it was asked.
    """

    style: str
    roll: int
    pending: int
    answered: int
    ledger: int | None = None
    before: int = 0

    @property
    def agrees(self) -> bool:
        """Whether the ledger counts every ticket that may be out, and nobody who did not ask for one."""
        return self.ledger is None or self.before <= self.ledger <= self.answered + self.pending

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        counts = {"style": self.style, "roll": self.roll, "pending": self.pending, "answered": self.answered}
        return counts if self.ledger is None else {**counts, "ledger": self.ledger}


def issuance_counts(poll: Poll, ask_ledger: Callable[[], Mapping[str, int]] | None = None) -> list[StyleCount]:
    """Return the counts of every style of the poll, in the manifest's order.

    ``ask_ledger`` returns the ledger's totals by style. Tickets may be issued meanwhile: both ends of what the ledger
    can say are counted, before it is asked and afterwards.
    """
    before = _log()
    on_ledger = None if ask_ledger is None else ask_ledger()
    entitled = Voter.objects.filter(status=Voter.Status.ENTITLED)
    roll = dict(entitled.values_list("style").annotate(count=Count("pk")))
    log = _log()
    return [
        StyleCount(
            style.id,
            roll.get(style.id, 0),
            *log.get(style.id, (0, 0)),
            ledger=None if on_ledger is None else on_ledger.get(style.id, 0),
            before=before.get(style.id, (0, 0))[1],
        )
        for style in poll.manifest.styles
    ]


def _log() -> dict[str, tuple[int, int]]:
    """Return how many requests are pending and how many are answered, by style."""
    signed = Q(blind_signature__isnull=False)
    counted = Issuance.objects.values_list("style").annotate(
        waiting=Count("pk", filter=~signed), done=Count("pk", filter=signed)
    )
    return {style: (pending, answered) for style, pending, answered in counted}
