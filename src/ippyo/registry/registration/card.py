"""The card in a visit: a request that it signed, or that デジタル認証 attests, checked and accepted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase

from ippyo.canonical import fields, loads
from ippyo.identity.digital_auth import DigitalAuth, Journey
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.messages import REQUEST_LIMIT, SignedBinding, SignedRequest, TicketRequestText
from ippyo.registry.issuance.bindings import accept_binding
from ippyo.registry.issuance.checks import (
    CheckedRequest,
    VisitFacts,
    check_attested_request,
    check_signed_request,
    require_poll,
)
from ippyo.registry.registration import visits
from ippyo.registry.registration.models import Visit
from ippyo.registry.site.office import Office
from ippyo.registry.site.refusals import RegistryRefusedError

__all__ = ["accept_signed", "begin_journey", "bind", "end_journey", "read_journey_request"]


def accept_signed(office: Office, session: SessionBase, signed: SignedRequest, now: datetime) -> Visit:
    """Check and accept a request that the card signed; the same text again changes nothing.

    Raises :class:`RefusedError` with the first code of docs/registration.md §4 that applies.
    """
    visit = visits.current(session, now)
    if visits.accepted_text(visit) == signed.to_text():
        return visit
    facts = _require_request(office, visit, signed.request)
    checked = check_signed_request(office, signed, now, facts)
    return visits.accept(session, checked, now)


def bind(office: Office, session: SessionBase, signed: SignedBinding, now: datetime) -> None:
    """Keep which voter's card holds a user certificate, as both of its keys signed in this visit. Raises as above."""
    visit = visits.current(session, now)
    require_poll(office, signed.binding.poll)
    visits.require_nonce(visit, signed.binding.nonce, signed.binding.time)
    facts = visits.facts(visit, tuple(office.poll.ticket_keys))
    accept_binding(office, signed, now, facts)


def read_journey_request(body: bytes) -> TicketRequestText:
    """Decode ``{"request":R}``. Raises :class:`ParseError`."""
    what = "request for デジタル認証"
    return TicketRequestText.from_value(
        fields(loads(body, what=what, limit=REQUEST_LIMIT), what, "request").raw("request")
    )


def begin_journey(office: Office, session: SessionBase, request: TicketRequestText, now: datetime) -> str:
    """Send the voter to デジタル認証 with ``request``; return the address. Raises :class:`RefusedError`."""
    visit = visits.current(session, now)
    service = _service(office)
    _require_request(office, visit, request)
    if office.poll.manifest.policies.certificate == "signature":
        journey = service.begin_signature(request)
    elif len(office.config.issuers) == 1:
        journey = service.begin_login(request)
    else:
        # Further issuers cannot ask the service who this is, so a login would convince the desk only.
        raise RegistryRefusedError("digital-auth-failed", "a login serves polls with one issuer only")
    Visit.objects.filter(pk=visit.pk).update(journey=journey.to_text())
    return journey.location


def end_journey(office: Office, session: SessionBase, query: Mapping[str, str], now: datetime) -> Visit:
    """Take what the voter brought back from デジタル認証. A journey ends once, whatever its own way back brings.

    Raises :class:`RefusedError`: ``digital-auth-failed`` for a way back that is not this journey's, which goes on;
    ``digital-auth-refused`` where none is under way; and what the service, or the checks of the request, refuse.
    """
    visit = visits.current(session, now)
    if visit.journey and not Journey.from_text(visit.journey).is_way_back(query):
        # Anybody can send a browser to this address: a way back that is not this journey's does not end it.
        raise IdentityRefusedError("digital-auth-failed", "the state is not that of the journey under way")
    taken = visit.journey and Visit.objects.filter(pk=visit.pk, journey=visit.journey).update(journey="")
    if not taken:
        if visit.voter_id is not None:
            return visit
        raise IdentityRefusedError("digital-auth-refused", "no journey is under way")
    journey = Journey.from_text(visit.journey)
    checked = _bring_back(office, visit, journey, query, now)
    return visits.accept(session, checked, now)


def _bring_back(
    office: Office, visit: Visit, journey: Journey, query: Mapping[str, str], now: datetime
) -> CheckedRequest:
    facts = visits.facts(visit, tuple(office.poll.ticket_keys))
    if journey.kind == "signature":
        return check_signed_request(office, _service(office).finish_signature(journey, query), now, facts)
    attested, basic = _service(office).finish_login(journey, query)
    return check_attested_request(office, attested, basic, now, facts)


def _service(office: Office) -> DigitalAuth:
    if office.digital_auth is None or "digital-auth" not in office.poll.manifest.policies.channels:
        raise RegistryRefusedError("digital-auth-failed", "this poll does not use the service")
    return office.digital_auth


def _require_request(office: Office, visit: Visit, request: TicketRequestText) -> VisitFacts:
    """Check what the visit alone can tell of a request."""
    require_poll(office, request.poll)
    visits.require_nonce(visit, request.nonce, request.time)
    if visit.voter_id is not None:
        raise IdentityRefusedError("replayed-nonce", "another request was accepted in this visit")
    facts = visits.facts(visit, tuple(office.poll.ticket_keys))
    if tuple(entry.style for entry in request.styles) != facts.styles:
        raise RegistryRefusedError("bad-request", "its styles are not those asked for")
    return facts
