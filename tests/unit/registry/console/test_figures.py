"""Figures: small districts together, counts by hour, and what a refusal counts as."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, Error, InterfaceError
from django.http import HttpResponse, HttpResponseRedirect
from django.test import RequestFactory
from django.utils import timezone

from ippyo.registry.codes.service import make, mark_mailed
from ippyo.registry.console import counting
from ippyo.registry.console.figures import HourRow, chart_bars, figures
from ippyo.registry.console.models import HourCount
from ippyo.registry.issuance.models import Issuance
from ippyo.registry.roll.models import Voter


def voters(district: str, number: int) -> list[Voter]:
    return [
        Voter.objects.create(name=f"{district}{one}", birth_key="19800102", sex="male", style="all", district=district)
        for one in range(number)
    ]


@pytest.mark.django_db
def test_small_districts_are_counted_together() -> None:
    large = voters("一", 12)
    list(make([*large, *voters("二", 3), *voters("三", 8)], "test"))
    mark_mailed(large)
    rows = figures().districts
    assert [(row.district, row.roll, row.letters) for row in rows] == [("一", 12, 12), ("", 11, 0)]
    assert figures().total.roll == 23


@pytest.mark.django_db
def test_one_small_district_is_not_shown_by_itself() -> None:
    for district, number in (("一", 12), ("二", 11), ("三", 3)):
        voters(district, number)
    assert [(row.district, row.roll) for row in figures().districts] == [("一", 12), ("", 14)]


@pytest.mark.django_db
def test_a_request_without_an_answer_is_no_ticket() -> None:
    hour = datetime(2026, 11, 22, 10, tzinfo=UTC)
    people = voters("一", 12)
    for voter, signature in zip(people, (b"signature", None, None), strict=False):
        names = {name: f"{name} {voter.pk}" for name in ("nonce", "certificate", "blinded_hash")}
        Issuance.objects.create(voter=voter, style="all", kind="signed", hour=hour, blind_signature=signature, **names)
    Issuance.objects.filter(voter=people[2]).update(blinded_hash="")
    counted = figures()
    assert [(row.district, row.tickets) for row in counted.districts] == [("一", 1)]
    assert [(row.hour, row.tickets) for row in counted.hours] == [(hour, 1)]


@pytest.mark.django_db
def test_hours_and_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([datetime(2026, 11, 22, 10, minute, 59, 1, UTC) for minute in (0, 30, 58, 59)])
    monkeypatch.setattr(timezone, "now", times.__next__)
    for outcome in ("ok", "ok", "under-age"):
        counting.count("card", outcome)
    counting.count("code", "wrong-code")
    counted = figures()
    assert [(row.shown, row.completed, row.tickets) for row in counted.hours] == [(3, 2, 0)]
    assert counted.refusals == (("under-age", 1), ("wrong-code", 1))
    assert {count.hour for count in HourCount.objects.all()} == {datetime(2026, 11, 22, 10, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (HttpResponse("{}"), "ok"),
        (HttpResponse('{"code":"under-age"}', status=403), "under-age"),
        (HttpResponse("<html>", status=500), "http-500"),
        (HttpResponse("[]", status=400), "http-400"),
        (HttpResponseRedirect("/registration/?back=returned"), "ok"),
        (HttpResponseRedirect("/registration/?back=digital-auth-failed"), "digital-auth-failed"),
    ],
)
def test_outcomes(response: HttpResponse, outcome: str) -> None:
    assert counting.outcome_of(response) == outcome


@pytest.mark.parametrize("failure", [DatabaseError, InterfaceError])
def test_a_count_that_fails_costs_nobody_the_answer(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch, failure: type[Error]
) -> None:
    def fail(what: str, outcome: str) -> None:
        raise failure

    monkeypatch.setattr(counting, "count", fail)
    answer = HttpResponse("{}")
    assert counting.CountOutcomes(lambda request: answer)(rf.post("/api/ticket")) is answer


def test_the_chart() -> None:
    hours = [HourRow(datetime(2026, 11, 22, hour, tzinfo=UTC), 1, 1, hour) for hour in range(5)]
    bars = chart_bars(hours)
    assert [bar.height for bar in bars] == [0, 40, 80, 120, 160]
    assert all(bar.y + bar.height == 160 for bar in bars)
    assert chart_bars([]) == []
