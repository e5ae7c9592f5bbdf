"""A page's program as somebody else gets it, compared with the one of this installation."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

from ippyo.sites.program import Program
from ippyo.web_modules import integrity_of

__all__ = ["Get", "differences"]

Get = Callable[[str], bytes]
"""Returns what a site gives for a path; raises :class:`InputError` where it does not answer."""

_DATA = "application/json"
_STRANGERS = frozenset({"base", "embed", "frame", "iframe", "noembed", "noframes", "object", "style", "xmp"})
"""Elements that bring in other programs, or other addresses for ours, or in whose text a browser may find elements that
are none to this parser (inside SVG); the page has none of them."""


class _Page(HTMLParser):
    """What of a page may run: each script as ``(type, id, address or text)``, and whatever else could be a program.

    What a browser may read otherwise than this parser does is told as strange, too: our pages have nothing of that.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: list[tuple[str, str, str]] = []
        self.strangers: list[str] = []
        self._open = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element."""
        # As in a browser, the first of two of the same name holds.
        given = {name: (value or "").strip() for name, value in reversed(attrs)}
        acts = any(name.startswith("on") or value.lower().startswith("javascript:") for name, value in given.items())
        if tag in _STRANGERS or acts:
            self.strangers.append(f"<{tag}>")
        self._open = tag == "script"
        if self._open:
            self.scripts.append((given.get("type", ""), given.get("id", ""), given.get("src", "")))

    def handle_endtag(self, tag: str) -> None:
        """End it."""
        self._open = False

    def handle_data(self, data: str) -> None:
        """Take a script's text."""
        if self._open:
            kind, name, text = self.scripts[-1]
            self.scripts[-1] = kind, name, text + data

    def handle_comment(self, data: str) -> None:
        """Look at a comment, which may end earlier in a browser."""
        self.strangers.append("<!-->")

    def unknown_decl(self, data: str) -> None:
        """Look at a CDATA section, likewise."""
        self.handle_comment(data)

    def handle_pi(self, data: str) -> None:
        """Look at a processing instruction, likewise."""
        self.handle_comment(data)


def differences(program: Program, page: str, get: Get) -> list[str]:
    """Return what is not ``program``'s in what ``get`` gives for the path ``page``: its elements, or modules.

    An empty list says that whoever got this page got this program. Others may get another one.
    """
    seen = _Page(get(page).decode("utf-8", "replace"))
    ours = {
        ("importmap", ""): program.import_map,
        ("module", ""): program.entry,
        (_DATA, "worker"): program.worker_list,
    }
    wrong = seen.strangers
    for kind, name, text in seen.scripts:
        # Data with an element in it could be its end to a browser, and the element a program.
        if (kind, name) in ours or kind != _DATA or "<" in text:
            wrong += [] if ours.pop((kind, name), None) == text else [f"<script type={kind}>"]
    wrong += [f"<script type={kind}>" for kind, _ in ours]
    return wrong + [path for path, integrity in program.modules.items() if integrity_of(get(path)) != integrity]
