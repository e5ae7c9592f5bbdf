"""The four messages of the key ceremony (docs/protocol.md §4). Each has one text; a decoded one is a checked one.

What a message can prove by itself is checked when it is decoded; what needs the other trustees' messages is checked
by the step that receives it. Decoding raises :class:`~ippyo.errors.ParseError`, or
:class:`~ippyo.errors.FaultyCoordinatorError` for a message that belongs to another round or ceremony. Neither names a
culprit: who sent a message is known only when its signature has been checked.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from ippyo.canonical import Fields, b64, dumps, loads, require_canonical, sha256_b64, unb64
from ippyo.crypto.ceremony.context import MESSAGE_LIMIT, CeremonyContext
from ippyo.crypto.ceremony.shares import SealedShare
from ippyo.crypto.groups import Element
from ippyo.crypto.proof import Proof
from ippyo.crypto.trustee_keys import Certificate, Coefexps, VerificationKey, sign, signed_by
from ippyo.errors import ParseError

__all__ = ["DIGEST_LENGTH", "NONCE_BYTES", "Commit", "Complaint", "Confirm", "Message", "Reveal", "commitment_of"]

NONCE_BYTES = 32
DIGEST_LENGTH = 43
"""Characters of b64(H(..))."""


def commitment_of(context: CeremonyContext, index: int, nonce: bytes, coefexps: Coefexps) -> str:
    """Return ``commitment_i``: the hash that binds trustee ``index`` to its coefexps before it sees any other's."""
    return sha256_b64(f"ippyo-commit-v1|{context.text}|{index}|{b64(nonce)}|{coefexps.signed.message}")


class Message(ABC):
    """What all messages have in common: a kind, a sender, and one text."""

    __slots__ = ()

    kind: ClassVar[str]
    index: int
    """The sender's number, from 1."""

    @classmethod
    @abstractmethod
    def from_value(cls, context: CeremonyContext, value: object) -> Self:
        """Decode a JSON object."""

    @abstractmethod
    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""

    @classmethod
    def from_text(cls, context: CeremonyContext, text: str | bytes) -> Self:
        """Decode the canonical text."""
        message = cls.from_value(context, loads(text, what=cls.kind, limit=MESSAGE_LIMIT))
        require_canonical(text, message.to_text(), what=cls.kind)
        return message

    def to_text(self) -> str:
        """Return the canonical text."""
        return dumps(self.to_value())


class _SignedMessage(Message):
    """A message whose signature covers ceremony, sender, the field ``bound_to``, and the hash of all other fields."""

    __slots__ = ()

    bound_to: ClassVar[str]
    context: CeremonyContext
    signature: Proof

    @abstractmethod
    def _unsigned_value(self) -> dict[str, object]:
        """Return the JSON object without the signature."""

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        return self._unsigned_value() | {"signature": self.signature.to_value()}

    @classmethod
    def _signed_text_of(cls, context: CeremonyContext, index: int, unsigned: dict[str, object]) -> str:
        bound = unsigned.get(cls.bound_to)
        return f"ippyo-{cls.kind}-v1|{context.text}|{index}|{bound}|{sha256_b64(dumps(unsigned))}"

    def signed_text(self) -> str:
        """Return what the signature covers."""
        return self._signed_text_of(self.context, self.index, self._unsigned_value())

    def is_by(self, public: Element) -> bool:
        """Return whether the holder of ``public`` signed this message."""
        return signed_by(self.context.group, public, self.signed_text(), self.signature)

    @classmethod
    def was_signed(cls, context: CeremonyContext, index: int, public: Element, text: str) -> bool:
        """Return whether trustee ``index``, the holder of ``public``, signed exactly ``text``, acceptable or not."""
        what = "signed message"
        try:
            value = loads(text, what=what, limit=MESSAGE_LIMIT)
            # Only what the signature is taken from must be there; whatever else the signer wrote, it has signed.
            unsigned = dict(value) if isinstance(value, dict) else {}
            signature = Proof.from_value(context.group, unsigned.pop("signature", None), what)
        except ParseError:
            return False
        # The text put together again, or somebody could move its fields about and the signer would get the blame.
        as_signed = dumps(unsigned | {"signature": signature.to_value()})
        signed_text = cls._signed_text_of(context, index, unsigned)
        return as_signed == text and signed_by(context.group, public, signed_text, signature)


