"""A contest: one question with its answers, counted by itself.

Kinds: ``choose-one`` (one candidate), ``choose`` (several), ``per-item`` (国民審査: a mark or none for each name) and
``referendum`` (two answers, one of them chosen).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ippyo.canonical import fields
from ippyo.poll.limits import MAX_ANSWERS
from ippyo.poll.rules import Problem, identifier, line, one_of, prose, refuse, shown, unique, whole
from ippyo.poll.text import Text

__all__ = ["KINDS", "MAX_NUMBER", "TALLIES", "Answer", "Contest"]

KINDS = ("choose-one", "choose", "per-item", "referendum")
TALLIES = ("homomorphic",)
MAX_NUMBER = 9999
"""The highest number an answer may carry on the ballot paper."""

_TALLIES_PLANNED = ("shuffle", "self-tally")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer or candidate. ``number`` stands on the ballot paper, ``furigana`` is the reading of the name."""

    id: str
    number: int
    name: Text
    furigana: str | None = None
    statement: Text | None = None

    def __post_init__(self) -> None:
        refuse(f"answer {shown(self.id)}", self._problems())

    def _problems(self) -> Iterator[Problem]:
        yield from identifier("id", self.id)
        yield from whole("number", self.number, 0, MAX_NUMBER)
        yield from self.name.problems("name", line)
        if self.furigana is not None:
            yield from line("furigana", self.furigana)
        if self.statement is not None:
            yield from self.statement.problems("statement", prose)

    @classmethod
    def from_value(cls, value: object) -> Answer:
        """Decode one entry of ``"answers"``. Raises :class:`ippyo.errors.ParseError`."""
        read = fields(value, "answer", "id", "number", "name", optional=("furigana", "statement"))
        return cls(
            id=read.text("id"),
            number=read.integer("number"),
            name=Text.from_value(read.raw("name"), "name of an answer"),
            furigana=read.text("furigana") if "furigana" in read else None,
            statement=Text.from_value(read.raw("statement"), "statement of an answer") if "statement" in read else None,
        )

    def to_value(self) -> dict[str, object]:
        """Return the fields in canonical order."""
        value: dict[str, object] = {"id": self.id, "number": self.number, "name": self.name.to_value()}
        if self.furigana is not None:
            value["furigana"] = self.furigana
        if self.statement is not None:
            value["statement"] = self.statement.to_value()
        return value


@dataclass(frozen=True, slots=True)
class Contest:
    """One question. A ballot marks ``min`` to ``max`` answers, or is blank (白票) where ``blank`` allows it."""

    id: str
    kind: str
    title: Text
    description: Text | None
    min: int
    max: int
    blank: bool
    tally: str
    answers: tuple[Answer, ...]

    def __post_init__(self) -> None:
        refuse(f"contest {shown(self.id)}", self._problems())

    def _problems(self) -> Iterator[Problem]:
        yield from identifier("id", self.id)
        yield from one_of("kind", self.kind, KINDS)
        yield from self.title.problems("title", line)
        if self.description is not None:
            yield from self.description.problems("description", prose)
        yield from one_of("tally", self.tally, TALLIES, _TALLIES_PLANNED)
        if not 1 <= len(self.answers) <= MAX_ANSWERS:
            yield Problem(("answers",), f"are {len(self.answers)}, not 1 to {MAX_ANSWERS}")
            return
        yield from unique("answers", [answer.id for answer in self.answers], "id")
        yield from unique("answers", [answer.number for answer in self.answers], "number")
        yield from self._limit_problems()

    def _limit_problems(self) -> Iterator[Problem]:
        count = len(self.answers)
        if self.kind == "choose":
            yield from whole("max", self.max, 1, count)
            if self.max >= 1:
                yield from whole("min", self.min, 0, min(self.max, count))
        elif self.kind == "per-item":
            if (self.min, self.max) != (0, count):
                yield Problem(("min" if self.min else "max",), f"of a per-item contest must be 0 to {count}, all names")
            if self.blank:
                yield Problem(("blank",), "must be false for per-item: a paper without a mark is a vote already")
        elif (self.min, self.max) != (1, 1):
            yield Problem(("min" if self.min != 1 else "max",), f"must be 1 for {self.kind}")
        if self.kind == "referendum" and count != 2:
            yield Problem(("answers",), f"are {count}, but a referendum has two")

    @property
    def choices(self) -> int:
        """Number of sealed values in a ballot: one per answer, and one in front for blank where it is allowed."""
        return len(self.answers) + self.blank

    @classmethod
    def from_value(cls, value: object) -> Contest:
        """Decode one entry of ``"contests"``. Raises :class:`ippyo.errors.ParseError`."""
        names = ("id", "kind", "title", "min", "max", "blank", "tally", "answers")
        read = fields(value, "contest", *names, optional=("description",))
        return cls(
            id=read.text("id"),
            kind=read.text("kind"),
            title=Text.from_value(read.raw("title"), "title of a contest"),
            description=Text.from_value(read.raw("description"), "description of a contest")
            if "description" in read
            else None,
            min=read.integer("min"),
            max=read.integer("max"),
            blank=read.boolean("blank"),
            tally=read.text("tally"),
            answers=tuple(read.map("answers", Answer.from_value, limit=MAX_ANSWERS, least=1)),
        )

    def to_value(self) -> dict[str, object]:
        """Return the fields in canonical order."""
        value: dict[str, object] = {"id": self.id, "kind": self.kind, "title": self.title.to_value()}
        if self.description is not None:
            value["description"] = self.description.to_value()
        value |= {"min": self.min, "max": self.max, "blank": self.blank, "tally": self.tally}
        value["answers"] = [answer.to_value() for answer in self.answers]
        return value
