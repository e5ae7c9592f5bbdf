"""Voters for the codes' tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ippyo.registry.roll.models import Voter


@pytest.fixture
def code_voter() -> Callable[..., Voter]:
    """Return a maker of voters who are on the roll."""

    def make(number: str = "1", **changes: str) -> Voter:
        usual = {"name": "山田　花子", "address": "清瀬市中里5-842", "sex": "female", "birth_key": "19800102"}
        return Voter.objects.create(number=number, style="all", **(usual | changes))

    return make