@dataclass(frozen=True, slots=True)
class Commit(Message):
    """Step 1: keys and a commitment, signed by the trustee."""

    kind = "commit"

    context: CeremonyContext
    index: int
    cert: Certificate
    commitment: str
    signature: Proof

    @staticmethod
    def signed_text(context: CeremonyContext, index: int, commitment: str) -> str:
        """Return what the signature covers."""
        return f"ippyo-commit-v1|{context.text}|{index}|{commitment}"

    @classmethod
    def from_value(cls, context: CeremonyContext, value: object) -> Self:
        """Decode; certificate and signature are checked."""
        read = Fields(value, cls.kind, ("type", "context", "index", "cert", "commitment", "signature"))
        index = context.index_of(read, cls.kind)
        what = f"commit of trustee {index}"
        cert = Certificate.from_value(context.group, context.quorum, index, read.raw("cert"))
        commitment = read.text("commitment", limit=DIGEST_LENGTH)
        unb64(commitment, what=f"commitment of trustee {index}", length=32)
        signature = Proof.from_value(context.group, read.raw("signature"), what)
        if not signed_by(context.group, cert.verification, cls.signed_text(context, index, commitment), signature):
            raise ParseError(what, "has a false signature")
        return cls(context, index, cert, commitment, signature)

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        return {
            "type": self.kind,
            "context": self.context.text,
            "index": self.index,
            "cert": self.cert.to_value(),
            "commitment": self.commitment,
            "signature": self.signature.to_value(),
        }


@dataclass(frozen=True, slots=True)
class Reveal(_SignedMessage):
    """Step 2: the opened commitment, and a sealed share for every other trustee (None at the sender's own place).

    ``round`` is R, the hash of the commits the sender has seen.
    """

    kind = "reveal"
    bound_to = "round"

    context: CeremonyContext
    index: int
    round: str
    nonce: bytes
    coefexps: Coefexps
    certs_signature: Proof
    shares: tuple[SealedShare | None, ...]
    signature: Proof

    @classmethod
    def make(
        cls,
        context: CeremonyContext,
        index: int,
        signing: int,
        *,
        round_hash: str,
        nonce: bytes,
        coefexps: Coefexps,
        certs_signature: Proof,
        shares: Sequence[SealedShare | None],
    ) -> Self:
        """Put the message together and sign it with the key ``signing``."""
        unsigned = cls(context, index, round_hash, nonce, coefexps, certs_signature, tuple(shares), Proof(0, 0))
        return replace(unsigned, signature=sign(context.group, signing, unsigned.signed_text()))

    @classmethod
    def from_value(cls, context: CeremonyContext, value: object) -> Self:
        """Decode; the commitment and the signatures can be checked against the commits only."""
        names = (*("type", "context", "index", "round", "nonce", "coefexps", "certs_signature", "shares", "signature"),)
        read = Fields(value, cls.kind, names)
        index = context.index_of(read, cls.kind)
        what, group, n = f"reveal of trustee {index}", context.group, context.quorum.total
        round_hash = read.text("round", limit=DIGEST_LENGTH)
        unb64(round_hash, what=f"round of trustee {index}", length=32)
        return cls(
            context,
            index,
            round_hash,
            unb64(read.text("nonce", limit=DIGEST_LENGTH), what=f"nonce of trustee {index}", length=NONCE_BYTES),
            Coefexps.from_value(group, context.quorum.threshold, read.raw("coefexps"), f"coefexps of trustee {index}"),
            Proof.from_value(group, read.raw("certs_signature"), f"certs signature of trustee {index}"),
            tuple(
                _share(context, index, j, entry) for j, entry in enumerate(read.array("shares", limit=n, least=n), 1)
            ),
            Proof.from_value(group, read.raw("signature"), what),
        )

    def _unsigned_value(self) -> dict[str, object]:
        group = self.context.group
        return {
            "type": self.kind,
            "context": self.context.text,
            "index": self.index,
            "round": self.round,
            "nonce": b64(self.nonce),
            "coefexps": self.coefexps.to_value(),
            "certs_signature": self.certs_signature.to_value(),
            "shares": [share and share.to_value(group) for share in self.shares],
        }


