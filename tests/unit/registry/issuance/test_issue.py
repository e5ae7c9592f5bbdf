"""Issuing: who passes every check gets one ticket, and the same answer to the same request."""

from __future__ import annotations

import pytest

from ippyo.registry.issuance.checks import check_signed_request
from ippyo.registry.issuance.models import Issuance
from ippyo.registry.issuance.service import issue

pytestmark = pytest.mark.django_db


def test_a_ticket_of_both_issuers_is_good(office_maker):
    maker = office_maker()
    person = maker.person()
    signed = maker.signed(person)
    answers = []
    for issuer in (1, 2):
        office = maker.office(issuer)
        checked = check_signed_request(office, signed, maker.now)
        answers.append(issue(office, checked).blind_signature)
        # Each issuer has a database of its own.
        Issuance.objects.all().delete()
    assert maker.ticket(person, answers)
    assert len(maker.ledger.sent) == 2
