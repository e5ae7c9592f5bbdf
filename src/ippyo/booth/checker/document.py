"""The checker's HTML, complete: texts of the poll, modules, styles, words. It may load and send nothing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from html import escape
from importlib import resources
from string import Template

from ippyo.booth.checker.modules import ENTRY, import_map
from ippyo.booth.voting.words import catalogue
from ippyo.contract.poll import Poll
from ippyo.web_files import static_folders
from ippyo.web_modules import integrity_of

__all__ = ["FILE_NAME", "CheckerFile", "checker_file", "served_page"]

FILE_NAME = "ippyo-checker.html"
_WORDS = ("checker.", "skip.", "blank.", "no-mark", "chosen-none", "dismiss", "code.picture")
_START = f'import "ippyo:{ENTRY}";'


@dataclass(frozen=True, slots=True)
class CheckerFile:
    """The file to save, and its SHA-256 in hexadecimal, to compare with what the officials announce."""

    content: bytes
    sha256: str


def checker_file(poll: Poll) -> CheckerFile:
    """Return the checker of one poll as a file that works without a network. The same poll makes the same bytes."""
    content = _document(poll, "").encode()
    return CheckerFile(content, hashlib.sha256(content).hexdigest())


def served_page(poll: Poll, file: CheckerFile) -> bytes:
    """Return the same checker as a page, with a link to the file and its SHA-256."""
    offer = (
        f'<p><a class="button secondary" href="/{FILE_NAME}" download data-word="checker.download"></a></p>'
        f'<p class="hash"><span data-word="checker.hash"></span> <code>{file.sha256}</code></p>'
    )
    return _document(poll, offer).encode()


def _document(poll: Poll, offer: str) -> str:
    modules = _json(import_map())
    style = "\n".join(_styles())
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_source(modules)} {_source(_START)} data:",
            f"style-src {_source(style)}",
            "img-src data: blob:",
            "media-src blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    texts = {
        "fingerprint": poll.fingerprint,
        "manifest": poll.manifest.to_text(),
        "genesis": poll.genesis.to_text(),
        "trustees": poll.trustees.to_text(),
    }
    words = {key: value for key, value in catalogue().items() if key.startswith(_WORDS)}
    page = resources.files("ippyo.booth.checker").joinpath("checker.html").read_text(encoding="utf-8")
    return Template(page).substitute(
        policy=escape(policy),
        style=style,
        modules=modules,
        start=_START,
        poll=_json(texts),
        words=_json(words),
        fingerprint=poll.fingerprint,
        offer=offer,
    )


def _styles() -> list[str]:
    look = dict(static_folders())["web/look"]
    booth = resources.files("ippyo.booth.voting").joinpath("static", "booth", "booth.css")
    return [
        *((look / name).read_text(encoding="utf-8") for name in ("tokens.css", "civic.css")),
        booth.read_text(encoding="utf-8"),
    ]


def _json(value: object) -> str:
    """Return JSON that may stand inside a script element: no character of it can end the element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c").replace("\u2028", "\\u2028")


def _source(text: str) -> str:
    return f"'{integrity_of(text.encode())}'"
