"""The one place where the agent lets a card sign, and the gate before it: three texts, and nothing else.

Whatever the rest of the agent does wrong, bytes that are not one of the three texts of docs/registration.md §2 in
canonical form do not reach the card.
"""

from __future__ import annotations

from ippyo.canonical import loads, sha256, unb64
from ippyo.errors import ParseError
from ippyo.identity.agent.jobs import BindingJob
from ippyo.identity.card.applications import JPKI, KeyKind
from ippyo.identity.card.jpki import JpkiCard
from ippyo.identity.card.pin import encoded_pin
from ippyo.identity.messages import (
    REQUEST_LIMIT,
    CardBinding,
    SignedBinding,
    SignedRequest,
    TicketRequestText,
    code_text,
)

__all__ = ["GuardedCard", "require_signable", "sign_binding", "sign_request"]

WHAT = "message to sign"


class GuardedCard(JpkiCard):
    """A card that signs the three texts only."""

    @staticmethod
    def require_form(key: KeyKind, pin: str) -> None:
        """Refuse a PIN that no card holds, without asking the card. Raises :class:`CardError` ``bad-pin``."""
        encoded_pin(pin, JPKI.keys[key].form)

    def sign(self, key: KeyKind, message: bytes) -> bytes:
        """Sign ``message``. Raises :class:`ParseError` for any other text, and what the card raises."""
        require_signable(message)
        return super().sign(key, message)


def require_signable(message: bytes) -> None:
    """Refuse ``message`` unless it is a ticket request, a card binding or the code text of a poll, byte for byte."""
    prefix, bar, rest = message.partition(b"|")
    match prefix:
        case b"ippyo-request-v1":
            rebuilt = TicketRequestText.from_text(rest).to_sign()
        case b"ippyo-binding-v1":
            rebuilt = CardBinding.from_value(loads(rest, what=WHAT, limit=REQUEST_LIMIT)).to_sign()
        case b"ippyo-voting-code-v1":
            rebuilt = code_text(_fingerprint(rest))
        case _:
            raise ParseError(WHAT, "is none of those that a card signs in a poll")
    if not bar or rebuilt != message:
        raise ParseError(WHAT, "is not in canonical form")


def sign_request(card: JpkiCard, key: KeyKind, request: TicketRequestText) -> SignedRequest:
    """Return ``request`` signed by a key whose PIN was shown."""
    signature = card.sign(key, request.to_sign())
    return SignedRequest(request, card.certificate(key), card.algorithm(key), signature)


def sign_binding(card: JpkiCard, job: BindingJob) -> SignedBinding:
    """Return the binding of this card's two certificates, signed by both keys, whose PINs were shown."""
    user = card.certificate(KeyKind.USER)
    binding = CardBinding(job.poll, job.nonce, job.time, sha256(user))
    message = binding.to_sign()
    return SignedBinding(
        binding,
        card.certificate(KeyKind.SIGNATURE),
        card.algorithm(KeyKind.SIGNATURE),
        card.sign(KeyKind.SIGNATURE, message),
        user,
        card.algorithm(KeyKind.USER),
        card.sign(KeyKind.USER, message),
    )


def _fingerprint(raw: bytes) -> str:
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError:
        raise ParseError(WHAT, "names no poll") from None
    unb64(text, what=WHAT, length=32)
    return text
