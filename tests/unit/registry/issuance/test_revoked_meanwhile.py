"""A card that is revoked between the request and its answer: only an answer that was given is given again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ippyo.errors import RefusedError
from ippyo.ledger.engine import LedgerStoppedError
from ippyo.registry.issuance.checks import check_signed_request
from ippyo.registry.issuance.models import Issuance
from ippyo.registry.issuance.service import issue

pytestmark = pytest.mark.django_db


def revoke(maker: Any, person: Any) -> None:
    """Let the person's card be on a list that is imported an hour from now."""
    maker.jlis.revoke(person.card.signature.certificate, maker.now)
    maker.clock.move(timedelta(hours=1))
    maker.publish_crl()


def test_a_request_that_waits_for_its_answer_is_looked_at_again(office_maker: Any) -> None:
    maker = office_maker()
    office, person = maker.office(), maker.person()
    signed = maker.signed(person)
    maker.ledger.failure = LedgerStoppedError("down")
    with pytest.raises(RefusedError, match="ledger-unavailable"):
        issue(office, check_signed_request(office, signed, maker.now))
    maker.ledger.failure = None
    revoke(maker, person)
    with pytest.raises(RefusedError, match="certificate-revoked"):
        check_signed_request(office, signed, maker.now)
    assert not Issuance.objects.get().answered


def test_an_answer_that_was_given_is_given_again(office_maker: Any) -> None:
    maker = office_maker()
    office, person = maker.office(), maker.person()
    signed = maker.signed(person)
    answer = issue(office, check_signed_request(office, signed, maker.now))
    revoke(maker, person)
    assert issue(office, check_signed_request(office, signed, maker.now)) == answer
    with pytest.raises(RefusedError, match="certificate-revoked"):
        check_signed_request(office, maker.signed(person), maker.now)
