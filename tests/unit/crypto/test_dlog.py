"""Small logarithms: every count within the bound, nothing outside."""

from __future__ import annotations

import pytest

from ippyo.crypto.dlog import DiscreteLog, NoLogarithmError
from ippyo.crypto.groups import GROUP_NAMES, group


@pytest.mark.parametrize("name", GROUP_NAMES)
@pytest.mark.parametrize("maximum", [0, 1, 2, 17, 18, 100])
def test_every_count_is_found(name: str, maximum: int) -> None:
    G = group(name)
    log = DiscreteLog(G, maximum)
    assert [log.find(G.mul_base(m)) for m in range(maximum + 1)] == list(range(maximum + 1))


@pytest.mark.parametrize("name", GROUP_NAMES)
@pytest.mark.parametrize("maximum", [0, 1, 17, 100])
def test_nothing_else_is_found(name: str, maximum: int) -> None:
    G = group(name)
    log = DiscreteLog(G, maximum)
    for m in (-1, -maximum - 1, maximum + 1, maximum + 2, 10 * maximum + 100, 2**200):
        with pytest.raises(NoLogarithmError, match=f"not a number from 0 to {maximum}$") as caught:
            log.find(G.mul_base(m))
        assert caught.value.maximum == maximum


@pytest.mark.parametrize("m", [0, 9_999_999, 10_000_000, 5_123_456])
def test_large_counts(m: int) -> None:
    G = group("BELENIOS-2048")
    assert DiscreteLog(G, 10**7).find(G.mul_base(m)) == m
