"""What a registration page may ask of the agent (docs/card-agent.md §2)."""

from __future__ import annotations

from ippyo.canonical import Fields, fields
from ippyo.errors import ParseError
from ippyo.identity.agent.desk import Desk
from ippyo.identity.agent.http import Answer, Request, json_answer
from ippyo.identity.agent.jobs import InfoJob
from ippyo.identity.agent.refusals import AgentRefusedError

__all__ = ["METHODS", "answer_page"]

METHODS = {
    "/api/agent": "GET",
    "/api/jobs": "POST",
    "/api/result": "POST",
    "/api/request": "POST",
    "/api/cancel": "POST",
}

TOKEN_LIMIT = 64


def answer_page(desk: Desk, own_origin: str, origin: str, request: Request) -> Answer:
    """Answer a page of an allowed ``origin``; the path is one of :data:`METHODS`."""
    match request.path:
        case "/api/agent":
            return json_answer({"agent": "ippyo-card-agent", "version": 1, "busy": desk.is_busy(), "kiosk": desk.kiosk})
        case "/api/jobs":
            work = desk.start(origin, request.json())
            window = None if isinstance(work.job, InfoJob) else f"{own_origin}/#{work.window_key}"
            return json_answer({"job": work.id, "token": work.token, "window": window}, 201)
        case "/api/result":
            read = _read(request)
            return json_answer(desk.result(origin, *_job(read)))
        case "/api/request":
            read = _read(request, "request")
            return json_answer(desk.hand_in(origin, *_job(read), read.raw("request")))
        case _:
            read = _read(request)
            return json_answer(desk.cancel(origin, *_job(read)))


def _read(request: Request, *more: str) -> Fields:
    try:
        return fields(request.json(), "request", "job", "token", *more)
    except ParseError:
        raise AgentRefusedError("malformed") from None


def _job(read: Fields) -> tuple[str, str]:
    try:
        return read.text("job", limit=TOKEN_LIMIT), read.text("token", limit=TOKEN_LIMIT)
    except ParseError:
        raise AgentRefusedError("malformed") from None
