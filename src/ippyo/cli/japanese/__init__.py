"""Errors in Japanese: the other rooms write them in English, and here, at the edge, they are translated.

:func:`translate` recognizes a message by the templates of :mod:`ippyo.cli.japanese.catalogue`.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice

from ippyo.cli.japanese.catalogue import MESSAGES, NAMES, REASONS, Placeholder, Template, templates

__all__ = ["translate"]

_DEPTH = 8
"""How many messages stand in one another at most."""

_LENGTH = 1000
"""Characters of the longest line that is looked at: a stranger's file may be quoted in a message."""

_JOINTS = 20
"""Colons and semicolons at which a line may be taken apart; one with more stays as it is."""

_READINGS = 40
"""Ways to read a line as one template that are tried at most."""


def translate(message: str) -> str:
    """Return an error's words in Japanese; each line that the catalogue does not know stays as it is."""
    return "\n".join(_line(line) for line in message.split("\n"))


def _line(line: str) -> str:
    text = line.strip(" ")
    if len(text) > _LENGTH or text.count(": ") + text.count("; ") > _JOINTS:
        return line
    japanese = _message(text, _DEPTH)
    return line if japanese is None else line.replace(text, japanese)


@lru_cache(maxsize=4096)
def _message(text: str, depth: int) -> str | None:
    """Return a message in Japanese, None if it cannot be done."""
    if not text:
        return text
    if depth == 0:
        return None
    for template in templates(MESSAGES, REASONS):
        japanese = _by(template, text, depth)
        if japanese is not None:
            return japanese
    return _known_name(text, depth) or _enumeration(text, depth)


def _enumeration(text: str, depth: int) -> str | None:
    """Translate several messages in a row, which may have semicolons of their own."""
    head, separator, rest = text.partition("; ")
    while separator:
        one, others = _message(head, depth - 1), _message(rest, depth - 1)
        if one is not None and others is not None:
            return f"{one} {others}"
        more, separator, rest = rest.partition("; ")
        head = f"{head}; {more}"
    return None


def _by(template: Template, text: str, depth: int) -> str | None:
    for values in islice(template.readings(text), _READINGS):
        said: dict[str, str] = {}
        # What is strict comes last in most templates, and fails most readings.
        for placeholder, value in reversed(list(zip(template.placeholders, values, strict=True))):
            words = _value(placeholder, value, depth - 1)
            if words is None:
                break
            said[placeholder.name] = words
        else:
            return template.fill(said)
    return None


def _value(placeholder: Placeholder, value: str, depth: int) -> str | None:
    match placeholder.mark:
        case "message":
            return _message(value, depth)
        case "reason":
            words = _message(value, depth)
            return value if words is None else words
        case "known":
            return _known_name(value, depth)
        case "name":
            return _known_name(value, depth) or value
        case "or":
            return value.replace(" or ", " か ")
        case _:
            return value


@lru_cache(maxsize=4096)
def _known_name(text: str, depth: int) -> str | None:
    if depth == 0:
        return None
    known = (_by(template, text, depth) for template in templates(NAMES))
    return next((name for name in known if name is not None), None)
