"""Entries and block headers: what the tree's leaves and the log's signature say of transactions (protocol §11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ippyo.canonical import b64, dumps, fields, loads, require_canonical, sha256_b64, unb64
from ippyo.crypto.merkle import HASH_LENGTH, leaf_hash
from ippyo.errors import ParseError
from ippyo.ledger.notes import SigningKey, VerifierKey
from ippyo.poll.limits import BLOCK_LIMIT, MAX_CONTESTS, TRANSACTION_LIMIT

__all__ = [
    "BLOCK_LIMIT",
    "HEADER_LIMIT",
    "LAST_TIME",
    "TRANSACTION_LIMIT",
    "BlockHeader",
    "Entry",
    "SignedHeader",
    "first_previous",
]

HEADER_LIMIT = 4096
LAST_TIME = 253_370_764_799_999
"""The last millisecond of the last second that a manifest can name (protocol §3)."""

_ENTRY_PREFIX = "ippyo-entry-v1"
_SIGNATURE_PREFIX = b"ippyo-block-v1\n"
_TYPE_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz-")


def _digest(text: str, what: str) -> str:
    unb64(text, what=what, length=HASH_LENGTH)
    return text


def first_previous(poll: str) -> str:
    """Return the ``previous`` of block 1, in place of the hash of a block 0 that nobody writes."""
    return sha256_b64(f"ippyo-genesis-block-v1|{poll}")


@dataclass(frozen=True, slots=True)
class Entry:
    """The leaf of one transaction: its type, the hash of its text, and the trackers it is about."""

    kind: str
    digest: str
    trackers: tuple[str, ...] = ()

    @classmethod
    def of(cls, tx: str) -> Entry:
        """Return the entry of a canonical transaction text; only as much is parsed as the entry names."""
        what = "transaction"
        value = loads(tx, what=what, limit=TRANSACTION_LIMIT)
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            raise ParseError(what, "has no type")
        return cls._checked(kind, sha256_b64(tx), tuple(_trackers(kind, value)), what)

    @classmethod
    def from_text(cls, text: str) -> Entry:
        """Parse an entry, strictly."""
        what = "entry"
        parts = text.split("|")
        if len(parts) != 4 or parts[0] != _ENTRY_PREFIX:
            raise ParseError(what, f"is not four parts, the first of them {_ENTRY_PREFIX}")
        _, kind, digest, trackers = parts
        return cls._checked(kind, digest, tuple(trackers.split(",")) if trackers else (), what)

    @classmethod
    def _checked(cls, kind: str, digest: str, trackers: tuple[str, ...], what: str) -> Entry:
        if not 1 <= len(kind) <= 20 or not _TYPE_CHARACTERS.issuperset(kind):
            raise ParseError(what, "has an impossible type")
        if len(trackers) > MAX_CONTESTS:
            raise ParseError(what, f"has more than {MAX_CONTESTS} trackers")
        return cls(kind, _digest(digest, f"{what}: hash"), tuple(_digest(t, f"{what}: tracker") for t in trackers))

    def to_text(self) -> str:
        """Return the leaf input of the tree."""
        return f"{_ENTRY_PREFIX}|{self.kind}|{self.digest}|{','.join(self.trackers)}"

    @property
    def leaf(self) -> bytes:
        """The leaf hash (32 bytes)."""
        return leaf_hash(self.to_text().encode())


def _trackers(kind: str, value: Mapping[str, Any]) -> list[str]:
    """Return the trackers of a transaction: of a cast's ballots, or the one a voter spoils."""
    if kind == "spoil":
        return [fields(value, kind, "tracker", optional=list(value)).text("tracker", limit=43)]
    if kind == "cast":
        ballots = fields(value, kind, "ballots", optional=list(value)).array("ballots", limit=MAX_CONTESTS)
        # A part of a canonical text is canonical itself, so this is the ballot's text as it was cast.
        return [sha256_b64(dumps(ballot)) for ballot in ballots]
    return []


@dataclass(frozen=True, slots=True)
class BlockHeader:
    """The header of a block. ``time`` is in milliseconds; ``size`` and ``root`` are those after the block.

    ``poll``, ``previous`` and ``state`` are hashes in their text form, ``root`` is 32 bytes.
    """

    poll: str
    height: int
    time: int
    previous: str
    size: int
    root: bytes
    state: str

    @classmethod
    def from_value(cls, value: object) -> BlockHeader:
        """Check a decoded header."""
        what = "block header"
        f = fields(value, what, "poll", "height", "time", "previous", "size", "root", "state")
        return cls(
            _digest(f.text("poll"), f"{what}: poll"),
            f.integer("height", low=1),
            f.integer("time", high=LAST_TIME),
            _digest(f.text("previous"), f"{what}: previous"),
            f.integer("size"),
            unb64(f.text("root"), what=f"{what}: root", length=HASH_LENGTH),
            _digest(f.text("state"), f"{what}: state"),
        )

    @classmethod
    def from_text(cls, text: str) -> BlockHeader:
        """Parse a canonical header."""
        header = cls.from_value(loads(text, what="block header", limit=HEADER_LIMIT))
        require_canonical(text, header.to_text(), what="block header")
        return header

    def to_value(self) -> dict[str, object]:
        """Return the fields in canonical order."""
        return {
            "poll": self.poll,
            "height": self.height,
            "time": self.time,
            "previous": self.previous,
            "size": self.size,
            "root": b64(self.root),
            "state": self.state,
        }

    def to_text(self) -> str:
        """Return the canonical text."""
        return dumps(self.to_value())

    @property
    def hash(self) -> str:
        """The hash that the next header calls ``previous``."""
        return sha256_b64(self.to_text())

    @property
    def signed_message(self) -> bytes:
        """What the log signs."""
        return _SIGNATURE_PREFIX + self.to_text().encode()

    def sign(self, key: SigningKey) -> SignedHeader:
        """Sign with the log's key."""
        return SignedHeader(self, key.sign_bytes(self.signed_message))


@dataclass(frozen=True, slots=True)
class SignedHeader:
    """A header and the log's Ed25519 signature (64 bytes), not yet verified."""

    header: BlockHeader
    signature: bytes

    @classmethod
    def from_text(cls, text: str) -> SignedHeader:
        """Parse one line of ``blocks.jsonl``, without its newline."""
        what = "block"
        f = fields(loads(text, what=what, limit=HEADER_LIMIT), what, "header", "signature")
        header = BlockHeader.from_value(f.raw("header"))
        block = cls(header, unb64(f.text("signature"), what=f"{what}: signature", length=64))
        require_canonical(text, block.to_text(), what=what)
        return block

    def to_text(self) -> str:
        """Return the canonical text."""
        return dumps({"header": self.header.to_value(), "signature": b64(self.signature)})

    def verify(self, key: VerifierKey) -> bool:
        """Whether the log whose key is ``key`` signed this header."""
        return key.verifies_bytes(self.header.signed_message, self.signature)
