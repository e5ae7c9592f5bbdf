"""The sentences in ``*.toml`` beside this file: English templates, and what to say instead.

A template has placeholders, ``{path}``. Some say what can stand there: ``{name!r}`` something in quotation marks,
``{line!n}`` a number, ``{place!w}`` one word, ``{first!c}`` one character, ``{hint!h}`` nothing or what follows a comma
or semicolon. The Japanese sentence puts them in again, each as one of

* ``{path}``             as it is: a path, a number, an id;
* ``{choices:or}``       as it is, but for the "or" in it;
* ``{what:name}``        by its Japanese name, if it has one (``names.toml``);
* ``{check:known}``      by its Japanese name; if it has none, the template does not fit;
* ``{problem:message}``  translated in its turn; if that is impossible, the template does not fit;
* ``{error:reason}``     translated if possible: the words of another program.

``messages.toml``, ``names.toml`` and ``reasons.toml`` hold one table each. Every other file belongs to one part of the
program (``card.toml``), and has its sentences under ``[messages]`` and its names under ``[names]``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["MESSAGES", "NAMES", "REASONS", "Placeholder", "Template", "templates"]

MESSAGES = "messages"
"""Sentences of the library, and pieces of sentences."""

NAMES = "names"
"""What a sentence is about: kinds of messages and files, refusal codes."""

REASONS = "reasons"
"""What the operating system and Typer say."""

_PLACEHOLDER = re.compile(r"\{(?P<name>\w+)(?:!(?P<form>[rnwch]))?(?::(?P<mark>or|name|known|message|reason))?\}")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What stands between two literals of the English words, and how it is put into the Japanese ones."""

    name: str
    form: str
    mark: str

    def may_be(self, value: str) -> bool:
        """Tell whether ``value`` can stand here."""
        match self.form:
            case "r":
                return len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            case "n":
                return value.isascii() and value.isdigit()
            case "w":
                return value != "" and " " not in value and value[-1] not in ":;"
            case "c":
                return len(value) == 1
            case "h":
                return not value or value.startswith(("; ", ", "))
        # A name or a path ends before the punctuation that joins messages.
        return self.mark in {"message", "reason"} or not (value.endswith((":", ";")) or "; " in value)


@dataclass(frozen=True, slots=True)
class Template:
    """One entry. ``literals`` is one longer than ``placeholders``."""

    english: str
    japanese: str
    literals: tuple[str, ...]
    placeholders: tuple[Placeholder, ...]
    _longest: str

    @classmethod
    def read(cls, english: str, japanese: str) -> Template:
        """Decode an entry; every placeholder in the Japanese words is one of the English ones."""
        marks = {found["name"]: found["mark"] or "" for found in _PLACEHOLDER.finditer(japanese)}
        found = list(_PLACEHOLDER.finditer(english))
        placeholders = tuple(Placeholder(one["name"], one["form"] or "", marks.pop(one["name"], "")) for one in found)
        if marks:
            raise ValueError(f"{english!r} has no placeholder {', '.join(marks)}")
        edges = [0, *(edge for one in found for edge in one.span()), len(english)]
        literals = tuple(english[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))
        return cls(english, japanese, literals, placeholders, max(literals, key=len))

    @property
    def length(self) -> int:
        """How much the template says by itself."""
        return sum(map(len, self.literals))

    def readings(self, text: str) -> Iterator[tuple[str, ...]]:
        """Yield every way to read ``text`` as this template: the texts of the placeholders."""
        if self._longest in text and text.startswith(self.literals[0]) and text.endswith(self.literals[-1]):
            yield from self._readings(0, text[len(self.literals[0]) :])

    def _readings(self, position: int, text: str) -> Iterator[tuple[str, ...]]:
        """Read ``text`` from the placeholder at ``position`` on."""
        if position == len(self.placeholders):
            if not text:
                yield ()
            return
        placeholder, following = self.placeholders[position], self.literals[position + 1]
        if position + 1 == len(self.placeholders):
            value = text[: len(text) - len(following)]
            if text.endswith(following) and placeholder.may_be(value):
                yield (value,)
            return
        at = text.find(following)
        while at >= 0:
            if placeholder.may_be(text[:at]):
                for values in self._readings(position + 1, text[at + len(following) :]):
                    yield text[:at], *values
            at = text.find(following, at + 1)

    def fill(self, values: dict[str, str]) -> str:
        """Return the Japanese words with ``values`` in the place of the placeholders."""

        def put(found: re.Match[str]) -> str:
            value = values[found["name"]]
            # A sentence in the midst of another one does not end there.
            return value.removesuffix("。") if found["mark"] and found.end() < len(self.japanese) else value

        return _PLACEHOLDER.sub(put, self.japanese)


@cache
def templates(*tables: str) -> tuple[Template, ...]:
    """Return the entries of some tables, those first that say the most by themselves."""
    entries = [entry for table in tables for entry in _table(table)]
    return tuple(sorted(entries, key=lambda entry: (-entry.length, len(entry.placeholders))))


@cache
def _table(name: str) -> tuple[Template, ...]:
    own = _entries(f"{name}.toml")
    found = [own, *(entries.get(name, {}) for entries in _parts())]
    return tuple(Template.read(english, japanese) for entries in found for english, japanese in entries.items())


@cache
def _parts() -> tuple[dict[str, dict[str, str]], ...]:
    """Return what the files of single parts of the program add: tables ``[messages]`` and ``[names]``."""
    whole = {f"{name}.toml" for name in (MESSAGES, NAMES, REASONS)}
    names = sorted(file.name for file in files(__package__).iterdir() if file.name.endswith(".toml"))
    return tuple(_entries(name) for name in names if name not in whole)


def _entries(file: str) -> dict[str, Any]:
    return tomllib.loads((files(__package__) / file).read_text(encoding="utf-8"))
