"""Sending the record: whole, or from where a reader was cut off (``Range``, RFC 9110 §14)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from ippyo.booth.board.record_file import Copy
from ippyo.booth.board.turns import Turn, Turns
from ippyo.booth.gateway.views import asking
from ippyo.booth.site.api import API
from ippyo.booth.site.hall import hall
from ippyo.errors import RefusedError

__all__ = ["asked_range", "download"]

PIECE = 64 << 10
_turns = Turns(8)
"""Few beside the threads of the booth: most of them must be free for votes."""

_RANGE = re.compile(r"bytes=(?:([0-9]{1,15})-([0-9]{0,15})|-([0-9]{1,15}))")


@require_safe
def download(request: HttpRequest) -> HttpResponseBase:
    """Send the record as a ZIP file, as it stood a moment ago."""
    here = hall()
    turn = _turns.take()
    if turn is None:
        return API.error(request, "busy")
    try:
        copy = asking(here.record.opened)
    except RefusedError as error:
        _turns.give_back(turn)
        return API.error(request, error.code)
    except BaseException:
        _turns.give_back(turn)
        raise
    tag = f'"{copy.tag}"'
    # The rest of another file would be of no use.
    is_same = request.headers.get("If-Range", tag) == tag
    part = asked_range(request.headers.get("Range", "") if is_same else "", copy.length)
    if not part:
        _Sending(copy, turn, part).close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{copy.length}"})
    answer = StreamingHttpResponse(_Sending(copy, turn, part), content_type="application/zip")
    if len(part) < copy.length:
        answer.status_code = 206
        answer.headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{copy.length}"
    answer.headers["Content-Length"] = str(len(part))
    answer.headers["Content-Disposition"] = f'attachment; filename="ippyo-{here.poll.manifest.id}.zip"'
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["ETag"] = tag
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def asked_range(header: str, length: int) -> range:
    """Return which of ``length`` bytes the header ``Range`` asks for: all where it is absent or not understood.

    Empty: none of what is asked for is there.
    """
    found = _RANGE.fullmatch(header)
    if found is None:
        return range(length)
    first, last, suffix = found.groups()
    if suffix is not None:
        return range(max(0, length - int(suffix)), length)
    if last and int(last) < int(first):
        return range(length)
    return range(int(first), min(length, int(last) + 1) if last else length)


class _Sending:
    """The bytes of an answer; the turn is over when they are sent, or when the reader goes away."""

    def __init__(self, copy: Copy, turn: Turn, part: range) -> None:
        self._copy = copy
        self._turn = turn
        self._part = part

    def __iter__(self) -> Iterator[bytes]:
        try:
            self._copy.file.seek(self._part.start)
            while left := len(self._part) - self._turn.sent:
                if self._turn.lost:
                    # The word by which cheroot hangs up without more ado.
                    raise TimeoutError("timed out")
                piece = self._copy.file.read(min(PIECE, left))
                yield piece
                self._turn.sent += len(piece)
        finally:
            self.close()

    def close(self) -> None:
        """Give the turn back."""
        self._copy.file.close()
        _turns.give_back(self._turn)
