"""The checker's own little site: the page, and the file to save. Nothing else, and nothing is asked or kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ippyo.booth.checker.document import FILE_NAME, CheckerFile, checker_file, served_page
from ippyo.contract.poll import Poll

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["CheckerSite"]

_HEADERS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Content-Security-Policy", "frame-ancestors 'none'"),
    ("Permissions-Policy", "camera=(self), geolocation=(), microphone=()"),
    ("Cache-Control", "no-cache"),
]


class CheckerSite:
    """A WSGI application. ``/`` is the checker, ``/ippyo-checker.html`` the file."""

    def __init__(self, poll: Poll) -> None:
        self.file: CheckerFile = checker_file(poll)
        self._page = served_page(poll, self.file)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = str(environ.get("PATH_INFO", ""))
        method = str(environ.get("REQUEST_METHOD", ""))
        status, body, more = "200 OK", b"", [("Content-Type", "text/html; charset=utf-8")]
        if method not in {"GET", "HEAD"}:
            status, more = "405 Method Not Allowed", [("Allow", "GET, HEAD")]
        elif path == "/":
            body = self._page
        elif path == f"/{FILE_NAME}":
            body = self.file.content
            more.append(("Content-Disposition", f'attachment; filename="{FILE_NAME}"'))
        else:
            status, more = "404 Not Found", []
        start_response(status, [*more, *_HEADERS, ("Content-Length", str(len(body)))])
        return [b"" if method == "HEAD" else body]
