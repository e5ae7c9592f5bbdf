"""Small discrete logarithms: from g^m back to the count m, by baby steps and giant steps (Shanks)."""

from __future__ import annotations

from math import isqrt

from ippyo.crypto.groups import Element, Group
from ippyo.errors import CheckFailedError

__all__ = ["DiscreteLog", "NoLogarithmError"]

TABLE_FACTOR = 4
"""The table is made once and every count of every contest needs a walk: so it is made longer than the walks."""


class NoLogarithmError(CheckFailedError):
    """An element that is not g^m for any m from 0 to the bound: the number encrypted was negative or too large."""

    def __init__(self, maximum: int) -> None:
        super().__init__(f"the decrypted count is not a number from 0 to {maximum}")
        self.maximum = maximum


class DiscreteLog:
    """Logarithms from 0 to ``maximum``, which is the number of ballots counted."""

    def __init__(self, group: Group, maximum: int) -> None:
        self._group = group
        self._maximum = maximum
        self._width = min(maximum, TABLE_FACTOR * isqrt(maximum)) + 1
        self._steps: dict[Element, int] = {}
        element = group.identity
        for m in range(self._width):
            self._steps[element] = m
            element = group.add(element, group.generator)
        self._giant_step = group.neg(element)

    def find(self, element: Element) -> int:
        """Return m with g^m = ``element``. Raises :class:`NoLogarithmError` unless 0 <= m <= maximum."""
        for low in range(0, self._maximum + 1, self._width):
            step = self._steps.get(element)
            if step is not None and low + step <= self._maximum:
                return low + step
            element = self._group.add(element, self._giant_step)
        raise NoLogarithmError(self._maximum)
