"""What a page may ask for: four kinds of jobs, decoded strictly. A job that exists is well formed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import ClassVar, Self

from ippyo.canonical import Fields, fields, unb64
from ippyo.errors import ParseError
from ippyo.identity.card.applications import KeyKind
from ippyo.identity.messages import NONCE_BYTES, TicketRequestText
from ippyo.poll.limits import MAX_STYLES

__all__ = ["BindingJob", "CodeJob", "InfoJob", "Job", "RequestJob", "job_from_value"]

WHAT = "job"
MAX_STYLE_ID = 40
_LETTER = re.compile(r"[0-9A-HJKMNP-TV-Z]{12}")
"""A registration code (投票人登録用コード) without hyphens."""


@dataclass(frozen=True, slots=True)
class InfoJob:
    """Tell how the card is. No PIN, no window, nothing personal."""

    kind: ClassVar[str] = "info"
    keys: ClassVar[tuple[KeyKind, ...]] = ()

    @classmethod
    def from_value(cls, value: object) -> Self:
        """Decode the object. Raises :class:`ParseError`."""
        fields(value, WHAT, "kind")
        return cls()


@dataclass(frozen=True, slots=True)
class RequestJob:
    """Sign a ticket request with one key."""

    kind: ClassVar[str] = "ticket-request"
    key: KeyKind
    request: TicketRequestText

    @classmethod
    def from_value(cls, value: object) -> Self:
        """Decode the object. Raises :class:`ParseError`."""
        read = fields(value, WHAT, "kind", "key", "request")
        request = TicketRequestText.from_value(read.raw("request"))
        _require_fingerprint(request.poll)
        return cls(_key(read), request)

    @property
    def keys(self) -> tuple[KeyKind, ...]:
        """The keys whose PIN is needed."""
        return (self.key,)

    @property
    def poll(self) -> str:
        """Phi."""
        return self.request.poll

    @property
    def styles(self) -> tuple[str, ...]:
        """Ballot styles, by id, in the order of the request."""
        return tuple(entry.style for entry in self.request.styles)


@dataclass(frozen=True, slots=True)
class CodeJob:
    """Make the poll's voting code with one key; then, unless ``styles`` is empty, sign a request for those styles.

    ``letter`` is the voter's registration code, which goes into the voting code and nowhere else.
    """

    kind: ClassVar[str] = "voting-code"
    key: KeyKind
    poll: str
    letter: str = field(repr=False)
    styles: tuple[str, ...]

    @classmethod
    def from_value(cls, value: object) -> Self:
        """Decode the object. Raises :class:`ParseError`."""
        read = fields(value, WHAT, "kind", "key", "poll", "letter", "styles")
        styles = tuple(read.texts("styles", limit=MAX_STYLES, length=MAX_STYLE_ID))
        if len(set(styles)) != len(styles):
            raise ParseError(WHAT, "names a style twice")
        letter = read.text("letter", limit=12)
        if not _LETTER.fullmatch(letter):
            raise ParseError(WHAT, "has no registration code of 12 symbols")
        return cls(_key(read), _poll(read), letter, styles)

    @property
    def keys(self) -> tuple[KeyKind, ...]:
        """The keys whose PIN is needed."""
        return (self.key,)

    def announced(self, request: TicketRequestText) -> bool:
        """Tell whether ``request`` is the one that the voter was told of."""
        return request.poll == self.poll and tuple(entry.style for entry in request.styles) == self.styles


@dataclass(frozen=True, slots=True)
class BindingJob:
    """Sign with both keys that they belong to one card."""

    kind: ClassVar[str] = "card-binding"
    keys: ClassVar[tuple[KeyKind, ...]] = (KeyKind.SIGNATURE, KeyKind.USER)
    styles: ClassVar[tuple[str, ...]] = ()
    poll: str
    nonce: bytes
    time: int

    @classmethod
    def from_value(cls, value: object) -> Self:
        """Decode the object. Raises :class:`ParseError`."""
        read = fields(value, WHAT, "kind", "poll", "nonce", "time")
        nonce = unb64(read.text("nonce", limit=64), what="nonce", length=NONCE_BYTES)
        return cls(_poll(read), nonce, read.integer("time"))


Job = InfoJob | RequestJob | CodeJob | BindingJob

_KINDS: dict[str, type[Job]] = {kind.kind: kind for kind in (InfoJob, RequestJob, CodeJob, BindingJob)}


def job_from_value(value: object) -> Job:
    """Decode a job. Raises :class:`ParseError`."""
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ParseError(WHAT, "is of no kind that this agent knows")
    return _KINDS[kind].from_value(value)


def _key(read: Fields) -> KeyKind:
    try:
        return KeyKind(read.text("key", limit=20))
    except ValueError:
        raise ParseError(WHAT, "names no key of the card") from None


def _poll(read: Fields) -> str:
    poll = read.text("poll", limit=64)
    _require_fingerprint(poll)
    return poll


def _require_fingerprint(poll: str) -> None:
    unb64(poll, what="fingerprint of the poll", length=32)
