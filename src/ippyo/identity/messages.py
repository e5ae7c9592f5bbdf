"""What a card signs in a poll, byte for byte (docs/registration.md §2): nothing else is ever put before the card.

* a **ticket request**: "sign these blinded messages for me": ``ippyo-request-v1|`` and the canonical text below;
* a **card binding**: "this is my other certificate": ``ippyo-binding-v1|`` and the canonical text below;
* what a further issuer is sent: a signed request with the **desk's word** (``ippyo-desk-v1|``) that the visit is done;
* the **code text** from which a card yields a voting code: ``ippyo-voting-code-v1|Phi`` (its signature never leaves
  the voter's device).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from ippyo.canonical import Fields, b64, dumps, fields, loads, require_canonical, sha256, unb64
from ippyo.crypto.blind_rsa import POLL_KEY_BITS
from ippyo.errors import ParseError
from ippyo.identity.certificates.profile import CERTIFICATE_LIMIT
from ippyo.poll.limits import MAX_ISSUERS, MAX_STYLES

__all__ = [
    "ALGORITHMS",
    "BLINDED_BYTES",
    "REQUEST_LIMIT",
    "AttestedRequest",
    "CardBinding",
    "SignedBinding",
    "SignedRequest",
    "StyleRequest",
    "TicketRequestText",
    "VouchedRequest",
    "code_text",
    "desk_word",
]

BLINDED_BYTES = POLL_KEY_BITS // 8
REQUEST_LIMIT = 640 * 1024
"""Bytes of a signed request: 64 styles of 16 issuers fit."""

VOUCHED_LIMIT = REQUEST_LIMIT + 256
"""Bytes of a signed request with the desk's word."""

DESK_BYTES = 64
SIGNATURE_LIMIT = 1024
NONCE_BYTES = 32

ALGORITHMS = ("RS256", "ES384")
"""RSASSA-PKCS1-v1_5 with SHA-256 (today's card); ECDSA P-384 with SHA-384 (the next card)."""


@dataclass(frozen=True, slots=True)
class StyleRequest:
    """The blinded messages (384 bytes each, in issuer order) under the keys of one ballot style."""

    style: str
    blinded: tuple[bytes, ...]

    @classmethod
    def from_value(cls, value: object) -> Self:
        """Decode the nested object. Raises :class:`ParseError`."""
        read = fields(value, "ticket request", "style", "blinded")
        texts = read.texts("blinded", least=1, limit=MAX_ISSUERS, length=2 * BLINDED_BYTES)
        blinded = tuple(unb64(text, what="blinded message", length=BLINDED_BYTES) for text in texts)
        return cls(read.text("style", limit=40), blinded)

    def to_value(self) -> dict[str, object]:
        """Return the fields in canonical order."""
        return {"style": self.style, "blinded": [b64(message) for message in self.blinded]}


