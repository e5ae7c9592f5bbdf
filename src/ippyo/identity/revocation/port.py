"""The port: who asks whether a certificate is revoked, and the evidence that is kept with every issued ticket."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, Self

from ippyo.canonical import b64, dumps, fields, loads, require_canonical, sha256, unb64
from ippyo.errors import ParseError
from ippyo.identity.certificates import CheckedCertificate

__all__ = ["Revocation", "RevocationAnswer", "RevocationEvidence"]

SOURCES = ("crl", "ocsp")
MOST_ANSWERS = 8
_LIMIT = 2048


class Revocation(Protocol):
    """Something that can tell whether a certificate still holds."""

    def require_good(self, certificate: CheckedCertificate, at: datetime) -> RevocationEvidence:
        """Return the evidence that the certificate is not revoked at a time with its zone.

        Raises :class:`ippyo.identity.errors.IdentityRefusedError`: ``certificate-revoked`` (also while it is on hold),
        ``revocation-stale`` or ``revocation-unavailable``.
        """
        ...  # pragma: no cover


@dataclass(frozen=True, slots=True)
class RevocationAnswer:
    """One list or response: its ``source`` (crl or ocsp) and the SHA-256 of its DER.

    ``produced`` is the time (seconds since 1970) whose state it tells: its thisUpdate, rounded down to the hour, for a
    response is as old as the request for a ticket, of which nobody should know the minute.
    """

    source: str
    produced: int
    sha256: bytes

    def __post_init__(self) -> None:
        if self.source not in SOURCES:
            raise ParseError("revocation evidence", f"its source is not one of {', '.join(SOURCES)}")

    @classmethod
    def of(cls, source: str, produced: datetime, der: bytes) -> Self:
        """Return what is kept of an answer ``der``."""
        return cls(source, int(produced.timestamp()) // 3600 * 3600, sha256(der))

    @classmethod
    def from_value(cls, value: object) -> Self:
        """Decode the nested object. Raises :class:`ParseError`."""
        read = fields(value, "revocation evidence", "source", "produced", "sha256")
        digest = unb64(read.text("sha256", limit=64), what="revocation evidence", length=32)
        return cls(read.text("source", limit=10), read.integer("produced"), digest)

    def to_value(self) -> dict[str, object]:
        """Return the fields in canonical order."""
        return {"source": self.source, "produced": self.produced, "sha256": b64(self.sha256)}


@dataclass(frozen=True, slots=True)
class RevocationEvidence:
    """The answers that together said "good"; at least one. Nothing in them tells which certificate was asked about.

    ``until`` is when the responder said that it would know more, or None. It is not part of the text.
    """

    answers: tuple[RevocationAnswer, ...]
    until: datetime | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not 1 <= len(self.answers) <= MOST_ANSWERS:
            raise ParseError("revocation evidence", f"does not have 1 to {MOST_ANSWERS} answers")

    @classmethod
    def from_text(cls, text: str | bytes) -> Self:
        """Decode the canonical text. Raises :class:`ParseError`."""
        what = "revocation evidence"
        read = fields(loads(text, what=what, limit=_LIMIT), what, "answers")
        evidence = cls(tuple(read.map("answers", RevocationAnswer.from_value, limit=MOST_ANSWERS)))
        require_canonical(text, evidence.to_text(), what=what)
        return evidence

    def to_text(self) -> str:
        """Return the canonical text: ``{"answers":[{"source":..,"produced":S,"sha256":b64}..]}``."""
        return dumps({"answers": [answer.to_value() for answer in self.answers]})
