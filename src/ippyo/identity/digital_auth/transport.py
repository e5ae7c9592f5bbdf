"""How this package speaks HTTP: no redirect, no proxy or password from the environment, a limit on time and size."""

from __future__ import annotations

import time
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from ippyo.identity.digital_auth.config import require_secure
from ippyo.identity.digital_auth.refusals import failed

__all__ = ["ANSWER_LIMIT", "LimitedAdapter", "get", "harden", "post_json", "require_answer"]

ANSWER_LIMIT = 64 * 1024
"""Bytes of the longest answer: a key set, a token or a result has a few thousand."""

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
TOTAL_SECONDS = 20.0
_CHUNK = 8192


class LimitedAdapter(HTTPAdapter):
    """Reads an answer whole, within :data:`ANSWER_LIMIT` bytes after decompression and ``seconds`` of time."""

    def __init__(self, seconds: float = TOTAL_SECONDS) -> None:
        super().__init__(max_retries=0)
        self._seconds = seconds

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """Send ``request``; our own limits stand in for those of the caller."""
        del stream, timeout
        deadline = time.monotonic() + self._seconds
        waits = (min(CONNECT_SECONDS, self._seconds), min(READ_SECONDS, self._seconds))
        response = super().send(request, stream=True, timeout=waits, verify=verify, cert=cert, proxies=proxies)
        try:
            return _whole(response, _body(response, deadline))
        except HTTPError:
            raise RequestException("broken off") from None
        finally:
            response.close()


def _body(response: Response, deadline: float) -> bytes:
    body = bytearray()
    # What has come is taken at once: to wait for a chunk to fill, drop by drop, could last for hours.
    while chunk := response.raw.read1(_CHUNK, decode_content=True):
        body += chunk
        if len(body) > ANSWER_LIMIT:
            raise RequestException("too long")
        if time.monotonic() > deadline:
            raise RequestException("too slow")
    return bytes(body)


def _whole(response: Response, body: bytes) -> Response:
    """Return the answer with its body in memory; a Response that was streamed cannot be read again."""
    whole = Response()
    whole.status_code = response.status_code
    whole.headers = response.headers
    whole.url = response.url
    whole.request = response.request
    whole.raw = BytesIO(body)
    return whole


def harden(session: Session, authority: Path | None, seconds: float = TOTAL_SECONDS) -> None:
    """Put this module's limits on ``session``; ``authority`` is a PEM file of the CAs to trust, None the system's."""
    # A .netrc or a proxy variable of whoever starts the registry must not add a password or a listener.
    session.trust_env = False
    session.verify = True if authority is None else str(authority)
    adapter = LimitedAdapter(seconds)
    session.mount("https://", adapter)
    session.mount("http://", adapter)


def get(session: Session, address: str, what: str) -> bytes:
    """Return the body of ``address``; ``what`` names it in the refusal ``digital-auth-failed``."""
    try:
        response = session.get(require_secure(address, what), allow_redirects=False)
    except RequestException:
        raise failed(f"no usable answer to the request for the {what}") from None
    return require_answer(response, what).content


def post_json(session: Session, address: str, body: Mapping[str, str], what: str) -> bytes:
    """Return the answer to the JSON ``body``, as :func:`get` does."""
    try:
        response = session.post(require_secure(address, what), json=dict(body), allow_redirects=False)
    except RequestException:
        raise failed(f"no usable answer to the request for the {what}") from None
    return require_answer(response, what).content


def require_answer(response: Response, what: str) -> Response:
    """Return the answer if its status is 200 or 201; refuses any other one as ``digital-auth-failed``."""
    if response.status_code not in {200, 201}:
        raise failed(f"the answer to the request for the {what} has the status {response.status_code}")
    return response
