"""A random sample of the roll (無作為抽出) that anybody with the same roll and seed draws again."""

from __future__ import annotations

import hashlib
import hmac
from heapq import nsmallest

from ippyo.errors import InputError
from ippyo.registry.roll.models import Voter

__all__ = ["draw_sample"]

MAX_SEED = 200


def draw_sample(size: int, seed: str) -> list[Voter]:
    """Return ``size`` of the voters entitled now, all subsets being equally likely for a seed nobody could choose.

    Everybody gets HMAC-SHA256, keyed with the seed, of the roll number, or where there is none of the compared forms of
    name, birth and address; the smallest win, in that order. Announce how the seed will arise (dice in public, say)
    before the roll is fixed. Raises :class:`InputError` if fewer are entitled, or for an empty or long seed.
    """
    if not 1 <= len(seed) <= MAX_SEED:
        raise InputError(f"give a seed of 1 to {MAX_SEED} characters for the sample")
    entitled = Voter.objects.filter(status=Voter.Status.ENTITLED)
    rows = entitled.values_list("number", "name_key", "birth_key", "address_key", "pk").iterator()
    drawn = nsmallest(size, ((_lot(seed, number, *keys), pk) for number, *keys, pk in rows))
    if not 1 <= size <= len(drawn):
        raise InputError(f"a sample of {size} cannot be drawn: {len(drawn)} are entitled")
    found = _fetched([pk for _, pk in drawn])
    return [found[pk] for _, pk in drawn]


def _fetched(keys: list[int]) -> dict[int, Voter]:
    """Fetch by key in portions: databases limit the parameters of one query."""
    found: dict[int, Voter] = {}
    for start in range(0, len(keys), 500):
        found |= Voter.objects.in_bulk(keys[start : start + 500])
    return found


def _lot(seed: str, number: str | None, *keys: str) -> bytes:
    what = f"number|{number}" if number is not None else "|".join(("person", *keys))
    return hmac.digest(seed.encode(), what.encode(), hashlib.sha256)
