"""Polls with 利用者証明用: both certificates of a card must hold when they are bound, and the user's when it asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ippyo.errors import RefusedError
from ippyo.registry.issuance.bindings import accept_binding
from ippyo.registry.issuance.checks import check_signed_request
from ippyo.registry.issuance.models import BoundCertificate

pytestmark = pytest.mark.django_db


def revoke(maker: Any, contents: Any) -> None:
    """Let one certificate of a card be on the list that is imported now."""
    maker.jlis.revoke(contents.certificate, maker.now - timedelta(hours=2))
    maker.publish_crl()


@pytest.mark.parametrize("key", ["signature", "user"])
def test_a_card_of_which_one_certificate_is_revoked_is_not_bound(office_maker: Any, key: str) -> None:
    maker = office_maker(certificate="user")
    office, person = maker.office(), maker.person()
    revoke(maker, getattr(person.card, key))
    with pytest.raises(RefusedError, match="certificate-revoked"):
        accept_binding(office, maker.binding(person), maker.now)
    assert not BoundCertificate.objects.exists()


def test_a_bound_certificate_that_is_revoked_asks_for_nothing(office_maker: Any) -> None:
    maker = office_maker(certificate="user")
    office, person = maker.office(), maker.person()
    accept_binding(office, maker.binding(person), maker.now)
    signed = maker.signed(person, key="user")
    assert check_signed_request(office, signed, maker.now).voter == person.voter.pk
    revoke(maker, person.card.user)
    with pytest.raises(RefusedError, match="certificate-revoked"):
        check_signed_request(office, signed, maker.now)
