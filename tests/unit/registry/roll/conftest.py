"""People for the roll's tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from ippyo.identity.person import BirthDate
from ippyo.registry.roll.models import Voter
from ippyo.registry.roll.rows import Person


@pytest.fixture
def roll_person() -> Callable[..., Person]:
    """Return a maker of persons, Hanako unless told otherwise."""

    def make(**changes: Any) -> Person:
        born = changes.pop("born", date(1980, 1, 2))
        if isinstance(born, date):
            born = BirthDate(born.year, born.month, born.day)
        usual: dict[str, Any] = {
            "number": "1",
            "name": "山田　花子",
            "kana": "ヤマダ　ハナコ",
            "address": "東京都清瀬市中里五丁目842番地",
            "sex": "female",
            "district": "第1",
            "style": "whole-city",
        }
        return Person(**(usual | changes), born=born)

    return make


@pytest.fixture
def roll_voter(roll_person: Callable[..., Person]) -> Callable[..., Voter]:
    """Return a maker of voters who are on the roll."""

    def make(**changes: Any) -> Voter:
        voter = roll_person(**changes).voter()
        voter.save()
        return voter

    return make
