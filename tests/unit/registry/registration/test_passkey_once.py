"""A passkey's challenge serves once, whatever the answer: a second answer to it is none."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore

from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.simulated.passkey import SoftPasskey
from ippyo.registry.issuance.checks import check_signed_request
from ippyo.registry.registration import passkey_step, visits
from ippyo.registry.registration.models import Passkey

pytestmark = pytest.mark.django_db

ORIGIN = "http://localhost:8001"


@pytest.fixture
def asked(office_maker: Any) -> Any:
    """Return ``ask()`` and ``take(answer)`` of a visit in which the card has been shown."""
    maker = office_maker(second_factor="passkey")
    office = maker.office()
    policies, session = office.poll.manifest.policies, SessionStore()
    visits.begin(session, None, maker.now)
    visits.accept(session, check_signed_request(office, maker.signed(maker.person()), maker.now), maker.now)
    return (
        lambda: passkey_step.options(session, policies, ORIGIN, "poll", maker.now)[1],
        lambda answer: passkey_step.take(session, policies, ORIGIN, answer, maker.now),
    )


def test_the_right_answer_after_a_wrong_one_comes_too_late(asked: Any) -> None:
    ask, take = asked
    passkey, options = SoftPasskey(ORIGIN), ask()
    answer = passkey.create(options)
    with pytest.raises(IdentityRefusedError, match="bad-passkey"):
        take(SoftPasskey("http://elsewhere.example").create(options))
    with pytest.raises(IdentityRefusedError, match="no challenge is waiting"):
        take(answer)
    assert not Passkey.objects.exists()
    assert take(passkey.create(ask())).passkey_done


def test_a_new_challenge_ends_the_one_before(asked: Any) -> None:
    ask, take = asked
    passkey = SoftPasskey(ORIGIN)
    old = passkey.create(ask())
    ask()
    with pytest.raises(IdentityRefusedError, match="bad-passkey"):
        take(old)
    assert not Passkey.objects.exists()
