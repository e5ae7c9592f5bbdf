"""Whether a person on the roll may vote: old enough, and still entitled."""

from __future__ import annotations

from datetime import date

from ippyo.identity.errors import IdentityRefusedError
from ippyo.registry.roll.age import is_old_enough
from ippyo.registry.roll.models import Voter

__all__ = ["require_entitled"]


def require_entitled(voter: Voter, minimum_age: int, last_day: date) -> None:
    """Refuse a voter who is not ``minimum_age`` years old on ``last_day`` of the poll, or not entitled by then.

    Raises :class:`IdentityRefusedError`: ``under-age``; ``ambiguous`` where unknown parts of the date of birth decide;
    ``not-entitled`` after moving away, death or loss of the right.
    """
    match is_old_enough(voter.born, minimum_age, last_day):
        case None:
            raise IdentityRefusedError("ambiguous", "unknown parts of the date of birth decide about the age")
        case False:
            raise IdentityRefusedError("under-age")
    gone = voter.status != Voter.Status.ENTITLED
    if gone and (voter.status_on is None or voter.status_on <= last_day):
        raise IdentityRefusedError("not-entitled", voter.status)