def _share(context: CeremonyContext, i: int, j: int, entry: object) -> SealedShare | None:
    what = f"share from trustee {i} for trustee {j}"
    if (entry is None) != (i == j):
        raise ParseError(what, "is there although it should not be" if i == j else "is missing")
    return None if entry is None else SealedShare.from_value(context.group, entry, what)


@dataclass(frozen=True, slots=True)
class Confirm(Message):
    """Step 3, when all is well: the verification key of the sender's key share."""

    kind = "confirm"

    context: CeremonyContext
    index: int
    key: VerificationKey

    @classmethod
    def from_value(cls, context: CeremonyContext, value: object) -> Self:
        """Decode; the proof of possession is checked."""
        read = Fields(value, cls.kind, ("type", "context", "index", "verification_key"))
        index = context.index_of(read, cls.kind)
        what = f"verification key of trustee {index}"
        return cls(context, index, VerificationKey.from_value(context.group, read.raw("verification_key"), what))

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        return {
            "type": self.kind,
            "context": self.context.text,
            "index": self.index,
            "verification_key": self.key.to_value(self.context.group),
        }


@dataclass(frozen=True, slots=True)
class Complaint(_SignedMessage):
    """Step 3, when the share in ``reveal`` for trustee ``index`` is bad: ``secret`` Z opens that share for everybody.

    ``reveal`` is what the sender of the complaint received, so that it can be judged whatever others received.
    ``proof`` shows log_g ek_j = log_P Z, so that Z is the right one.
    """

    kind = "complaint"
    bound_to = "against"

    context: CeremonyContext
    index: int
    reveal: Reveal
    secret: Element
    proof: Proof
    signature: Proof

    @property
    def against(self) -> int:
        """The number of the trustee complained about."""
        return self.reveal.index

    @classmethod
    def make(
        cls, context: CeremonyContext, index: int, signing: int, *, reveal: Reveal, secret: Element, proof: Proof
    ) -> Self:
        """Put the message together and sign it with the key ``signing``."""
        unsigned = cls(context, index, reveal, secret, proof, Proof(0, 0))
        return replace(unsigned, signature=sign(context.group, signing, unsigned.signed_text()))

    @classmethod
    def from_value(cls, context: CeremonyContext, value: object) -> Self:
        """Decode; whether it is justified is for :func:`~ippyo.crypto.ceremony.complaints.judge` to say."""
        names = ("type", "context", "index", "against", "reveal", "secret", "proof", "signature")
        read = Fields(value, cls.kind, names)
        index = context.index_of(read, cls.kind)
        what, group = f"complaint of trustee {index}", context.group
        against = read.integer("against", low=1, high=context.quorum.total)
        if against == index:
            raise ParseError(what, "is against its own sender")
        reveal = Reveal.from_value(context, read.raw("reveal"))
        if reveal.index != against:
            raise ParseError(what, f"is against trustee {against} but holds a reveal of trustee {reveal.index}")
        return cls(
            context,
            index,
            reveal,
            group.decode_key(read.text("secret", limit=group.text_limit), what=what),
            Proof.from_value(group, read.raw("proof"), what),
            Proof.from_value(group, read.raw("signature"), what),
        )

    def _unsigned_value(self) -> dict[str, object]:
        return {
            "type": self.kind,
            "context": self.context.text,
            "index": self.index,
            "against": self.against,
            "reveal": self.reveal.to_value(),
            "secret": self.context.group.encode(self.secret),
            "proof": self.proof.to_value(),
        }
