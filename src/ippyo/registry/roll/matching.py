"""Finding the one person on the roll whom a card's data mean; where that is not certain, nobody.

Which data are compared is the registry's policy (:mod:`.policy`). The date of birth always is.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.person import BasicData, BirthDate
from ippyo.registry.roll.models import Voter
from ippyo.registry.roll.normal import Likeness, Pattern, address_pattern, house, name_pattern
from ippyo.registry.roll.policy import require_policy

__all__ = ["birth_key", "find_voter", "possible_birth_keys", "tells_apart"]


def birth_key(born: BirthDate) -> str:
    """Return a date of birth as the roll keeps it: YYYYMMDD, zeros where unknown."""
    return f"{born.year:04}{born.month:02}{born.day:02}"


def possible_birth_keys(key: str) -> list[str]:
    """Return how the roll may have a whole date of birth: as ``key``, or without the parts that it does not know."""
    return [key, f"{key[:6]}00", f"{key[:4]}0000", "00000000"]


def find_voter(basic: BasicData, policy: Collection[str], among: QuerySet[Voter] | None = None) -> Voter:
    """Return the one voter, of ``among`` or of the whole roll, whom ``basic`` fits in all that ``policy`` names.

    Raises :class:`IdentityRefusedError`: ``not-on-roll`` if nobody comes near; ``ambiguous`` if more than one fits, or
    somebody nearly does, or the card does not know the whole date of birth. Raises :class:`InputError` as
    :func:`require_policy`.
    """
    require_policy(policy)
    if basic.born.complete is None:
        raise IdentityRefusedError("ambiguous", "the card does not hold a whole date of birth")
    comparison = _Comparison(basic, policy)
    key = birth_key(basic.born)
    voters = Voter.objects.all() if among is None else among
    same, near = [], 0
    for voter in voters.filter(birth_key__in=possible_birth_keys(key)):
        likeness = comparison.with_voter(voter)
        if likeness is Likeness.DIFFERENT:
            continue
        if likeness is Likeness.SAME and voter.birth_key == key:
            same.append(voter)
        else:
            near += 1
    if not same and not near:
        raise IdentityRefusedError("not-on-roll")
    if near or len(same) > 1:
        raise IdentityRefusedError("ambiguous", f"{len(same)} fit, {near} nearly fit")
    return same[0]


def tells_apart(one: Voter, other: Voter, policy: Collection[str]) -> bool:
    """Whether ``policy`` compares something in which two entries of the roll differ, so that a card fits but one."""
    differs = {
        "name": one.name_key != other.name_key,
        "birth": one.birth_key != other.birth_key,
        "sex": _likeness_of_sex(one.sex, other.sex) is Likeness.DIFFERENT,
        "address": one.address_key != other.address_key,
        "address-part": house(one.address_key) != house(other.address_key),
    }
    return any(differs[field] for field in policy)


class _Comparison:
    """What the policy compares of a card's data, made ready once for many voters."""

    def __init__(self, basic: BasicData, policy: Collection[str]) -> None:
        self._name: Pattern | None = None
        self._address: Pattern | None = None
        self._house: Pattern | None = None
        if "name" in policy:
            self._name = name_pattern(basic.name, basic.name_substitutes)
        address = address_pattern(basic.address, basic.address_substitutes)
        if "address" in policy:
            self._address = address
        if "address-part" in policy:
            self._house = address.house()
        self._sex = basic.sex if "sex" in policy else None

    def with_voter(self, voter: Voter) -> Likeness:
        """Return the least likeness of all that is compared."""
        found = [Likeness.SAME]
        if self._name is not None:
            found.append(self._name.compare(voter.name_key))
        if self._address is not None:
            found.append(self._address.compare(voter.address_key))
        if self._house is not None:
            found.append(self._house.compare(house(voter.address_key)))
        if self._sex is not None:
            found.append(_likeness_of_sex(self._sex, voter.sex))
        return min(found)


def _likeness_of_sex(mine: str, theirs: str) -> Likeness:
    if mine == theirs:
        return Likeness.SAME
    return Likeness.NEAR if Voter.Sex.UNKNOWN in {mine, theirs} else Likeness.DIFFERENT