@dataclass(frozen=True, slots=True)
class TicketRequestText:
    """A request for a ticket in the poll ``poll`` (Phi).

    The registry gave ``nonce`` (32 bytes) and ``time`` (seconds since 1970). ``styles`` holds what the issuers may
    sign: one entry where the registration code told the voter's style, else one for each style of the poll, so that
    one card authentication is enough; issuers sign the entry of the style that the roll says, and no other.
    """

    poll: str
    nonce: bytes
    time: int
    styles: tuple[StyleRequest, ...]

    def __post_init__(self) -> None:
        names = [entry.style for entry in self.styles]
        if not 1 <= len(names) <= MAX_STYLES or len(set(names)) != len(names):
            raise ParseError("ticket request", f"does not name 1 to {MAX_STYLES} different styles")

    @classmethod
    def from_value(cls, value: object) -> Self:
        """Decode the nested object. Raises :class:`ParseError`."""
        what = "ticket request"
        read = fields(value, what, "type", "poll", "nonce", "time", "styles")
        _require_type(read, "ticket-request", what)
        styles = tuple(read.map("styles", StyleRequest.from_value, least=1, limit=MAX_STYLES))
        nonce = unb64(read.text("nonce", limit=64), what="nonce", length=NONCE_BYTES)
        return cls(read.text("poll", limit=64), nonce, read.integer("time"), styles)

    @classmethod
    def from_text(cls, text: str | bytes) -> Self:
        """Decode the canonical text. Raises :class:`ParseError`."""
        request = cls.from_value(loads(text, what="ticket request", limit=REQUEST_LIMIT))
        require_canonical(text, request.to_text(), what="ticket request")
        return request

    def to_value(self) -> dict[str, object]:
        """Return the fields in canonical order."""
        return {
            "type": "ticket-request",
            "poll": self.poll,
            "nonce": b64(self.nonce),
            "time": self.time,
            "styles": [entry.to_value() for entry in self.styles],
        }

    def to_text(self) -> str:
        """Return the canonical text."""
        return dumps(self.to_value())

    def to_sign(self) -> bytes:
        """Return the message that the card signs."""
        return f"ippyo-request-v1|{self.to_text()}".encode()

    def blinded_for(self, style: str) -> tuple[bytes, ...] | None:
        """Return the blinded messages for ``style``, or None where the request has none."""
        return next((entry.blinded for entry in self.styles if entry.style == style), None)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A ticket request with the card's signature over it and the certificate (DER) that belongs to it.

    Decoding checks the form only; :mod:`ippyo.identity.certificates` says whether to believe it.
    """

    request: TicketRequestText
    certificate: bytes = field(repr=False)
    algorithm: str
    signature: bytes

    @classmethod
    def from_value(cls, value: object) -> Self:
        """Decode the nested object. Raises :class:`ParseError`."""
        read = fields(value, "signed request", "request", "certificate", "algorithm", "signature")
        return cls(
            TicketRequestText.from_value(read.raw("request")),
            _certificate(read, "certificate"),
            _algorithm(read, "algorithm"),
            _signature(read, "signature"),
        )

    @classmethod
    def from_text(cls, text: str | bytes) -> Self:
        """Decode the canonical text. Raises :class:`ParseError`."""
        what = "signed request"
        signed = cls.from_value(loads(text, what=what, limit=REQUEST_LIMIT))
        require_canonical(text, signed.to_text(), what=what)
        return signed

    def to_value(self) -> dict[str, object]:
        """Return the fields in canonical order."""
        return {
            "request": self.request.to_value(),
            "certificate": b64(self.certificate),
            "algorithm": self.algorithm,
            "signature": b64(self.signature),
        }

    def to_text(self) -> str:
        """Return the canonical text."""
        return dumps(self.to_value())


@dataclass(frozen=True, slots=True)
class VouchedRequest:
    """A signed request with the desk's Ed25519 signature (64 bytes) over :func:`desk_word`, for a further issuer.

    Decoding checks the form only.
    """

    signed: SignedRequest
    desk: bytes

    @classmethod
    def from_text(cls, text: str | bytes) -> Self:
        """Decode the canonical text. Raises :class:`ParseError`."""
        what = "vouched request"
        read = fields(loads(text, what=what, limit=VOUCHED_LIMIT), what, "signed", "desk")
        desk = unb64(read.text("desk", limit=100), what="desk's word", length=DESK_BYTES)
        vouched = cls(SignedRequest.from_value(read.raw("signed")), desk)
        require_canonical(text, vouched.to_text(), what=what)
        return vouched

    def to_text(self) -> str:
        """Return the canonical text."""
        return dumps({"signed": self.signed.to_value(), "desk": b64(self.desk)})


@dataclass(frozen=True, slots=True)
class CardBinding:
    """The holder says that the user certificate (利用者証明用) with this SHA-256 belongs to the same card.

    For polls that a 4-digit PIN opens: that certificate names nobody by itself.
    """

    poll: str
    nonce: bytes
    time: int
    user_certificate: bytes

    @classmethod
    def from_value(cls, value: object) -> Self:
        """Decode the nested object. Raises :class:`ParseError`."""
        what = "card binding"
        read = fields(value, what, "type", "poll", "nonce", "time", "user_certificate")
        _require_type(read, "card-binding", what)
        return cls(
            read.text("poll", limit=64),
            unb64(read.text("nonce", limit=64), what="nonce", length=NONCE_BYTES),
            read.integer("time"),
            unb64(read.text("user_certificate", limit=64), what="certificate hash", length=32),
        )

    def to_value(self) -> dict[str, object]:
        """Return the fields in canonical order."""
        return {
            "type": "card-binding",
            "poll": self.poll,
            "nonce": b64(self.nonce),
            "time": self.time,
            "user_certificate": b64(self.user_certificate),
        }

    def to_sign(self) -> bytes:
        """Return the message that both keys of the card sign."""
        return f"ippyo-binding-v1|{dumps(self.to_value())}".encode()


@dataclass(frozen=True, slots=True)
class SignedBinding:
    """A card binding signed by both keys of one card, with both certificates (DER)."""

    binding: CardBinding
    certificate: bytes = field(repr=False)
    algorithm: str
    signature: bytes
    user_certificate: bytes
    user_algorithm: str
    user_signature: bytes

    @classmethod
    def from_text(cls, text: str | bytes) -> Self:
        """Decode the canonical text. Raises :class:`ParseError`."""
        what = "signed binding"
        names = ("certificate", "algorithm", "signature", "user_certificate", "user_algorithm", "user_signature")
        read = fields(loads(text, what=what, limit=REQUEST_LIMIT), what, "binding", *names)
        signed = cls(
            CardBinding.from_value(read.raw("binding")),
            _certificate(read, "certificate"),
            _algorithm(read, "algorithm"),
            _signature(read, "signature"),
            _certificate(read, "user_certificate"),
            _algorithm(read, "user_algorithm"),
            _signature(read, "user_signature"),
        )
        require_canonical(text, signed.to_text(), what=what)
        return signed

    def to_text(self) -> str:
        """Return the canonical text."""
        return dumps(
            {
                "binding": self.binding.to_value(),
                "certificate": b64(self.certificate),
                "algorithm": self.algorithm,
                "signature": b64(self.signature),
                "user_certificate": b64(self.user_certificate),
                "user_algorithm": self.user_algorithm,
                "user_signature": b64(self.user_signature),
            }
        )


@dataclass(frozen=True, slots=True)
class AttestedRequest:
    """A ticket request that デジタル認証 attests without a signature of the card.

    The nonce of ``id_token`` (a compact ES256 JWT of the service) is the unpadded Base64url of SHA-256 of
    ``request.to_sign()``, so that the token belongs to these blinded messages and no others.
    """

    request: TicketRequestText
    id_token: str = field(repr=False)

    @classmethod
    def from_text(cls, text: str | bytes) -> Self:
        """Decode the canonical text. Raises :class:`ParseError`."""
        what = "attested request"
        read = fields(loads(text, what=what, limit=REQUEST_LIMIT), what, "request", "id_token")
        attested = cls(TicketRequestText.from_value(read.raw("request")), read.text("id_token", limit=8192))
        require_canonical(text, attested.to_text(), what=what)
        return attested

    def to_text(self) -> str:
        """Return the canonical text."""
        return dumps({"request": self.request.to_value(), "id_token": self.id_token})


def desk_word(fingerprint: str, signed_request: str) -> bytes:
    """Return what issuer 1 signs in the poll ``fingerprint`` (Phi) once it has issued on a canonical signed request.

    It says that code, passkey and free will, which only the desk can see, were as the poll asks.
    """
    return f"ippyo-desk-v1|{fingerprint}|{b64(sha256(signed_request))}".encode()


def code_text(fingerprint: str) -> bytes:
    """Return the text whose deterministic signature yields a voting code in the poll ``fingerprint`` (Phi)."""
    return f"ippyo-voting-code-v1|{fingerprint}".encode()


def _require_type(read: Fields, expected: str, what: str) -> None:
    if read.text("type", limit=40) != expected:
        raise ParseError(what, f"is not of the type {expected}")


def _certificate(read: Fields, name: str) -> bytes:
    return _limited(read, name, CERTIFICATE_LIMIT)


def _signature(read: Fields, name: str) -> bytes:
    return _limited(read, name, SIGNATURE_LIMIT)


def _limited(read: Fields, name: str, limit: int) -> bytes:
    data = unb64(read.text(name, limit=2 * limit), what=name)
    if not 1 <= len(data) <= limit:
        raise ParseError(name, f"does not have 1 to {limit} bytes")
    return data


def _algorithm(read: Fields, name: str) -> str:
    algorithm = read.text(name, limit=10)
    if algorithm not in ALGORITHMS:
        raise ParseError(name, f"is not one of {', '.join(ALGORITHMS)}")
    return algorithm
