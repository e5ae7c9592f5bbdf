"""Two entries of one name and date of birth: a second ticket needs staff's word on this card and this entry."""

from __future__ import annotations

from typing import Any

import pytest

from ippyo.errors import RefusedError
from ippyo.registry.issuance.checks import check_signed_request
from ippyo.registry.issuance.models import Issuance, UnclearCase
from ippyo.registry.issuance.service import issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(office_maker: Any) -> Any:
    """Return an office, its maker, and the second of two entries; the first has a ticket."""
    maker = office_maker()
    office = maker.office()
    old = maker.person("山田太郎", address="東京都千代田区霞が関一丁目1番1号")
    new = maker.person("山田太郎", address="東京都千代田区霞が関二丁目2番2号")
    issue(office, check_signed_request(office, maker.signed(old), maker.now))
    return maker, office, new, old


def asked(maker: Any, office: Any, person: Any) -> str:
    """Ask for a ticket, and return the refusal."""
    with pytest.raises(RefusedError) as caught:
        issue(office, check_signed_request(office, maker.signed(person), maker.now))
    return caught.value.code


def test_asking_again_is_no_decision(second: Any) -> None:
    maker, office, new, _ = second
    assert [asked(maker, office, new) for _ in range(2)] == ["ambiguous"] * 2
    assert UnclearCase.objects.get().voter is None
    assert Issuance.objects.count() == 1


def test_a_card_that_is_the_first_person_s_gets_no_second_ticket(second: Any) -> None:
    maker, office, new, old = second
    asked(maker, office, new)
    UnclearCase.objects.update(voter=old.voter)
    assert asked(maker, office, new) == "ambiguous"
    assert Issuance.objects.count() == 1


def test_a_decision_about_another_card_is_none(second: Any) -> None:
    maker, office, new, _ = second
    asked(maker, office, new)
    UnclearCase.objects.update(voter=new.voter, certificate="0" * 64)
    assert asked(maker, office, new) == "ambiguous"
    assert Issuance.objects.count() == 1
