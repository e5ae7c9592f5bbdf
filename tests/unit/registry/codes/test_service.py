"""The life of a code: made, mailed, used, replaced."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from ippyo.errors import InputError
from ippyo.identity.errors import IdentityRefusedError
from ippyo.registry.codes import service
from ippyo.registry.codes.code import CodeText
from ippyo.registry.codes.models import RegistrationCode
from ippyo.registry.roll.models import Voter

pytestmark = pytest.mark.django_db

Make = Callable[..., Voter]


def refusal(typed: str) -> str:
    with pytest.raises(IdentityRefusedError) as caught:
        service.redeem(typed)
    assert typed not in str(caught.value)
    return caught.value.code


def test_each_entitled_voter_gets_one_code(code_voter: Make) -> None:
    voters = [code_voter(str(number)) for number in range(3)]
    gone = code_voter("9", status="died")
    made = list(service.make([*voters, gone], "clerk"))
    assert [new.voter for new in made] == voters
    assert list(service.make([*voters, gone], "clerk")) == []
    for new in made:
        assert service.redeem(new.code.reveal()).voter == new.voter
    assert {code.by for code in RegistrationCode.objects.all()} == {"clerk"}


def test_the_database_does_not_hold_the_code(code_voter: Make) -> None:
    (new,) = service.make([code_voter()], "clerk")
    shown = new.code.reveal()
    row = str(RegistrationCode.objects.values().get())
    assert shown not in row
    assert shown.replace("-", "") not in row
    assert shown not in repr(new)


def test_many_voters_take_several_batches(code_voter: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BATCH", 2)
    voters = [code_voter(str(number)) for number in range(5)]
    assert [new.voter for new in service.make(iter(voters), "clerk")] == voters


def test_mailed(code_voter: Make) -> None:
    first, second = code_voter("1"), code_voter("2")
    list(service.make([first, second], "clerk"))
    assert service.mark_mailed([first]) == 1
    assert service.mark_mailed() == 1
    assert service.mark_mailed() == 0
    assert {code.state for code in RegistrationCode.objects.all()} == {"mailed"}
    assert all(code.mailed_at for code in RegistrationCode.objects.all())


def test_a_code_serves_until_a_ticket_and_then_says_that_it_has(code_voter: Make) -> None:
    (new,) = service.make([code_voter()], "clerk")
    typed = new.code.reveal().lower()
    assert not service.redeem(typed).used
    assert not service.redeem(typed).used
    code = service.redeem(typed)
    service.spend(code)
    assert code.used
    again = service.redeem(typed)
    assert again.used
    assert again.voter == new.voter
    service.spend(again)
    assert service.redeem(typed).used


def test_a_code_nobody_made(code_voter: Make) -> None:
    list(service.make([code_voter()], "clerk"))
    assert refusal(CodeText.generate().reveal()) == "wrong-code"


def test_a_mistyped_code(code_voter: Make) -> None:
    (new,) = service.make([code_voter()], "clerk")
    shown = new.code.reveal()
    assert refusal(shown[:-1]) == "wrong-code"
    assert refusal(shown[:-1] + ("2" if shown[-1] != "2" else "3")) == "wrong-code"


@pytest.mark.parametrize("used", [False, True])
def test_a_replaced_code(code_voter: Make, used: bool) -> None:
    voter = code_voter()
    (old,) = service.make([voter], "clerk")
    code = service.redeem(old.code.reveal())
    if used:
        service.spend(code)
    new = service.replace(voter, "紛失", "second clerk")
    assert refusal(old.code.reveal()) == "replaced-code"
    assert service.redeem(new.code.reveal()).voter == voter
    # The old code in the hands of a visit that began before.
    with pytest.raises(IdentityRefusedError, match="replaced-code"):
        service.spend(code)
    row = RegistrationCode.objects.get(state="replaced")
    assert (row.reason, row.by) == ("紛失", "second clerk")
    assert row.replaced_at is not None
    assert list(service.make([voter], "clerk")) == []


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_a_replacement_needs_a_reason(code_voter: Make, reason: str) -> None:
    voter = code_voter()
    with pytest.raises(InputError):
        service.replace(voter, reason, "clerk")
    assert not RegistrationCode.objects.exists()


def test_nobody_without_the_right_gets_a_new_code(code_voter: Make) -> None:
    with pytest.raises(InputError):
        service.replace(code_voter(status="moved"), "紛失", "clerk")


def test_the_database_keeps_to_one_standing_code(code_voter: Make) -> None:
    voter = code_voter()
    list(service.make([voter], "clerk"))
    with pytest.raises(IntegrityError), transaction.atomic():
        RegistrationCode.objects.create(voter=voter, digest="0" * 64, made_at=timezone.now(), by="clerk")
