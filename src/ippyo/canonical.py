"""Canonical text, hashes and strict Base64: the one encoding of every message (docs/protocol.md §1).

A canonical text is compact JSON in UTF-8 whose fields stand in the order the protocol gives. A message class decodes
with :func:`loads` and :class:`Fields`, and then compares ``to_text()`` with what it read: one message has one text.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, NoReturn, TypeVar

from ippyo.errors import ParseError

__all__ = [
    "Fields",
    "b64",
    "dumps",
    "fields",
    "loads",
    "require_canonical",
    "sha256",
    "sha256_b64",
    "sha256_hex",
    "unb64",
]

T = TypeVar("T")

MAX_DEPTH = 32
"""Brackets within brackets. No message has ten; and what a decoder takes must never be too deep for an encoder."""

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NO_BRACKET = re.compile(r"[^\[\]{}]+")

MAX_INTEGER_DIGITS = 15
"""JSON numbers stay exact in every language (below 2**53); larger integers travel as strings."""


def dumps(value: object) -> str:
    """Return the compact JSON text of ``value``: no spaces, characters as they are, keys as inserted."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def loads(text: str | bytes, *, what: str, limit: int) -> Any:
    """Decode JSON ``text`` of at most ``limit`` bytes, refusing floats, long integers, duplicate keys and deep nesting.

    ``what`` names the message in errors. Raises :class:`ParseError`.
    """
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > limit:
        raise ParseError(what, f"is {len(raw)} bytes long, more than the {limit} allowed")
    try:
        decoded = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ParseError(what, "is not UTF-8 text") from None

    if _too_deep(decoded):
        raise ParseError(what, "is nested too deeply")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            raise ParseError(what, "has the same field twice")
        return result

    def no_float(_: str) -> NoReturn:
        raise ParseError(what, "holds a number that is not an integer")

    def integer(digits: str) -> int:
        if len(digits) > MAX_INTEGER_DIGITS:
            raise ParseError(what, "holds a number too large for JSON; such numbers are written as strings")
        return int(digits)

    try:
        value = json.loads(
            decoded, object_pairs_hook=unique, parse_float=no_float, parse_constant=no_float, parse_int=integer
        )
        if "\\ud" in decoded or "\\uD" in decoded:
            # Half of a surrogate pair, which only an escape can bring in, has no UTF-8 form and thus no hash.
            dumps(value).encode("utf-8")
    except UnicodeEncodeError:
        raise ParseError(what, "is not valid Unicode") from None
    except json.JSONDecodeError as error:
        raise ParseError(what, f"is not JSON (line {error.lineno}, column {error.colno})") from None
    return value


def _too_deep(text: str) -> bool:
    # Most texts have so few brackets that it makes no difference where they stand.
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    brackets = _NO_BRACKET.sub("", _STRING.sub("", text))
    return max(accumulate(1 if bracket in "[{" else -1 for bracket in brackets), default=0) > MAX_DEPTH


def require_canonical(text: str | bytes, rebuilt: str, *, what: str) -> None:
    """Refuse ``text`` unless it is byte for byte the canonical ``rebuilt``."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if raw != rebuilt.encode("utf-8", "surrogatepass"):
        raise ParseError(what, "is not in canonical form")


class Fields:
    """Typed access to the fields of one decoded JSON object; refuses missing, mistyped and unknown fields."""

    def __init__(self, value: object, what: str, names: Sequence[str], optional: Sequence[str] = ()) -> None:
        if not isinstance(value, dict):
            raise ParseError(what, "is not a JSON object")
        allowed = {*names, *optional}
        unknown = [name for name in value if name not in allowed]
        if unknown:
            raise ParseError(what, f"has an unknown field {unknown[0][:40]!r}")
        missing = [name for name in names if name not in value]
        if missing:
            raise ParseError(what, f"lacks the field {missing[0]!r}")
        self._value: dict[str, Any] = value
        self._what = what

    def __contains__(self, name: str) -> bool:
        return name in self._value

    def _typed(self, name: str, kind: type[T], description: str) -> T:
        value = self._value.get(name)
        # bool is a subclass of int in Python, not in JSON.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise ParseError(self._what, f"field {name!r} is not {description}")
        return value

    def text(self, name: str, *, limit: int = 100_000) -> str:
        """Return a string field of at most ``limit`` characters, free of lone surrogates."""
        value = self._typed(name, str, "a string")
        if len(value) > limit:
            raise ParseError(self._what, f"field {name!r} is longer than {limit} characters")
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            raise ParseError(self._what, f"field {name!r} is not valid Unicode")
        return value

    def integer(self, name: str, *, low: int = 0, high: int = 2**53 - 1) -> int:
        """Return an integer field between ``low`` and ``high`` inclusive."""
        value = self._typed(name, int, "an integer")
        if not low <= value <= high:
            raise ParseError(self._what, f"field {name!r} is not between {low} and {high}")
        return value

    def boolean(self, name: str) -> bool:
        """Return a true/false field."""
        return self._typed(name, bool, "true or false")

    def array(self, name: str, *, limit: int, least: int = 0) -> list[Any]:
        """Return an array field of ``least`` to ``limit`` entries, its entries not yet checked."""
        value: list[Any] = self._typed(name, list, "an array")
        if not least <= len(value) <= limit:
            raise ParseError(self._what, f"field {name!r} does not have {least} to {limit} entries")
        return value

    def texts(self, name: str, *, limit: int, least: int = 0, length: int = 100_000) -> list[str]:
        """Return an array of strings."""
        values = self.array(name, limit=limit, least=least)
        for value in values:
            if not isinstance(value, str) or len(value) > length:
                raise ParseError(self._what, f"field {name!r} holds something other than short strings")
        return values

    def raw(self, name: str) -> Any:
        """Return a field as decoded, for a nested message that parses itself."""
        return self._value[name]

    def map(self, name: str, parse: Callable[[Any], T], *, limit: int, least: int = 0) -> list[T]:
        """Return an array field with ``parse`` applied to every entry."""
        return [parse(entry) for entry in self.array(name, limit=limit, least=least)]


def fields(value: object, what: str, *names: str, optional: Sequence[str] = ()) -> Fields:
    """Shorthand for :class:`Fields`."""
    return Fields(value, what, names, optional)


def _bytes(data: str | bytes) -> bytes:
    return data.encode("utf-8") if isinstance(data, str) else data


def sha256(data: str | bytes) -> bytes:
    """Return SHA-256 of bytes, or of the UTF-8 form of a text (32 bytes)."""
    return hashlib.sha256(_bytes(data)).digest()


def sha256_hex(data: str | bytes) -> str:
    """Return SHA-256 as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(_bytes(data)).hexdigest()


def sha256_b64(data: str | bytes) -> str:
    """Return SHA-256 as 43 characters of unpadded standard Base64 (the form of every fingerprint and tracker)."""
    return b64(sha256(data))


def b64(data: bytes) -> str:
    """Return standard Base64 (``+``, ``/``) with the padding removed."""
    return base64.b64encode(data).decode("ascii").rstrip("=")


def unb64(text: str, *, what: str, length: int | None = None) -> bytes:
    """Decode what :func:`b64` wrote, and nothing else; ``length`` is the number of bytes expected.

    Raises :class:`ParseError` for padding, other alphabets, stray bits in the last character or another length.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        raise ParseError(what, "is not Base64") from None
    if b64(data) != text:
        raise ParseError(what, "is not canonical Base64")
    if length is not None and len(data) != length:
        raise ParseError(what, f"is {len(data)} bytes long instead of {length}")
    return data
