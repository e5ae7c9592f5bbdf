"""Typed reading of a TOML tree that goes on after a mistake and remembers the line of each.

A reader gets a stand-in value where the file is wrong, so that one run shows everything there is to mend.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ippyo.errors import InputError
from ippyo.poll.rules import Path, Problem
from ippyo.poll.text import Text
from ippyo.poll.toml_lines import LineIndex

__all__ = ["Finding", "ManifestError", "Report", "Table"]

T = TypeVar("T")

_EDGES = " \u3000\t\n"
_TIME_HINT = "write date, time and offset without quotes, as in 2026-11-08T08:30:00+09:00 (Japan is +09:00)"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend, or to consider, at a line (from 1) of a file."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class ManifestError(InputError):
    """An election definition has mistakes; ``findings`` holds all of them in the order of the file.

    ``warnings`` are what else was noticed up to there.
    """

    def __init__(self, findings: Sequence[Finding], warnings: Sequence[Finding] = ()) -> None:
        lines = [str(finding) for finding in findings]
        super().__init__(lines[0] if len(lines) == 1 else "\n  ".join([f"{len(lines)} mistakes to mend:", *lines]))
        self.findings = tuple(findings)
        self.warnings = tuple(warnings)


class Report:
    """Collects errors and warnings about one file."""

    def __init__(self, file: str, lines: LineIndex) -> None:
        self._file = file
        self._lines = lines
        self._errors: list[Finding] = []
        self._told: set[Path] = set()
        self._warnings: list[Finding] = []
        self._untranslated: list[Path] = []

    def error(self, path: Path, text: str) -> None:
        """Report a mistake at ``path``: a key or a value. What follows from a mistake told before stays untold."""
        if not any(path[:length] in self._told for length in range(1, len(path) + 1)):
            self._told.add(path)
            self._errors.append(self._finding(path, str(Problem(path, text))))

    def silence(self, path: Path) -> None:
        """Tell no mistake at ``path``: another one explains it."""
        self._told.add(path)

    def warn(self, path: Path, text: str) -> None:
        """Report something that is allowed but may not be meant."""
        self._warnings.append(self._finding(path, text))

    def warn_line(self, line: int, text: str) -> None:
        """Report something about a line as it is written."""
        self._warnings.append(Finding(self._file, line, text))

    def untranslated(self, path: Path) -> None:
        """Remember a text without English."""
        self._untranslated.append(path)

    def _finding(self, path: Path, message: str) -> Finding:
        return Finding(self._file, self.line(path), message)

    def line(self, path: Path) -> int:
        """Return the line of ``path``, or of the nearest value around it that is written down."""
        return self._lines.line(path)

    def warnings(self) -> tuple[Finding, ...]:
        """Return the warnings, those about missing English gathered into one."""
        found = list(self._warnings)
        if self._untranslated:
            lines = sorted({self._lines.line(path) for path in self._untranslated})
            places = ", ".join(map(str, lines[:8])) + (" and more" if len(lines) > 8 else "")
            found.append(
                Finding(self._file, lines[0], f"no English on line {places}; the Japanese words stand in for it")
            )
        return tuple(sorted(found, key=lambda finding: finding.line))

    def outcome(self, value: T | None) -> T:
        """Return ``value``, or raise :class:`ManifestError` if there was any mistake."""
        if self._errors or value is None:
            raise ManifestError(sorted(self._errors, key=lambda finding: finding.line), self.warnings())
        return value


class Table:
    """One TOML table: typed access by key; unknown keys are reported at once, with the likely spelling."""

    def __init__(self, report: Report, path: Path, value: dict[str, Any], keys: Sequence[str]) -> None:
        self.report = report
        self.path = path
        self._value = value
        self._misspelt: set[str] = set()
        for key in value:
            if key not in keys:
                near = difflib.get_close_matches(key, [name for name in keys if name not in value], n=1)
                self._misspelt.update(near)
                hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(keys)}"
                report.error((*path, key), f"is not a key of this table; {hint}")

    def __contains__(self, key: str) -> bool:
        return key in self._value

    def error(self, key: str, text: str) -> None:
        """Report a mistake in ``key``."""
        self.report.error((*self.path, key), text)

    def require(self, key: str) -> None:
        """Report that ``key`` is missing, unless it is there or a misspelling of it was reported."""
        if key in self._misspelt:
            self.report.silence((*self.path, key))
        elif key not in self._value:
            self.error(key, "is missing")

    def text(self, key: str, default: str | None = None) -> str:
        """Return a one-line string; required when there is no ``default``."""
        if key not in self._value and default is not None:
            return default
        self.require(key)
        value = self._value.get(key, "")
        if not isinstance(value, str):
            self.error(key, "must be a text in quotes")
            return ""
        return value.strip(_EDGES)

    def bilingual(self, key: str) -> Text:
        """Return a required text: a plain string (Japanese) or ``{ja = "…", en = "…"}``."""
        self.require(key)
        value = self._value.get(key, "")
        if isinstance(value, dict):
            table = Table(self.report, (*self.path, key), value, ("ja", "en"))
            ja = table.text("ja")
            if "en" in table:
                return Text(ja, table.text("en"))
        elif isinstance(value, str):
            ja = value.strip(_EDGES)
        else:
            self.error(key, 'must be a text in quotes, or { ja = "…", en = "…" }')
            return Text("", "")
        if ja:
            self.report.untranslated((*self.path, key))
        return Text(ja, ja)

    def optional_bilingual(self, key: str) -> Text | None:
        """Return a text as :meth:`bilingual` does, or ``None`` when the key is absent."""
        return self.bilingual(key) if key in self._value else None

    def integer(self, key: str, default: int | None = None) -> int:
        """Return an integer; required when there is no ``default``."""
        if key not in self._value and default is not None:
            return default
        self.require(key)
        value = self._value.get(key, 0)
        if not isinstance(value, int) or isinstance(value, bool):
            self.error(key, "must be a whole number without quotes")
            return 0
        return value

    def boolean(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self._value.get(key, default)
        if not isinstance(value, bool):
            self.error(key, "must be true or false, without quotes")
            return default
        return value

    def moment(self, key: str, stand_in: int) -> int:
        """Return a required offset date-time as seconds since 1970-01-01 UTC, or ``stand_in`` after a mistake."""
        self.require(key)
        value = self._value.get(key)
        if not isinstance(value, dt.datetime):
            self.error(key, f"must be a time; {_TIME_HINT}")
        elif value.tzinfo is None:
            self.error(key, f"lacks the offset from UTC; {_TIME_HINT}")
        elif value.microsecond:
            self.error(key, "must be a whole second")
        else:
            return int(value.timestamp())
        return stand_in

    def strings(self, key: str, default: Sequence[str] | None = None) -> list[str]:
        """Return an array of strings (a single string counts as an array of one); required without ``default``."""
        if key not in self._value and default is not None:
            return list(default)
        self.require(key)
        value = self._value.get(key, [])
        entries = [value] if isinstance(value, str) else value
        if not isinstance(entries, list) or any(not isinstance(entry, str) for entry in entries):
            self.error(key, 'must be an array of texts, as in ["…", "…"]')
            return []
        return [entry.strip(_EDGES) for entry in entries]

    def table(self, key: str, keys: Sequence[str]) -> Table:
        """Return a table, empty when the key is absent."""
        value = self._value.get(key, {})
        if not isinstance(value, dict):
            self.error(key, f"must be a table: [{key}]")
            value = {}
        return Table(self.report, (*self.path, key), value, keys)

    def tables(self, key: str, keys: Sequence[str], short: str | None = None) -> list[Table]:
        """Return an array of tables; a plain string in it stands for a table with the one key ``short``."""
        value = self._value.get(key, [])
        if not isinstance(value, list):
            self.error(key, f"must be an array of tables: [[{key}]]")
            return []
        tables = []
        for position, entry in enumerate(value):
            path = (*self.path, key, position)
            content = {short: entry} if short is not None and isinstance(entry, str) else entry
            if not isinstance(content, dict):
                self.report.error(path, f"must be a table: [[{key}]]")
                content = {}
            tables.append(Table(self.report, path, content, keys))
        return tables
