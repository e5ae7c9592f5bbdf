"""How the rules of a manifest are written: each class lists every problem it has, and refuses to exist with one.

A problem names the place it was found (``path``), so that the TOML reader can point at a line. Nothing here asks the
Unicode database: a manifest is decoded by every node, and nodes may run different versions of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ippyo.errors import ParseError

__all__ = [
    "LINE_LIMIT",
    "PROSE_LIMIT",
    "Path",
    "Problem",
    "RuleError",
    "identifier",
    "line",
    "one_of",
    "prose",
    "refuse",
    "shown",
    "unique",
    "whole",
]

Path = tuple[str | int, ...]
"""Where in a value: field names and 0-based positions, outermost first."""

LINE_LIMIT = 300
"""Characters in a title, a name or any other text that stands on one line."""

PROSE_LIMIT = 20_000
"""Characters in a description or a statement."""

_IDENTIFIER = re.compile(r"[a-z][a-z0-9-]{0,39}")

# Control characters, line separators, bidirectional overrides (which make a name read as another one), the byte order
# mark and lone surrogates. The newline is allowed in prose and looked for apart in lines.
_FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")

_EDGES = " \u3000\n"


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule: ``text`` completes the sentence "PATH …"."""

    path: Path
    text: str

    def under(self, *prefix: str | int) -> Problem:
        """Return the same problem seen from the value that holds this one."""
        return Problem((*prefix, *self.path), self.text)

    def __str__(self) -> str:
        place = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return f"{place.removeprefix('.')} {self.text}" if place else self.text


class RuleError(ParseError):
    """A value breaks rules; ``problems`` holds all of them, the sentence tells the first."""

    def __init__(self, what: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(what, str(problems[0]))
        self.problems = problems


def refuse(what: str, problems: Iterable[Problem]) -> None:
    """Raise :class:`RuleError` about ``what`` unless there are no ``problems``."""
    found = tuple(problems)
    if found:
        raise RuleError(what, found)


def shown(text: str) -> str:
    """Return ``text`` quoted and cut to a length fit for a sentence."""
    return repr(text if len(text) <= 40 else f"{text[:40]}…")


def identifier(field: str | int, text: str) -> Iterator[Problem]:
    """Ids are 1 to 40 of ``a-z 0-9 -``, first a letter (protocol §3)."""
    if not _IDENTIFIER.fullmatch(text):
        yield Problem((field,), f"{shown(text)} is not an id: 1 to 40 of a-z, 0-9 and '-', first a letter")


def line(field: str | int, text: str) -> Iterator[Problem]:
    """Check a text for one line: not empty, nothing invisible, at most :data:`LINE_LIMIT` characters."""
    if "\n" in text:
        yield Problem((field,), "must stand on one line")
    yield from _text(field, text, LINE_LIMIT)


def prose(field: str | int, text: str) -> Iterator[Problem]:
    """Check a text that may run over several lines, at most :data:`PROSE_LIMIT` characters."""
    yield from _text(field, text, PROSE_LIMIT)


def _text(field: str | int, text: str, limit: int) -> Iterator[Problem]:
    if not text:
        yield Problem((field,), "is empty")
    if len(text) > limit:
        yield Problem((field,), f"is longer than {limit} characters")
    if text.strip(_EDGES) != text:
        yield Problem((field,), "begins or ends with a space or newline")
    if found := _FORBIDDEN.search(text):
        yield Problem((field,), f"holds the invisible character U+{ord(found.group()):04X}")


def whole(field: str, value: int, low: int, high: int) -> Iterator[Problem]:
    """Integers lie between ``low`` and ``high`` inclusive."""
    if not low <= value <= high:
        yield Problem((field,), f"is {value}, not between {low} and {high}")


def one_of(field: str, value: str, known: Sequence[str], planned: Sequence[str] = ()) -> Iterator[Problem]:
    """Values come from ``known``; those in ``planned`` belong to the design, but this version cannot do them."""
    choices = " or ".join(repr(name) for name in known)
    if value in planned:
        yield Problem((field,), f"{value!r} is not built yet in this version; use {choices}")
    elif value not in known:
        yield Problem((field,), f"{shown(value)} is unknown; use {choices}")


def unique(field: str, values: Sequence[str | int], attribute: str | None = None) -> Iterator[Problem]:
    """Entries of the array ``field`` differ (in ``attribute``, where the entries are objects)."""
    seen: set[str | int] = set()
    for position, value in enumerate(values):
        if value in seen:
            path: Path = (field, position) if attribute is None else (field, position, attribute)
            yield Problem(path, f"{shown(value) if isinstance(value, str) else value} is used twice")
        seen.add(value)
