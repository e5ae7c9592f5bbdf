"""Which day is the poll's last one, on which voters must be old enough: Japan's, and not the one that begins then."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ippyo.errors import RefusedError
from ippyo.registry.issuance.checks import entitled_voter

pytestmark = pytest.mark.django_db

JAPAN = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("closes", "youngest"),
    [
        (datetime(2026, 6, 15, 20, 0, tzinfo=JAPAN), 16),
        # At midnight the day is over, and nobody can vote on the next one.
        (datetime(2026, 6, 16, 0, 0, tzinfo=JAPAN), 16),
        # In Greenwich it is the day before still.
        (datetime(2026, 6, 16, 0, 30, tzinfo=JAPAN), 17),
        (datetime(2026, 6, 16, 8, 59, tzinfo=JAPAN), 17),
    ],
)
def test_the_eighteenth_year_is_full_on_the_eve_of_the_birthday(
    office_maker: Any, closes: datetime, youngest: int
) -> None:
    maker = office_maker()
    manifest = SimpleNamespace(closes=int(closes.timestamp()))
    office: Any = SimpleNamespace(
        config=maker.config(), poll=SimpleNamespace(manifest=manifest), clock=maker.office().clock
    )
    old_enough = maker.person(born=(2008, 6, youngest)).voter
    assert entitled_voter(office, old_enough, None) is old_enough
    with pytest.raises(RefusedError, match="under-age"):
        entitled_voter(office, maker.person(born=(2008, 6, youngest + 1)).voter, None)
