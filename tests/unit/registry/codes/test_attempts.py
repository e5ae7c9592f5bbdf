"""The brake on guessing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet

from ippyo.identity.errors import IdentityRefusedError
from ippyo.registry.codes import attempts
from ippyo.registry.codes.models import Attempts, Salt
from ippyo.registry.registration.client_address import client_address

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 3, tzinfo=UTC)
HOME = "192.0.2.7"


def locked(at: datetime, address: str = HOME) -> bool:
    try:
        attempts.require_free(address, at)
    except IdentityRefusedError as error:
        return error.code == "too-many-attempts" and address not in str(error)
    return False


def wrong(times: int, at: datetime = NOON, address: str = HOME) -> None:
    for _ in range(times):
        attempts.note_wrong(address, at)


def test_a_few_mistakes_cost_nothing() -> None:
    assert not locked(NOON)
    wrong(attempts.FREE)
    assert not locked(NOON)


def test_locks_grow_and_expire_by_themselves() -> None:
    wrong(attempts.FREE)
    at = NOON
    for seconds in (30, 60, 120, 120, 120):
        wrong(1, at)
        assert locked(at)
        assert locked(at + timedelta(seconds=seconds - 1))
        at += timedelta(seconds=seconds)
        assert not locked(at)


def test_one_client_locks_no_other() -> None:
    wrong(attempts.FREE + 1)
    assert locked(NOON)
    assert not locked(NOON, "192.0.2.8")


def test_a_right_code_takes_back_one_wrong_one() -> None:
    wrong(attempts.FREE)
    attempts.note_right(HOME, NOON)
    wrong(1)
    assert not locked(NOON)
    # Whoever has a code of his own does not get as many guesses as he likes by using it now and then.
    attempts.note_right(HOME, NOON)
    wrong(2)
    assert locked(NOON)


def test_a_counter_does_not_fall_below_nothing() -> None:
    for _ in range(3):
        attempts.note_right(HOME, NOON)
    wrong(attempts.FREE + 1)
    attempts.note_right(HOME, NOON)
    assert locked(NOON)


def test_midnight_ends_no_lock_and_forgives_nothing() -> None:
    midnight = datetime(2026, 11, 22, 15, tzinfo=UTC)
    wrong(attempts.FREE + 4, midnight - timedelta(seconds=10))
    assert locked(midnight + timedelta(seconds=5))
    later = midnight + timedelta(minutes=3)
    assert not locked(later)
    wrong(1, later)
    assert locked(later)
    # The day after that, the first day's salt is gone.
    wrong(1, midnight + timedelta(days=1, hours=3))
    assert sorted(salt.day.day for salt in Salt.objects.all()) == [23, 24]


def test_visits_without_a_code_have_a_measure() -> None:
    for _ in range(attempts.FREE_VISITS + 1):
        attempts.note_visit(HOME, NOON)
    with pytest.raises(IdentityRefusedError, match="too-many-attempts"):
        attempts.note_visit(HOME, NOON)
    attempts.note_visit("192.0.2.8", NOON)
    attempts.note_visit(HOME, NOON + timedelta(seconds=31))
    # They are no wrong codes: neither of this address nor of all together.
    assert not locked(NOON)
    assert not Attempts.objects.filter(client__startswith="all").exists()


def test_a_quiet_client_starts_anew() -> None:
    wrong(attempts.FREE)
    later = NOON + attempts.REST
    wrong(1, later)
    assert not locked(later)


def test_guessing_from_many_addresses_takes_away_the_free_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FREE_TOGETHER", 10)
    for number in range(11):
        wrong(1, NOON, f"198.51.100.{number}")
    assert not locked(NOON, "198.51.100.9")
    assert locked(NOON, "198.51.100.10")
    # Who was not wrong comes in; and an hour later all is as before.
    assert not locked(NOON)
    next_hour = NOON + timedelta(hours=1)
    wrong(1, next_hour)
    assert not locked(next_hour)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.8", False),
        ("unknown", "unknown", True),
    ],
)
def test_what_counts_as_one_client(one: str, other: str, same: bool) -> None:
    wrong(attempts.FREE + 1, address=client_address({"REMOTE_ADDR": one}))
    assert locked(NOON, client_address({"REMOTE_ADDR": other})) is same


def test_no_address_is_stored_and_no_day_can_be_joined_to_another() -> None:
    wrong(1)
    clients = set(Attempts.objects.values_list("client", flat=True))
    assert not any(HOME in client for client in clients)
    tomorrow = NOON + timedelta(days=1)
    wrong(1, tomorrow)
    # Yesterday's salt stays, so that midnight ends no lock; older ones, which would allow to try addresses, are gone.
    assert Salt.objects.count() == 2
    wrong(1, NOON + timedelta(days=2))
    assert Salt.objects.count() == 2
    assert len(set(Attempts.objects.exclude(client__startswith="all").values_list("client", flat=True))) == 3


def test_a_counter_that_is_swept_while_it_is_looked_for_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts.note_visit(HOME, NOON)
    later = NOON + attempts.REST + timedelta(seconds=1)
    lock = QuerySet.select_for_update

    def wait_for_the_sweeper(rows: Any) -> Any:
        assert attempts.sweep(later) == 1
        return lock(rows)

    monkeypatch.setattr(QuerySet, "select_for_update", wait_for_the_sweeper)
    attempts.note_visit(HOME, later)
    assert Attempts.objects.get().wrong == 1


def test_sweeping() -> None:
    wrong(1)
    assert attempts.sweep(NOON) == 0
    assert attempts.sweep(NOON + attempts.REST + timedelta(seconds=1)) == 2
    assert attempts.sweep(NOON + timedelta(days=1)) == 0
    assert attempts.sweep(NOON + timedelta(days=2)) == 1
    assert not Attempts.objects.exists()
    assert not Salt.objects.exists()
