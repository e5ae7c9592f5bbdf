"""How many: on the roll, pending, answered. Numbers only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.db.models import Count, Q

from ippyo.contract.poll import Poll
from ippyo.registry.issuance.models import Issuance
from ippyo.registry.roll.models import Voter

__all__ = ["StyleCount", "issuance_counts"]


@dataclass(frozen=True, slots=True)
class StyleCount:
    """The persons of one ballot style: ``roll`` may vote, ``pending`` wait for an answer, ``answered`` have one.

    ``ledger`` is this issuer's total on the ledger, or None where nobody asked for it.
    """

    style: str
    roll: int
    pending: int
    answered: int
    ledger: int | None = None

    @property
    def agrees(self) -> bool:
        """Whether the ledger counts every ticket that may be out, and nobody who did not ask for one."""
        return self.ledger is None or self.answered <= self.ledger <= self.answered + self.pending

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def issuance_counts(poll: Poll, on_ledger: Mapping[str, int] | None = None) -> list[StyleCount]:
    """Return the counts of every style of the poll, in the manifest's order, beside the ledger's totals if given."""
    entitled = Voter.objects.filter(status=Voter.Status.ENTITLED)
    roll = dict(entitled.values_list("style").annotate(count=Count("pk")))
    signed = Q(blind_signature__isnull=False)
    log = {
        style: (pending, answered)
        for style, pending, answered in Issuance.objects.values_list("style").annotate(
            waiting=Count("pk", filter=~signed), done=Count("pk", filter=signed)
        )
    }
    return [
        StyleCount(
            style.id,
            roll.get(style.id, 0),
            *log.get(style.id, (0, 0)),
            ledger=None if on_ledger is None else on_ledger[style.id],
        )
        for style in poll.manifest.styles
    ]
