"""The booth's interface (docs/booth.md §4). No cookies, no session: a credential is all there is."""

from __future__ import annotations

import base64
from collections.abc import Callable
from time import time_ns
from typing import TypeVar

from django.http import HttpRequest, HttpResponse

from ippyo.booth.gateway.coins import proved_coin
from ippyo.booth.gateway.outbox import Item, ItemState
from ippyo.booth.site.api import API
from ippyo.booth.site.hall import Hall, hall
from ippyo.canonical import b64
from ippyo.contract.transactions import TRANSACTION_LIMIT
from ippyo.errors import CheckFailedError, IppyoError, ParseError, RefusedError
from ippyo.sites.answers import read_body

__all__ = ["asking", "clock", "coin", "hand_in", "poll", "transaction"]

T = TypeVar("T")

DIGEST_LENGTH = 32


def asking(question: Callable[[], T]) -> T:
    """Return the ledger's answer to ``question``. Raises ``ledger-unavailable`` when there is none that can be used."""
    try:
        return question()
    except RefusedError:
        raise
    except IppyoError:
        raise RefusedError("ledger-unavailable") from None


@API.view("GET", "HEAD")
def poll(_: HttpRequest) -> dict[str, object]:
    """Return the poll's texts, which the page checks against the fingerprint it was told elsewhere."""
    here = hall()
    return {
        "poll": here.poll.fingerprint,
        "manifest": here.poll.manifest.to_text(),
        "genesis": here.poll.genesis.to_text(),
        "trustees": here.poll.trustees.to_text(),
        "registry": here.config.registry,
        "checker": here.config.checker,
        "places": [place.to_value() for place in here.config.places],
    }


@API.view("GET", "HEAD")
def clock(_: HttpRequest) -> dict[str, object]:
    """Return the booth's time and the ledger's: the time of the block decides whether a vote is in time."""
    here = hall()
    manifest = here.poll.manifest
    tip = here.index.tip()
    return {
        "now": time_ns() // 1_000_000,
        "block": tip.time,
        "opens": manifest.opens,
        "closes": manifest.closes,
        "phase": tip.phase,
    }


@API.view("GET", "HEAD")
def coin(_: HttpRequest, credential: str) -> dict[str, object]:
    """Return the coin of a credential with its whole proof, and the ticket by which it was first used."""
    here = hall()
    try:
        here.poll.group.decode_key(credential, what="credential")
    except ParseError:
        raise RefusedError("malformed") from None
    answer = asking(lambda: proved_coin(here.ledger, credential))
    ticket = None if answer["coin"] is None else _ticket(here, credential)
    return {**answer, "ticket": ticket}


def _ticket(here: Hall, credential: str) -> str | None:
    """Return the canonical text of the ticket; the index may be a moment behind the ledger."""
    ticket = here.index.ticket(credential)
    if ticket is None and here.follower.catch_up():
        ticket = here.index.ticket(credential)
    return None if ticket is None else ticket.to_text()


def hand_in(request: HttpRequest) -> HttpResponse:
    """Keep a cast, spoil or surrender in the outbox; 202 once it is on the disk."""
    answer = _hand_in(request)
    if answer.status_code == 200:
        answer.status_code = 202
    return answer


@API.view("POST")
def _hand_in(request: HttpRequest) -> dict[str, object]:
    here = hall()
    admitted = here.entrance.admit(read_body(request, TRANSACTION_LIMIT))
    return {"id": _name(admitted.digest), "state": _shown(here.outbox.put(admitted))}


@API.view("GET", "HEAD")
def transaction(_: HttpRequest, name: str) -> dict[str, object]:
    """Return what became of a text, and its receipt once there is one."""
    here = hall()
    digest = _digest(name)
    item = here.outbox.find(digest) or _on_ledger(here, digest)
    if item is None:
        raise RefusedError("not-found")
    answer: dict[str, object] = {"state": _shown(item)}
    if item.code is not None:
        return answer | {"code": item.code, "message": API.refusal_of(item.code).message.to_value()}
    receipt = None if item.index is None else _receipt(here, digest, item.index)
    return answer if receipt is None else answer | {"receipt": receipt}


def _on_ledger(here: Hall, digest: bytes) -> Item | None:
    """Look for a text that this outbox does not know (any more): it may have come by another booth, or long ago."""
    index = asking(lambda: here.ledger.find(b64(digest)))
    return None if index is None else Item(digest, ItemState.DONE, index)


def _receipt(here: Hall, digest: bytes, index: int) -> str | None:
    try:
        return here.receipts.of(digest, index)
    except CheckFailedError:
        # A false receipt is worse than none.
        return None


def _shown(item: Item) -> str:
    return "accepted" if item.state is ItemState.DONE else item.state.value


def _name(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def _digest(name: str) -> bytes:
    """Decode what :func:`_name` wrote; anything else names nothing."""
    try:
        digest = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4))
    except ValueError:
        raise RefusedError("not-found") from None
    if len(digest) != DIGEST_LENGTH or _name(digest) != name:
        raise RefusedError("not-found")
    return digest
