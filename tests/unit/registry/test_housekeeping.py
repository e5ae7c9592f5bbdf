"""The thread beside the site that deletes what has expired."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.db import Error, InterfaceError, OperationalError

from ippyo.registry import housekeeping as module
from ippyo.registry.housekeeping import housekeeping

NOW = datetime(2026, 11, 1, tzinfo=UTC)


class Sweeper:
    """Stands in for ``retention.sweep``; ``failures`` of its first calls fail."""

    def __init__(self, failures: int = 0, failure: type[Error] = OperationalError) -> None:
        self.times: list[datetime] = []
        self.failure = failure
        self.failures = failures
        self.twice = threading.Event()

    def __call__(self, now: datetime) -> dict[str, int]:
        self.times.append(now)
        if len(self.times) >= 2:
            self.twice.set()
        if len(self.times) <= self.failures:
            raise self.failure("hanako's row is locked")
        return {}


@pytest.fixture(autouse=True)
def _own_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)


def test_again_and_again_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    sweeper = Sweeper()
    monkeypatch.setattr(module, "sweep", sweeper)
    with housekeeping(lambda: NOW, interval=0.001):
        assert sweeper.twice.wait(60)
    assert set(sweeper.times) == {NOW}
    done = len(sweeper.times)
    assert not any(thread.name == "ippyo-housekeeping" for thread in threading.enumerate())
    assert len(sweeper.times) == done


@pytest.mark.parametrize("failure", [OperationalError, InterfaceError])
def test_a_database_that_does_not_answer_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], failure: type[Error]
) -> None:
    sweeper = Sweeper(1, failure)
    monkeypatch.setattr(module, "sweep", sweeper)
    with housekeeping(lambda: NOW, interval=0.001):
        assert sweeper.twice.wait(60)
    assert capsys.readouterr().err == f"ippyo: housekeeping failed: {failure.__name__}\n"


def test_a_connection_that_cannot_be_closed_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sweeper = Sweeper()

    def fail_at_first() -> None:
        if len(sweeper.times) == 1:
            raise InterfaceError

    monkeypatch.setattr(module, "sweep", sweeper)
    monkeypatch.setattr("django.db.connections.close_all", fail_at_first)
    with housekeeping(lambda: NOW, interval=0.001):
        assert sweeper.twice.wait(60)
    assert capsys.readouterr().err == "ippyo: housekeeping failed: InterfaceError\n"


def test_the_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    sweeper = Sweeper()
    monkeypatch.setattr(module, "sweep", sweeper)
    with housekeeping(lambda: NOW):
        pass
    assert len(sweeper.times) == 1


def test_tables_are_rewritten_after_midnight_until_that_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    rewrites: list[datetime] = []
    done = threading.Event()
    hours = count()

    def clock() -> datetime:
        return NOW + timedelta(hours=next(hours))

    def forget_order() -> None:
        rewrites.append(NOW)
        if len(rewrites) == 1:
            raise OperationalError("locked")
        done.set()

    monkeypatch.setattr(module, "sweep", lambda _: {})
    monkeypatch.setattr(module, "forget_order", forget_order)
    with housekeeping(clock, interval=0.0001):
        assert done.wait(60)
    # One more for each day that went by until the end.
    assert len(rewrites) <= 2 + next(hours) // 24
