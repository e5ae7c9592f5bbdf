"""A text for people, in Japanese and English."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ippyo.canonical import fields
from ippyo.poll.rules import Problem

__all__ = ["Text"]


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Japanese and in English. How long they may be, the value that holds them says."""

    ja: str
    en: str

    @classmethod
    def from_value(cls, value: object, what: str) -> Text:
        """Decode ``{"ja":…,"en":…}``. Raises :class:`ippyo.errors.ParseError`."""
        read = fields(value, what, "ja", "en")
        return cls(read.text("ja"), read.text("en"))

    def to_value(self) -> dict[str, str]:
        """Return the fields in canonical order."""
        return {"ja": self.ja, "en": self.en}

    def in_language(self, language: str) -> str:
        """Return the English words for ``en`` and the Japanese ones for anything else."""
        return self.en if language == "en" else self.ja

    def problems(self, field: str, rule: Callable[[str | int, str], Iterator[Problem]]) -> Iterator[Problem]:
        """Apply ``rule`` (:func:`ippyo.poll.rules.line` or ``prose``) to both languages."""
        for language, words in (("ja", self.ja), ("en", self.en)):
            for problem in rule(language, words):
                yield problem.under(field)
