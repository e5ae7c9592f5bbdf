"""Where in a TOML text each key, table and array entry stands.

``tomllib`` drops line numbers. This scanner walks a text that ``tomllib`` has accepted, so it need not judge syntax; it
only has to know where a string, a key or a bracket ends.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

from ippyo.poll.rules import Path

__all__ = ["LineIndex"]

_SPACE = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BLANKS = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})' + r"|'''.*?'''(?:'{0,2})" + r'|"(?:[^"\\]|\\.)*"' + r"|'[^']*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}\n#]+")


class LineIndex:
    """The line (from 1) of every path in ``text``, which must be valid TOML."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._newlines = [match.start() for match in re.finditer("\n", text)]
        self._lines: dict[Path, int] = {(): 1}
        self._entries: dict[Path, int] = {}
        self._scan()

    def line(self, path: Path) -> int:
        """Return the line of ``path``, or of the nearest value around it that is written down."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def _mark(self, path: Path, at: int) -> None:
        line = bisect_right(self._newlines, at) + 1
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], line)

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match.group()

    def _next(self) -> str:
        """Skip spaces, newlines and comments; return the character there, empty at the end."""
        self._skip(_SPACE)
        return self._text[self._at : self._at + 1]

    def _scan(self) -> None:
        table: Path = ()
        while character := self._next():
            if character == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        brackets = 2 if self._text.startswith("[[", self._at) else 1
        start = self._at
        self._at += brackets
        *outer, last = self._key()
        self._at += brackets
        path: Path = ()
        for step in outer:
            path = (*path, step)
            if path in self._entries:
                path = (*path, self._entries[path])
        path = (*path, last)
        if brackets == 2:
            self._entries[path] = self._entries.get(path, -1) + 1
            path = (*path, self._entries[path])
        self._mark(path, start)
        return path

    def _key(self) -> list[str]:
        steps = []
        while True:
            self._skip(_BLANKS)
            quoted = self._skip(_STRING)
            # tomllib knows the escapes of a quoted key.
            steps.append(next(iter(tomllib.loads(f"{quoted}=0"))) if quoted else self._skip(_BARE_KEY))
            self._skip(_BLANKS)
            if self._text[self._at] != ".":
                return steps
            self._at += 1

    def _pair(self, table: Path) -> None:
        start = self._at
        path: Path = (*table, *self._key())
        self._mark(path, start)
        self._at += len("=")
        self._value(path)

    def _value(self, path: Path) -> None:
        character = self._next()
        self._mark(path, self._at)
        if character == "[":
            self._array(path)
        elif character == "{":
            self._at += 1
            while self._next() != "}":
                self._pair(path)
                self._comma()
            self._at += 1
        elif not self._skip(_STRING):
            self._skip(_SCALAR)

    def _array(self, path: Path) -> None:
        self._at += 1
        position = 0
        while self._next() != "]":
            self._value((*path, position))
            self._comma()
            position += 1
        self._at += 1

    def _comma(self) -> None:
        if self._next() == ",":
            self._at += 1
