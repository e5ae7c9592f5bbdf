"""What offices send: issuers their totals, trustees their partial decryptions, officers their acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from ippyo.canonical import Fields, b64, dumps, sha256, unb64
from ippyo.contract.acts import OfficerSignature, parse_signatures, sign_act
from ippyo.contract.message import Message
from ippyo.contract.poll import Poll
from ippyo.crypto.decryption import PartialDecryption
from ippyo.crypto.ed25519 import SIGNATURE_BYTES, SecretKey, sign
from ippyo.crypto.elgamal import Ciphertext
from ippyo.crypto.groups import Group
from ippyo.errors import ParseError
from ippyo.poll.limits import MAX_CHOICES, MAX_ISSUERS, MAX_OFFICERS, MAX_TRUSTEES

__all__ = ["Act", "Audit", "Close", "Decrypt", "Issued", "Open", "ResultAct", "Tally"]

_MAX_SUBJECT = 300


@dataclass(frozen=True, slots=True)
class Issued(Message):
    """Issuer number ``issuer`` (from 1) has handed out tickets for ``total`` credentials of a ballot style."""

    kind = "issued"
    issuer: int
    style: str
    total: int
    signature: bytes

    @staticmethod
    def message(poll: str, issuer: int, style: str, total: int) -> bytes:
        """Return what the issuer signs with its Ed25519 key."""
        return f"ippyo-issued-v1|{poll}|{issuer}|{style}|{total}".encode()

    @classmethod
    def make(cls, poll: str, issuer: int, style: str, total: int, key: SecretKey) -> Self:
        """Sign a total."""
        return cls(poll, issuer, style, total, sign(key, cls.message(poll, issuer, style, total)))

    @classmethod
    def parse(cls, read: Fields, poll: Poll) -> Self:
        """Decode the fields."""
        return cls(
            poll.fingerprint,
            read.integer("issuer", low=1, high=MAX_ISSUERS),
            read.text("style", limit=40),
            read.integer("total", low=1),
            unb64(read.text("signature", limit=100), what="issuer's signature", length=SIGNATURE_BYTES),
        )

    def values(self) -> dict[str, object]:  # noqa: D102
        return {
            "issuer": self.issuer,
            "style": self.style,
            "total": self.total,
            "signature": b64(self.signature),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Act(Message):
    """A transaction of the officers. Make it without signatures, then take :meth:`signed`."""

    signatures: tuple[OfficerSignature, ...] = ()

    def content(self) -> dict[str, object]:
        """Return the fields between ``poll`` and ``signatures``, in canonical order."""
        return {}

    @property
    def body(self) -> str:
        """The text M that officers sign: everything but the signatures."""
        return dumps({"type": self.kind, "poll": self.poll} | self.content())

    @property
    def body_hash(self) -> bytes:
        """H of the body (32 bytes), by which an act is known, whoever signed it."""
        return sha256(self.body)

    def signed(self, keys: Mapping[int, SecretKey]) -> Self:
        """Return the act with the signatures of these officers, given by their numbers, instead of any others."""
        return replace(self, signatures=sign_act(keys, self.poll, self.body))

    def values(self) -> dict[str, object]:  # noqa: D102
        return self.content() | {"signatures": [signature.to_value() for signature in self.signatures]}


def _signatures(read: Fields) -> tuple[OfficerSignature, ...]:
    return parse_signatures(read.array("signatures", limit=MAX_OFFICERS))


@dataclass(frozen=True, slots=True)
class Open(Act):
    """The officers open the empty box."""

    kind = "open"

    @classmethod
    def parse(cls, read: Fields, poll: Poll) -> Self:
        """Decode the fields."""
        return cls(poll.fingerprint, signatures=_signatures(read))


@dataclass(frozen=True, slots=True)
class Close(Act):
    """The officers close the box."""

    kind = "close"

    @classmethod
    def parse(cls, read: Fields, poll: Poll) -> Self:
        """Decode the fields."""
        return cls(poll.fingerprint, signatures=_signatures(read))


@dataclass(frozen=True, slots=True)
class Tally(Act):
    """The encrypted tally of a contest: the product of the ``num_tallied`` ballots that count."""

    kind = "tally"
    contest: str
    num_tallied: int
    encrypted_tally: tuple[Ciphertext, ...]
    group: Group = field(repr=False, compare=False)

    @classmethod
    def parse(cls, read: Fields, poll: Poll) -> Self:
        """Decode the fields."""
        group = poll.group
        values = read.array("encrypted_tally", limit=MAX_CHOICES, least=1)
        return cls(
            poll.fingerprint,
            read.text("contest", limit=40),
            read.integer("num_tallied"),
            tuple(Ciphertext.from_tally_value(group, value, "encrypted tally") for value in values),
            group,
            signatures=_signatures(read),
        )

    def content(self) -> dict[str, object]:  # noqa: D102
        return {
            "contest": self.contest,
            "num_tallied": self.num_tallied,
            "encrypted_tally": [ciphertext.to_value(self.group) for ciphertext in self.encrypted_tally],
        }


@dataclass(frozen=True, slots=True)
class Decrypt(Message):
    """The partial decryption of a tally by trustee number ``owner``; its proofs are its authentication."""

    kind = "decrypt"
    contest: str
    owner: int
    decryption: PartialDecryption
    group: Group = field(repr=False, compare=False)

    @classmethod
    def parse(cls, read: Fields, poll: Poll) -> Self:
        """Decode the fields."""
        return cls(
            poll.fingerprint,
            read.text("contest", limit=40),
            read.integer("owner", low=1, high=MAX_TRUSTEES),
            PartialDecryption.from_value(poll.group, read.raw("decryption")),
            poll.group,
        )

    def values(self) -> dict[str, object]:  # noqa: D102
        return {"contest": self.contest, "owner": self.owner, "decryption": self.decryption.to_value(self.group)}


@dataclass(frozen=True, slots=True)
class ResultAct(Act):
    """The result of a contest: one count for each choice, the blank count first."""

    kind = "result"
    contest: str
    result: tuple[int, ...]

    @classmethod
    def parse(cls, read: Fields, poll: Poll) -> Self:
        """Decode the fields."""
        counts = read.array("result", limit=MAX_CHOICES, least=1)
        if any(type(count) is not int or count < 0 for count in counts):
            raise ParseError("result", "is not a list of counts")
        return cls(poll.fingerprint, read.text("contest", limit=40), tuple(counts), signatures=_signatures(read))

    def content(self) -> dict[str, object]:  # noqa: D102
        return {"contest": self.contest, "result": list(self.result)}


@dataclass(frozen=True, slots=True)
class Audit(Act):
    """The SHA-256 digest of a report or of a log, so that nobody can change it afterwards."""

    kind = "audit"
    subject: str
    digest: bytes

    @classmethod
    def parse(cls, read: Fields, poll: Poll) -> Self:
        """Decode the fields."""
        digest = unb64(read.text("digest", limit=43), what="audit digest", length=32)
        subject = read.text("subject", limit=_MAX_SUBJECT)
        return cls(poll.fingerprint, subject, digest, signatures=_signatures(read))

    def content(self) -> dict[str, object]:  # noqa: D102
        return {"subject": self.subject, "digest": b64(self.digest)}
