"""The ticket (投票券): every issuer's blind signature of one credential, for one ballot style (docs/protocol.md §6).

The voter's device makes a :class:`TicketRequest` from the voting code, each issuer signs its blinded message, and
:meth:`TicketRequest.finish` yields the :class:`Ticket`, which no issuer can link to the request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from ippyo.ballot.credential import Credential, derive_blinding
from ippyo.ballot.voting_code import VotingCode
from ippyo.canonical import b64, dumps, fields, loads, require_canonical, unb64
from ippyo.crypto.blind_rsa import POLL_KEY_BITS, Blinding, BlindSignatureError, RsaPublicKey, blind, finalize, verify
from ippyo.crypto.groups import Element, Group
from ippyo.errors import CheckFailedError, FaultyCoordinatorError, FaultyIssuerError, ParseError
from ippyo.poll.limits import MAX_ISSUERS

__all__ = ["BadTicketError", "Ticket", "TicketRequest", "ticket_message", "verify_ticket"]

WHAT = "ticket"
MAX_STYLE = 40
MAX_TEXT_BYTES = 16_384
SIGNATURE_BYTES = POLL_KEY_BITS // 8


class BadTicketError(CheckFailedError):
    """A ticket that not every issuer has signed for this poll, ballot style and credential."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ballot style, a credential, and the issuers' signatures (384 bytes each, in issuer order).

    ``credential`` is the text ``str(C)``, ``element`` the same decoded: a member of the group, not the identity.
    Decoding checks the form only; :func:`verify_ticket` checks the signatures.
    """

    style: str
    credential: str
    element: Element = field(repr=False, compare=False)
    signatures: tuple[bytes, ...]

    @classmethod
    def from_value(cls, value: object, group: Group) -> Self:
        """Decode a ticket nested in another message. Raises :class:`ParseError`."""
        entry = fields(value, WHAT, "style", "credential", "signatures")
        style = entry.text("style", limit=MAX_STYLE)
        credential = entry.text("credential", limit=group.text_limit)
        signatures = entry.texts("signatures", least=1, limit=MAX_ISSUERS, length=2 * SIGNATURE_BYTES)
        return cls(
            style,
            credential,
            group.decode_key(credential, what="credential"),
            tuple(unb64(signature, what="ticket signature", length=SIGNATURE_BYTES) for signature in signatures),
        )

    def to_value(self) -> dict[str, object]:
        """Return the JSON object, fields in the order of docs/protocol.md §6."""
        return {
            "style": self.style,
            "credential": self.credential,
            "signatures": [b64(signature) for signature in self.signatures],
        }

    @classmethod
    def from_text(cls, text: str | bytes, group: Group) -> Self:
        """Decode a ticket that stands alone (the voter's saved copy). Raises :class:`ParseError`."""
        ticket = cls.from_value(loads(text, what=WHAT, limit=MAX_TEXT_BYTES), group)
        require_canonical(text, ticket.to_text(), what=WHAT)
        return ticket

    def to_text(self) -> str:
        """Return the canonical text."""
        return dumps(self.to_value())


@dataclass(frozen=True, slots=True)
class TicketRequest:
    """A request for a ticket: public are :attr:`blinded_messages`; the rest stays on the voter's device.

    The blindings tell whose ticket it is, and the credential is what the ticket must not be linked to.
    """

    fingerprint: str
    style: str
    credential: Credential = field(repr=False)
    keys: tuple[RsaPublicKey, ...] = field(repr=False)
    blindings: tuple[Blinding, ...] = field(repr=False)

    @classmethod
    def create(cls, code: VotingCode, fingerprint: str, group: Group, style: str, keys: Sequence[RsaPublicKey]) -> Self:
        """Blind the credential of ``code`` for every issuer; ``keys`` are those of ``style``, in issuer order.

        The same code makes the same request again. Raises :class:`ParseError` without issuers or with too many.
        """
        if not 1 <= len(keys) <= MAX_ISSUERS:
            raise ParseError("ticket request", f"does not have 1 to {MAX_ISSUERS} issuers")
        credential = Credential.derive(code, fingerprint, group)
        message = ticket_message(fingerprint, credential.text)
        blindings = tuple(
            blind(key, message, r=derive_blinding(code, fingerprint, issuer, style, key))
            for issuer, key in enumerate(keys, start=1)
        )
        return cls(fingerprint, style, credential, tuple(keys), blindings)

    @property
    def blinded_messages(self) -> tuple[bytes, ...]:
        """What each issuer signs, in issuer order (384 bytes each)."""
        return tuple(blinding.blinded for blinding in self.blindings)

    def finish(self, blind_signatures: Sequence[bytes]) -> Ticket:
        """Unblind the issuers' answers, given in issuer order, and return the ticket, verified.

        Raises :class:`FaultyIssuerError` with the index of the first issuer whose signature is wrong or missing, and
        :class:`FaultyCoordinatorError` when there are more signatures than issuers.
        """
        if len(blind_signatures) > len(self.keys):
            raise FaultyCoordinatorError("there are more blind signatures than issuers")
        message = ticket_message(self.fingerprint, self.credential.text)
        signatures = []
        for issuer, (key, blinding) in enumerate(zip(self.keys, self.blindings, strict=True), start=1):
            if issuer > len(blind_signatures):
                raise FaultyIssuerError(issuer, "sent no blind signature")
            try:
                signatures.append(finalize(key, message, blind_signatures[issuer - 1], blinding))
            except BlindSignatureError as error:
                raise FaultyIssuerError(issuer, str(error)) from None
        return Ticket(self.style, self.credential.text, self.credential.public, tuple(signatures))


def ticket_message(fingerprint: str, credential: str) -> bytes:
    """Return what issuers sign: ``ippyo-ticket-v1|Phi|str(C)`` in UTF-8."""
    return f"ippyo-ticket-v1|{fingerprint}|{credential}".encode()


def verify_ticket(ticket: Ticket, fingerprint: str, keys: Sequence[RsaPublicKey]) -> None:
    """Check that every issuer signed ``ticket`` for the poll; ``keys`` are those of the ticket's style in genesis.

    Raises :class:`BadTicketError`.
    """
    if len(ticket.signatures) != len(keys):
        raise BadTicketError(f"the ticket has {len(ticket.signatures)} signatures instead of {len(keys)}")
    message = ticket_message(fingerprint, ticket.credential)
    for issuer, (key, signature) in enumerate(zip(keys, ticket.signatures, strict=True), start=1):
        if not verify(key, message, signature):
            raise BadTicketError(f"the ticket's signature of issuer {issuer} does not verify for its style")
