"""One HTTP exchange with an OCSP responder, bounded in time and size."""

from __future__ import annotations

import time
from dataclasses import dataclass

import requests
from urllib3.exceptions import HTTPError

from ippyo.identity.errors import IdentityRefusedError

__all__ = ["ANSWER_LIMIT", "HttpPost"]

ANSWER_LIMIT = 64 * 1024
_CHUNK = 8192


@dataclass(frozen=True, slots=True)
class HttpPost:
    """Sends a request to ``url`` and returns the answer; all of it takes ``seconds`` at most, roughly.

    No redirects, no proxies or passwords of this machine, no compression that unpacks to more than was sent.
    """

    url: str
    seconds: float = 5.0

    def __call__(self, request: bytes) -> bytes:
        """Return the answer's body. Raises :class:`IdentityRefusedError` (``revocation-unavailable``)."""
        deadline = time.monotonic() + self.seconds
        headers = {
            "Content-Type": "application/ocsp-request",
            "Accept": "application/ocsp-response",
            "Accept-Encoding": "identity",
        }
        try:
            with requests.Session() as session:
                session.trust_env = False
                with session.post(
                    self.url, data=request, headers=headers, timeout=self.seconds, allow_redirects=False, stream=True
                ) as answer:
                    return _body(answer, deadline)
        except (requests.RequestException, HTTPError, OSError):
            raise IdentityRefusedError("revocation-unavailable", "the responder cannot be reached in time") from None


def _body(answer: requests.Response, deadline: float) -> bytes:
    if answer.status_code != requests.codes.ok or answer.headers.get("Content-Type") != "application/ocsp-response":
        raise IdentityRefusedError("revocation-unavailable", "the responder does not answer as one")
    body = bytearray()
    while chunk := answer.raw.read1(min(_CHUNK, ANSWER_LIMIT + 1 - len(body))):
        body += chunk
        if len(body) > ANSWER_LIMIT or time.monotonic() > deadline:
            raise IdentityRefusedError("revocation-unavailable", "the responder's answer is too long or too slow")
    return bytes(body)
