"""デジタル認証: the redirect and the way back, which the visit outlives, and what is said when it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from ippyo.identity.digital_auth import ClientKey, DigitalAuth, DigitalAuthConfig, transport
from ippyo.identity.simulated.digital_auth import (
    RegisteredClient,
    SimulatedDigitalAuth,
    press_button,
    serve_digital_auth,
)
from ippyo.registry.issuance.models import Issuance
from ippyo.registry.registration.models import Visit

pytestmark = pytest.mark.django_db

OpenDesk = Callable[..., Any]
Refusal = Callable[[Any], tuple[str, int]]

BACK = "https://desk.example/registration/back"
BOTH = ("card-reader", "digital-auth")


@pytest.fixture
def digital_desk(
    registration_desk: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """Return ``digital_desk(**policies)``, a desk that the simulated service knows, and the people it knows."""
    for name in ("CONNECT_SECONDS", "READ_SECONDS"):
        # No answer is late because this computer is busy.
        monkeypatch.setattr(transport, name, 60.0)
    with ExitStack() as stack:

        def open_desk(certificate: str, issuers: int = 1, **of: Any) -> tuple[Any, dict[str, Any]]:
            origins = ("http://localhost:8001", "http://localhost:8002")[:issuers]
            desk = registration_desk(
                certificate=certificate, channels=BOTH, config={"issuers": origins}, office={"digital_auth": None}, **of
            )
            people: dict[str, Any] = {}
            key = ClientKey.of(ec.generate_private_key(ec.SECP256R1()))
            client = RegisteredClient("desk", (BACK,), key.public_jwk())

            def seconds() -> float:
                return float(desk.maker.clock().timestamp())

            service = stack.enter_context(
                serve_digital_auth(lambda origin: SimulatedDigitalAuth(origin, people, (client,), seconds))
            )
            config = DigitalAuthConfig.at(service.issuer, client_id="desk", redirect_uri=BACK, client_key=key)
            object.__setattr__(desk.office, "digital_auth", DigitalAuth(config, seconds, 60))
            return desk, people

        yield open_desk


def leave(desk: Any, person: Any, visit: dict[str, Any]) -> str:
    """Send the voter to the service and return its address."""
    answer = desk.post("digital-auth", {"request": desk.text(person, visit).to_value()})
    assert answer.status_code == 200, answer.content
    return str(answer.json()["location"])


def come_back(desk: Any, address: str) -> str:
    """Follow the way back, and return where it leads."""
    answer = desk.client.get(f"/registration/back?{urlsplit(address).query}")
    assert answer.status_code == 302
    return str(answer["Location"])


@pytest.mark.parametrize(("certificate", "issuers"), [("signature", 2), ("user", 1)])
def test_the_way_there_and_back(digital_desk: OpenDesk, certificate: str, issuers: int) -> None:
    desk, people = digital_desk(certificate, issuers, second_factor="registration-code")
    person = desk.maker.person()
    people["hanako"] = person.card
    visit = desk.begin(desk.code(person))
    back = press_button(leave(desk, person, visit), "hanako")
    assert come_back(desk, back) == "/registration/?back=returned"
    after = desk.get("visit").json()
    assert (after["style"], after["steps"]) == ("all", ["free-will", "ticket"])
    # What the card signed goes to further issuers; an ID token convinces nobody but the desk, and stays here.
    assert ("signed_request" in after) == (certificate == "signature")
    # Reloading the way back changes nothing.
    assert come_back(desk, back) == "/registration/?back=returned"
    desk.confirm()
    assert desk.ticket().json()["issuer"] == 1
    assert Issuance.objects.get().kind == ("signed" if certificate == "signature" else "attested")


@pytest.mark.parametrize("decision", ["refuse", "time-out"])
def test_the_voter_says_no_and_tries_again(vendor: None, digital_desk: OpenDesk, decision: str) -> None:
    desk, people = digital_desk("signature")
    person = desk.maker.person()
    people["hanako"] = person.card
    visit = desk.begin()
    back = press_button(leave(desk, person, visit), "hanako", decision)
    assert come_back(desk, back) == "/registration/?back=digital-auth-refused"
    page = desk.client.get("/registration/?back=digital-auth-refused").content.decode()
    assert "もう一度デジタル認証を始めるか" in page
    assert come_back(desk, press_button(leave(desk, person, visit), "hanako")) == "/registration/?back=returned"


def test_another_persons_card(digital_desk: OpenDesk) -> None:
    desk, people = digital_desk("signature", second_factor="registration-code")
    owner, other = desk.maker.person(), desk.maker.person()
    people["other"] = other.card
    visit = desk.begin(desk.code(owner))
    assert come_back(desk, press_button(leave(desk, owner, visit), "other")) == "/registration/?back=not-on-roll"
    assert Visit.objects.get().voter is None


@pytest.mark.parametrize(
    "query", ["", "code=x&state=y", "state=a&state=b", "error=access_denied", "%ff=1", "code=" + "x" * 9000]
)
def test_a_way_back_that_is_not_of_this_journey(digital_desk: OpenDesk, query: str) -> None:
    desk, people = digital_desk("signature")
    person = desk.maker.person()
    people["hanako"] = person.card
    leave(desk, person, desk.begin())
    assert come_back(desk, f"{BACK}?{query}") == "/registration/?back=digital-auth-failed"


def test_a_strange_way_back_does_not_end_the_journey(digital_desk: OpenDesk) -> None:
    desk, people = digital_desk("signature")
    person = desk.maker.person()
    people["hanako"] = person.card
    back = press_button(leave(desk, person, desk.begin()), "hanako")
    # Any page can send the voter's browser here, but does not know the state.
    assert come_back(desk, f"{BACK}?error=access_denied&state=y") == "/registration/?back=digital-auth-failed"
    assert come_back(desk, back) == "/registration/?back=returned"


def test_coming_back_without_a_journey_or_a_visit(digital_desk: OpenDesk) -> None:
    desk, _ = digital_desk("signature")
    assert come_back(desk, f"{BACK}?code=x") == "/registration/?back=no-visit"
    desk.begin()
    assert come_back(desk, f"{BACK}?code=x") == "/registration/?back=digital-auth-refused"


def test_coming_back_too_late(digital_desk: OpenDesk) -> None:
    desk, people = digital_desk("signature")
    person = desk.maker.person()
    people["hanako"] = person.card
    back = press_button(leave(desk, person, desk.begin()), "hanako")
    desk.maker.clock.move(timedelta(minutes=31))
    assert come_back(desk, back) == "/registration/?back=no-visit"


def test_a_login_convinces_one_issuer_only(digital_desk: OpenDesk, refusal: Refusal) -> None:
    desk, _ = digital_desk("user", issuers=2)
    person = desk.maker.person()
    request = desk.text(person, desk.begin())
    assert refusal(desk.post("digital-auth", {"request": request.to_value()})) == ("digital-auth-failed", 503)


def test_the_request_is_held_to_the_visit_before_leaving(digital_desk: OpenDesk, refusal: Refusal) -> None:
    desk, _ = digital_desk("signature")
    person = desk.maker.person()
    visit = desk.begin()
    wrong: list[tuple[dict[str, Any], tuple[str, int]]] = [
        ({"nonce": bytes(32)}, ("unknown-nonce", 403)),
        ({"styles": ["all"]}, ("bad-request", 400)),
    ]
    for change, expected in wrong:
        request = desk.text(person, visit, **change)
        assert refusal(desk.post("digital-auth", {"request": request.to_value()})) == expected
    other = replace(desk.text(person, visit), poll="A" * 43)
    assert refusal(desk.post("digital-auth", {"request": other.to_value()})) == ("wrong-poll", 400)


def test_a_poll_without_the_channel(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk(channels=("card-reader",))
    request = desk.text(desk.maker.person(), desk.begin())
    assert refusal(desk.post("digital-auth", {"request": request.to_value()})) == ("digital-auth-failed", 503)
