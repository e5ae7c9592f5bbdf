"""What happens once in a visit: one request is accepted, and a journey to デジタル認証 ends, whatever races."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore

from ippyo.errors import RefusedError
from ippyo.identity.digital_auth import Journey
from ippyo.identity.errors import IdentityRefusedError
from ippyo.registry.issuance.checks import check_signed_request
from ippyo.registry.registration import card, visits
from ippyo.registry.registration.models import Visit

pytestmark = pytest.mark.django_db

STATE = "s" * 43


def begun(maker: Any) -> tuple[Any, Any]:
    """Return a session with a visit, and the visit."""
    session = SessionStore()
    return session, visits.begin(session, None, maker.now)


def test_two_requests_that_were_checked_at_once(office_maker: Any) -> None:
    maker = office_maker()
    office, person = maker.office(), maker.person()
    session, _ = begun(maker)
    first, second = (check_signed_request(office, maker.signed(person), maker.now) for _ in range(2))
    taken = visits.accept(session, first, maker.now)
    with pytest.raises(IdentityRefusedError, match="replayed-nonce"):
        visits.accept(session, second, maker.now)
    assert visits.accept(session, first, maker.now).checked == taken.checked
    assert Visit.objects.get().checked == first.to_text()


class Service:
    """Stands for the service; ``answers`` are what the ways back lead to, one after the other."""

    def __init__(self, answers: list[Any]) -> None:
        self.answers = answers

    def begin_signature(self, request: Any) -> Journey:
        return Journey("signature", "https://service.example/", STATE, "v" * 64, "1", 0, request)

    def finish_signature(self, journey: Journey, query: Any) -> Any:
        # Whoever comes back a second time, while the service is asked, finds no journey.
        assert Visit.objects.get().journey == ""
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_a_journey_that_ended_badly_is_over(office_maker: Any) -> None:
    maker = office_maker(channels=("card-reader", "digital-auth"))
    service = Service([IdentityRefusedError("digital-auth-refused", "the voter refused")])
    office, person = maker.office(digital_auth=service), maker.person()
    session, visit = begun(maker)
    styles = list(office.poll.ticket_keys)
    request = maker.request_text(person, nonce=bytes(visit.nonce), time=visit.began, styles=styles)
    back = {"state": STATE, "code": "x"}
    card.begin_journey(office, session, request, maker.now)
    with pytest.raises(RefusedError, match="the voter refused"):
        card.end_journey(office, session, back, maker.now)
    service.answers.append(maker.signed(person, request))
    with pytest.raises(RefusedError, match="no journey is under way"):
        card.end_journey(office, session, back, maker.now)
    assert Visit.objects.get().voter_id is None
    # Another one may begin.
    card.begin_journey(office, session, request, maker.now)
    assert card.end_journey(office, session, back, maker.now).voter_id == person.voter.pk
