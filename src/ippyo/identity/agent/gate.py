"""The WSGI application: who may ask, and who answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from ippyo.identity.agent import page_api, window_api
from ippyo.identity.agent.desk import Desk
from ippyo.identity.agent.http import SAFE_HEADERS, Answer, Request, refusal
from ippyo.identity.agent.refusals import AgentRefusedError
from ippyo.identity.agent.same_user import CAN_TELL, owner_of

__all__ = ["Gate"]


@dataclass(frozen=True, slots=True)
class Gate:
    """Answers for a :class:`Desk` at ``address`` (IP address and port of the loopback interface).

    ``origins`` are those of pages that may start jobs; ``user`` is the id of the user whose programs may connect.
    """

    desk: Desk
    address: tuple[str, int]
    origins: frozenset[str]
    user: int | None

    @property
    def host(self) -> str:
        """The only ``Host`` that is answered."""
        name, port = self.address
        return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"

    @property
    def own_origin(self) -> str:
        """The origin of the agent's window."""
        return f"http://{self.host}"

    def __call__(self, environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        request = Request.from_environ(environ)
        try:
            answer = self.answer(request)
        except Exception:
            # A bug: whatever it is, no card stays open after its PIN was shown.
            self.desk.close()
            raise
        headers = {**answer.headers, "Content-Length": str(len(answer.body))}
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(headers.items()))
        return [b"" if request.method == "HEAD" else answer.body]

    def answer(self, request: Request) -> Answer:
        """Return the answer to a request, a refusal included."""
        cors: dict[str, str] = {}
        try:
            self._admit(request)
            if request.path in page_api.METHODS:
                origin = self._page_origin(request)
                cors = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
                if request.method == "OPTIONS":
                    return _preflight(request, page_api.METHODS[request.path]).with_headers(cors)
                _require_method(request, page_api.METHODS[request.path])
                return page_api.answer_page(self.desk, self.own_origin, origin, request).with_headers(cors)
            if request.path in window_api.METHODS:
                if request.origin != self.own_origin:
                    raise AgentRefusedError("wrong-origin")
                _require_method(request, window_api.METHODS[request.path])
                return window_api.answer_window(self.desk, request)
            if request.path in window_api.FILES:
                # A page is opened, and its files are asked for, without Origin; no other page can read them.
                if request.origin not in {None, self.own_origin}:
                    raise AgentRefusedError("wrong-origin")
                _require_method(request, "GET")
                return window_api.file_answer(request.path, kiosk=self.desk.kiosk)
            raise AgentRefusedError("not-found" if request.origin in {None, self.own_origin} else "wrong-origin")
        except AgentRefusedError as error:
            return refusal(error).with_headers(cors)

    def _admit(self, request: Request) -> None:
        if request.host != self.host:
            raise AgentRefusedError("wrong-host")
        if CAN_TELL and self.user is not None:
            environ = request.environ
            client = environ.get("REMOTE_ADDR", ""), int(environ.get("REMOTE_PORT") or 0)
            if owner_of(client, self.address) != self.user:
                raise AgentRefusedError("wrong-user")

    def _page_origin(self, request: Request) -> str:
        if request.origin is None or request.origin not in self.origins:
            raise AgentRefusedError("wrong-origin")
        return request.origin


def _require_method(request: Request, method: str) -> None:
    if request.method != method:
        raise AgentRefusedError("wrong-method")


def _preflight(request: Request, method: str) -> Answer:
    """Allow an allowed page its JSON, and the way from the public network to this computer."""
    private = {"Access-Control-Allow-Private-Network": "true"} if request.preflight_private else {}
    allowed = {
        "Access-Control-Allow-Methods": method,
        "Access-Control-Allow-Headers": "Content-Type",
        "Access-Control-Max-Age": "600",
    }
    return Answer(204, {**SAFE_HEADERS, **allowed, **private})
