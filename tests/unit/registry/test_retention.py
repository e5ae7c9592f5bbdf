"""The privacy page names all that is stored, and what it promises to delete goes."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

from ippyo.registry import retention
from ippyo.registry.codes import attempts
from ippyo.registry.codes.models import Attempts, RegistrationCode, Salt
from ippyo.registry.registration.models import Visit
from ippyo.registry.roll.models import RollChange, Voter

PAGE = Path(__file__).parents[3] / "docs" / "privacy.md"
CLOSES = datetime(2026, 11, 22, 11, tzinfo=UTC)


def own_models() -> list[str]:
    """Return all tables of the registry's applications, found by where they are defined."""
    return [model._meta.label for model in apps.get_models() if model.__module__.startswith("ippyo.registry.")]


def sections() -> dict[str, str]:
    """Return what the page says about each table: from its name to the next table or heading."""
    found = re.split(r"(?:Table )?`(\w+\.\w+)`", PAGE.read_text(encoding="utf-8"))
    return {name: text.split("\n## ")[0] for name, text in zip(found[1::2], found[2::2], strict=True)}


@pytest.mark.parametrize("label", own_models())
def test_the_page_names_every_field(label: str) -> None:
    told = set(re.findall(r"`(\w+)`", sections()[label]))
    stored = {field.name for field in apps.get_model(label)._meta.concrete_fields}
    assert stored <= told


def test_the_page_names_no_field_that_is_not_there() -> None:
    tables = {label: apps.get_model(label) for label in sections()}
    for label, text in sections().items():
        cells = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
        told = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
        assert told <= {field.name for field in tables[label]._meta.concrete_fields}


def test_every_table_is_emptied_in_the_end() -> None:
    assert sorted(model._meta.label for model in retention.own_tables()) == sorted(own_models())


def visit(expires_at: datetime, **owner: object) -> Visit:
    return Visit.objects.create(nonce=expires_at.isoformat().encode()[:32], began=0, expires_at=expires_at, **owner)


@pytest.mark.django_db
def test_what_the_sweep_deletes() -> None:
    now = timezone.now()
    visit(now - timedelta(seconds=1))
    kept = visit(now + timedelta(minutes=5))
    Session.objects.create(session_key="old", session_data="", expire_date=now - timedelta(seconds=1))
    Session.objects.create(session_key="new", session_data="", expire_date=now + timedelta(hours=1))
    attempts.note_wrong("192.0.2.7", now - timedelta(days=2))
    assert retention.sweep(now) == {"visits": 1, "sessions": 1, "attempts": 3}
    assert list(Visit.objects.all()) == [kept]
    assert [session.session_key for session in Session.objects.all()] == ["new"]
    assert not Salt.objects.exists()
    assert not Attempts.objects.exists()


@pytest.mark.django_db
def test_what_goes_when_the_poll_is_over() -> None:
    voter = Voter.objects.create(name="山田", address="中里1", sex="female", birth_key="19800102", style="all")
    code = RegistrationCode.objects.create(voter=voter, digest="0" * 64, made_at=CLOSES, by="clerk")
    RollChange.objects.create(voter=voter, kind="moved", on=date(2026, 11, 1), reason="x", by="clerk", at=CLOSES)
    visit(CLOSES, voter=voter, code=code)
    User.objects.create_user("clerk")
    due = retention.due(CLOSES, 90)
    assert due == CLOSES + timedelta(days=90)
    assert retention.when_over(CLOSES, 90, due - timedelta(seconds=1)) == {}
    assert Voter.objects.count() == 1
    gone = retention.when_over(CLOSES, 90, due)
    assert (
        gone["roll.Voter"]
        == gone["codes.RegistrationCode"]
        == gone["roll.RollChange"]
        == gone["registration.Visit"]
        == 1
    )
    assert not any(model._default_manager.exists() for model in retention.own_tables())
    assert User.objects.count() == 1
