"""A witness over HTTP, as c2sp.org/tlog-witness has it: :class:`WitnessApp` serves one, :class:`HttpWitness` asks it.

POST /add-checkpoint       body: old size, consistency proof, checkpoint
    200 the cosignature lines        409 the old size is another one (which is the body)
    400 malformed    403 not signed by the log    404 a log that is not known    422 does not extend what was seen
    503 not followed so far yet, or nowhere to remember it
GET  /checkpoint           the last checkpoint that was cosigned
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from ippyo.errors import CheckFailedError, InputError, IppyoError, ParseError
from ippyo.ledger.checkpoint import SignedCheckpoint, WrongOriginError
from ippyo.ledger.engine import NotYetError
from ippyo.ledger.http.exchange import ExchangeError, exchange
from ippyo.ledger.notes import NoteSignature, NoteSignatureError
from ippyo.ledger.witness import (
    REQUEST_LIMIT,
    CheckpointWitness,
    InconsistentCheckpointError,
    WitnessConflictError,
    WitnessRequest,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["HttpWitness", "WitnessApp", "WitnessUnreachableError"]

SECONDS = 20.0
"""For one exchange as a whole."""
ANSWER_LIMIT = 64 * 1024
SIZE_MEDIA = "text/x.tlog.size"

_Answer = tuple[int, str, str]


class WitnessUnreachableError(IppyoError):
    """The witness does not answer as one."""


class WitnessApp:
    """The WSGI application in front of ``witness``; ``last`` returns the last checkpoint that it cosigned."""

    def __init__(self, witness: CheckpointWitness, last: Callable[[], SignedCheckpoint | None]) -> None:
        self._witness = witness
        self._last = last

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        code, text, media = self._answer(environ)
        body = text.encode()
        status = HTTPStatus(code)
        headers = [("Content-Type", media), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        start_response(f"{status.value} {status.phrase}", headers)
        return [body]

    def _answer(self, environ: WSGIEnvironment) -> _Answer:
        method, path = environ.get("REQUEST_METHOD", ""), environ.get("PATH_INFO", "")
        if path == "/checkpoint" and method == "GET":
            last = self._last()
            return (200, last.to_text(), _PLAIN) if last else (404, "nothing was cosigned yet\n", _PLAIN)
        if path != "/add-checkpoint":
            return 404, "there is nothing at this address\n", _PLAIN
        if method != "POST":
            return 405, "checkpoints are added with POST\n", _PLAIN
        try:
            lines = self._witness.add_checkpoint(WitnessRequest.from_text(_body(environ)))
        except WitnessConflictError as error:
            return 409, f"{error.size}\n", SIZE_MEDIA
        except IppyoError as error:
            return _status(error), f"{error}\n", _PLAIN
        return 200, "".join(f"{line.to_line()}\n" for line in lines), _PLAIN


_PLAIN = "text/plain; charset=utf-8"


def _status(error: IppyoError) -> int:
    match error:
        case WrongOriginError():
            return 404
        case NoteSignatureError():
            return 403
        case CheckFailedError():
            return 422
        case ParseError():
            return 400
        case _:
            return 503


def _body(environ: WSGIEnvironment) -> str:
    length = str(environ.get("CONTENT_LENGTH") or "")
    if not (length.isascii() and length.isdigit()) or len(length) > 9 or int(length) > REQUEST_LIMIT:
        raise ParseError("witness request", "does not say how long it is, or is too long")
    try:
        return bytes(environ["wsgi.input"].read(int(length))).decode("utf-8")
    except (UnicodeDecodeError, OSError):
        raise ParseError("witness request", "is not UTF-8 text") from None


class HttpWitness:
    """A :class:`~ippyo.ledger.witness.CheckpointWitness` at ``url``. Its lines count only after they are verified."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/") + "/add-checkpoint"

    def add_checkpoint(self, request: WitnessRequest) -> Sequence[NoteSignature]:
        """Ask for a cosignature.

        Raises :class:`WitnessConflictError`, :class:`NotYetError`, :class:`WitnessUnreachableError`, or
        :class:`InconsistentCheckpointError` for whatever else the witness refuses.
        """
        try:
            code, body = exchange("POST", self._url, SECONDS, request.to_text().encode(), limit=ANSWER_LIMIT)
            text = body.decode("utf-8")
        except (ExchangeError, UnicodeDecodeError):
            raise WitnessUnreachableError("the witness does not answer; it is asked again later") from None
        size = text.removesuffix("\n")
        if code == HTTPStatus.CONFLICT and size.isascii() and size.isdigit() and len(size) < 16:
            raise WitnessConflictError(int(size))
        if code == HTTPStatus.SERVICE_UNAVAILABLE:
            raise NotYetError("the witness has not followed so far yet; it is asked again later")
        if code != HTTPStatus.OK:
            raise InconsistentCheckpointError(f"the witness refuses the checkpoint, with HTTP {code}")
        try:
            return [NoteSignature.from_line(line) for line in text.splitlines()]
        except InputError:
            raise WitnessUnreachableError("the witness does not answer as one") from None
