"""The JSON interface of the voter's way (docs/registration.md §3): decode, let the services act, answer.

``GET`` and ``DELETE`` of ``/api/visit`` tell a page that was away what is left, and end a visit at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from ippyo.canonical import b64, dumps, fields, loads
from ippyo.crypto import ed25519
from ippyo.errors import ParseError
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.messages import REQUEST_LIMIT, SignedBinding, SignedRequest, desk_word
from ippyo.registry.issuance.checks import CheckedRequest
from ippyo.registry.issuance.models import Issuance
from ippyo.registry.issuance.service import issue
from ippyo.registry.registration import card, passkey_step, visits
from ippyo.registry.registration.beginning import begin_visit
from ippyo.registry.registration.client_address import client_address, is_among
from ippyo.registry.registration.models import Visit
from ippyo.registry.registration.steps import FREE_WILL, TICKET, missing, steps_left
from ippyo.registry.site.api import api, read_body
from ippyo.registry.site.office import Office, office

__all__ = ["binding", "confirm", "digital_auth", "passkey", "passkey_options", "poll", "request", "ticket", "visit"]

SMALL_LIMIT = 1024
PASSKEY_LIMIT = 32 * 1024
CODE_LIMIT = 200

Answer = Mapping[str, object]


@api("GET")
def poll(http: HttpRequest) -> Answer:
    """Tell what every page may know of the poll."""
    here = office()
    policies = here.poll.manifest.policies
    return {
        "poll": here.poll.fingerprint,
        "manifest": here.poll.manifest.text,
        "genesis": here.poll.genesis.text,
        "trustees": here.poll.trustees.to_text(),
        "issuers": list(here.config.issuers),
        "channels": list(policies.channels),
        "certificate": policies.certificate,
        "second_factor": policies.second_factor,
    }


@api("GET", "POST", "DELETE")
def visit(http: HttpRequest) -> Answer:
    """Begin a visit, tell what is left of it, or end it."""
    here = office()
    if http.method == "DELETE":
        visits.end(http.session)
        return {"ended": True}
    if http.method == "GET":
        return _visit_answer(here, visits.current(http.session, here.clock()))
    code = _code(read_body(http, SMALL_LIMIT))
    policies, address = here.poll.manifest.policies, client_address(http.META)
    if is_among(address, here.config.kiosks):
        return _visit_answer(here, begin_visit(http.session, policies, code, None, here.clock()))
    return _visit_answer(here, begin_visit(http.session, policies, code, address, here.clock()))


@api("POST")
def request(http: HttpRequest) -> Answer:
    """Take a request that the card signed."""
    here = office()
    signed = SignedRequest.from_text(read_body(http, REQUEST_LIMIT))
    taken = card.accept_signed(here, http.session, signed, here.clock())
    return {"style": CheckedRequest.from_text(taken.checked).style, "steps": _steps(here, taken)}


@api("POST")
def digital_auth(http: HttpRequest) -> Answer:
    """Tell where デジタル認証 attests or signs the request; the voter comes back to ``/registration/back``."""
    here = office()
    wanted = card.read_journey_request(read_body(http, REQUEST_LIMIT))
    return {"location": card.begin_journey(here, http.session, wanted, here.clock())}


@api("POST")
def passkey_options(http: HttpRequest) -> Answer:
    """Tell the browser what to ask of the authenticator."""
    here = office()
    title = here.poll.manifest.title.ja
    ceremony, options = passkey_step.options(
        http.session, here.poll.manifest.policies, here.config.origin, title, here.clock()
    )
    return {"ceremony": ceremony, "publicKey": options}


@api("POST")
def passkey(http: HttpRequest) -> Answer:
    """Take the authenticator's answer (``PublicKeyCredential.toJSON()``)."""
    here = office()
    answer = _object(read_body(http, PASSKEY_LIMIT), "passkey", PASSKEY_LIMIT)
    taken = passkey_step.take(http.session, here.poll.manifest.policies, here.config.origin, answer, here.clock())
    return {"steps": _steps(here, taken)}


@api("POST")
def confirm(http: HttpRequest) -> Answer:
    """Take the voter's word that nobody else decides (自由意思の確認)."""
    here = office()
    what = "confirmation"
    free = fields(_object(read_body(http, SMALL_LIMIT), what, SMALL_LIMIT), what, "free_will").boolean("free_will")
    found = visits.current(http.session, here.clock())
    _require(here, found, FREE_WILL)
    if not free:
        raise IdentityRefusedError("not-confirmed")
    found.free_will = True
    visits.note(found, "free_will")
    return {"steps": _steps(here, found)}


@api("POST")
def ticket(http: HttpRequest) -> Answer:
    """Issue the desk's blind signature, and the desk's word for further issuers; the same again for the same visit."""
    here = office()
    found = visits.current(http.session, here.clock())
    _require(here, found, TICKET)
    if found.answer:
        return _object(found.answer.encode(), "answer", REQUEST_LIMIT)
    checked = CheckedRequest.from_text(found.checked)
    answer = issue(here, checked, found.code).to_value()
    if checked.kind == Issuance.Kind.SIGNED:
        word = desk_word(here.poll.fingerprint, checked.request)
        answer["desk"] = b64(ed25519.sign(here.keys.key, word))
    visits.empty(found, dumps(answer), bindings=here.poll.manifest.policies.certificate == "user")
    return answer


@api("POST")
def binding(http: HttpRequest) -> Answer:
    """Take a binding that both keys of the card signed."""
    here = office()
    card.bind(here, http.session, SignedBinding.from_text(read_body(http, REQUEST_LIMIT)), here.clock())
    return {"bound": True}


def _visit_answer(here: Office, found: Visit) -> Answer:
    facts = visits.facts(found, tuple(here.poll.ticket_keys))
    answer: dict[str, object] = {"nonce": b64(facts.nonce), "time": found.began, "styles": list(facts.styles)}
    if found.checked:
        checked = CheckedRequest.from_text(found.checked)
        answer["style"] = checked.style
        if checked.kind == Issuance.Kind.SIGNED:
            # Signed by way of デジタル認証 the page has not seen it yet, and further issuers want it.
            answer["signed_request"] = checked.request
    return answer | {"steps": _steps(here, found)}


def _steps(here: Office, found: Visit) -> list[str]:
    return steps_left(here.poll.manifest.policies, visits.progress(found))


def _require(here: Office, found: Visit, step: str) -> None:
    refusal = missing(here.poll.manifest.policies, visits.progress(found), step)
    if refusal is not None:
        raise IdentityRefusedError(refusal)


def _code(body: bytes) -> str | None:
    read = fields(_object(body, "visit", SMALL_LIMIT), "visit", optional=("code",))
    return read.text("code", limit=CODE_LIMIT) if "code" in read else None


def _object(body: bytes, what: str, limit: int) -> dict[str, Any]:
    value = loads(body, what=what, limit=limit)
    if not isinstance(value, dict):
        raise ParseError(what, "is not a JSON object")
    return value
