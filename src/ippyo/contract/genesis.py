"""Genesis: every key of a poll in one text, whose hash is the poll's fingerprint Phi (docs/protocol.md §5)."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from ippyo.canonical import dumps, fields, loads, require_canonical, sha256_b64, unb64
from ippyo.crypto.blind_rsa import RsaPublicKey
from ippyo.crypto.ed25519 import PublicKey
from ippyo.errors import ParseError
from ippyo.poll.limits import GENESIS_LIMIT, MAX_ISSUERS, MAX_OFFICERS, MAX_STYLES, MAX_WITNESSES

__all__ = [
    "ENGINES",
    "OPERATOR_PREFIX",
    "Genesis",
    "IssuerKeys",
    "LedgerKeys",
    "OfficerKeys",
    "StyleKey",
    "ceremony_hash",
    "log_name",
    "trustees_hash",
]

ENGINES = ("embedded", "comet")
OPERATOR_PREFIX = "ippyo.node/"
"""Witnesses of a comet poll whose names begin so are its operators: their keys are the validators'."""

_VERSION = 1
_WHAT = "genesis"
# The form of a C2SP verifier key; the ledger, which uses them, decodes them.
_VERIFIER_KEY = re.compile(r"([!-*,-~]{1,200})\+[0-9a-f]{8}\+([A-Za-z0-9+/]{44})", re.ASCII)


def trustees_hash(trustees_text: str) -> str:
    """Return b64(H(``ippyo-trustees-v1|`` ‖ T))."""
    return sha256_b64(f"ippyo-trustees-v1|{trustees_text}")


def ceremony_hash(transcript_text: str) -> str:
    """Return b64(H(``ippyo-ceremony-v1|`` ‖ transcript text))."""
    return sha256_b64(f"ippyo-ceremony-v1|{transcript_text}")


def log_name(manifest_id: str) -> str:
    """Return the name of the ledger's log key, which is the origin of its checkpoints."""
    return f"ippyo.poll/{manifest_id}"


def _distinct(what: str, values: Sequence[object]) -> None:
    if len(set(values)) != len(values):
        raise ParseError(_WHAT, f"names the same {what} twice")


def _name_and_key(verifier_key: str) -> tuple[str, bytes]:
    """Return the name in a verifier key and the public key itself, without the byte that says its kind."""
    match = _VERIFIER_KEY.fullmatch(verifier_key)
    if match is None:
        raise ParseError(_WHAT, "holds a verifier key that is not of the form NAME+HASH+KEY")
    return match[1], base64.b64decode(match[2])[1:]


@dataclass(frozen=True, slots=True)
class StyleKey:
    """The RSA key with which an issuer signs tickets of one ballot style."""

    style: str
    key: RsaPublicKey

    @classmethod
    def from_value(cls, value: object) -> StyleKey:
        """Decode ``{"style":..,"key":..}``."""
        entry = fields(value, "issuer's key of a style", "style", "key")
        return cls(entry.text("style", limit=40), RsaPublicKey.from_text(entry.text("key", limit=2000)))

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        return {"style": self.style, "key": self.key.to_text()}


@dataclass(frozen=True, slots=True)
class IssuerKeys:
    """An issuer of tickets: ``key`` signs its ``issued`` totals, ``styles`` its tickets."""

    name: str
    key: PublicKey
    styles: tuple[StyleKey, ...]

    @classmethod
    def from_value(cls, value: object) -> IssuerKeys:
        """Decode ``{"name":..,"key":..,"styles":[..]}``."""
        entry = fields(value, "issuer", "name", "key", "styles")
        return cls(
            entry.text("name"),
            PublicKey.from_text(entry.text("key", limit=100)),
            tuple(entry.map("styles", StyleKey.from_value, limit=MAX_STYLES, least=1)),
        )

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        return {
            "name": self.name,
            "key": self.key.to_text(),
            "styles": [style.to_value() for style in self.styles],
        }


@dataclass(frozen=True, slots=True)
class OfficerKeys:
    """The officers' keys: an act needs the signatures of ``threshold`` of them. Officers are numbered from 1."""

    threshold: int
    keys: tuple[PublicKey, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.threshold <= len(self.keys) <= MAX_OFFICERS:
            raise ParseError(_WHAT, "has a threshold of officers that is not between 1 and their number")
        _distinct("officer's key", self.keys)

    @classmethod
    def from_value(cls, value: object) -> OfficerKeys:
        """Decode ``{"threshold":k,"keys":[..]}``."""
        entry = fields(value, "officers", "threshold", "keys")
        keys = entry.texts("keys", limit=MAX_OFFICERS, least=1, length=100)
        return cls(entry.integer("threshold", low=1), tuple(PublicKey.from_text(key) for key in keys))

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        return {"threshold": self.threshold, "keys": [key.to_text() for key in self.keys]}


@dataclass(frozen=True, slots=True)
class LedgerKeys:
    """Which engine keeps the ledger, its log key, and the witnesses of whom ``quorum`` must cosign a checkpoint."""

    engine: str
    log: str
    witnesses: tuple[str, ...] = ()
    quorum: int = 0

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise ParseError(_WHAT, f"names an engine other than {' or '.join(ENGINES)}")
        names, keys = zip(*(_name_and_key(key) for key in (self.log, *self.witnesses)), strict=True)
        _distinct("log or witness", names)
        # Who holds the key of two would stand for two, and a log that is its own witness is watched by nobody.
        _distinct("key of log or witness", keys)
        if not 0 <= self.quorum <= len(self.witnesses) <= MAX_WITNESSES:
            raise ParseError(_WHAT, "has a quorum of witnesses that is larger than their number")
        if self.engine == "comet":
            self._check_operators(names[1:])

    def _check_operators(self, names: Sequence[str]) -> None:
        """Check that operators come first, and that no quorum is without more than two thirds of them."""
        operators = len(self.operators)
        if not operators or any(name.startswith(OPERATOR_PREFIX) for name in names[operators:]):
            raise ParseError(_WHAT, "names no operators, or not all of them before the other witnesses")
        # Even if all other witnesses are among those who cosigned.
        if 3 * (self.quorum - len(names) + operators) <= 2 * operators:
            raise ParseError(_WHAT, "has a quorum that does not take more than two thirds of the operators")

    @property
    def operators(self) -> tuple[str, ...]:
        """The verifier keys of a comet poll's operators: the first witnesses, named ``ippyo.node/…``."""
        return tuple(takewhile(lambda key: key.startswith(OPERATOR_PREFIX), self.witnesses))

    @property
    def log_name(self) -> str:
        """The name in the log's key."""
        return _name_and_key(self.log)[0]

    @classmethod
    def from_value(cls, value: object) -> LedgerKeys:
        """Decode ``{"engine":..,"log":..,"witnesses":[..],"quorum":w}``."""
        entry = fields(value, "ledger", "engine", "log", "witnesses", "quorum")
        return cls(
            entry.text("engine"),
            entry.text("log", limit=400),
            tuple(entry.texts("witnesses", limit=MAX_WITNESSES, length=400)),
            entry.integer("quorum"),
        )

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        return {"engine": self.engine, "log": self.log, "witnesses": list(self.witnesses), "quorum": self.quorum}


@dataclass(frozen=True)
class Genesis:
    """What a poll starts from. ``manifest``, ``trustees`` and ``ceremony`` are hashes; ``public_key`` is ``str(y)``."""

    manifest: str
    trustees: str
    ceremony: str
    public_key: str
    issuers: tuple[IssuerKeys, ...]
    officers: OfficerKeys
    ledger: LedgerKeys

    def __post_init__(self) -> None:
        for name in ("manifest", "trustees", "ceremony"):
            unb64(getattr(self, name), what=f"{_WHAT}: {name}", length=32)
        _distinct("issuer", [issuer.name for issuer in self.issuers])
        _distinct("issuer's key", [issuer.key for issuer in self.issuers])
        # The key alone says what a ticket is for: one key for two styles would make one ticket good for both.
        _distinct("RSA key", [style.key for issuer in self.issuers for style in issuer.styles])

    @cached_property
    def text(self) -> str:
        """The canonical text."""
        return dumps(
            {
                "version": _VERSION,
                "manifest": self.manifest,
                "trustees": self.trustees,
                "ceremony": self.ceremony,
                "public_key": self.public_key,
                "issuers": [issuer.to_value() for issuer in self.issuers],
                "officers": self.officers.to_value(),
                "ledger": self.ledger.to_value(),
            }
        )

    @cached_property
    def fingerprint(self) -> str:
        """The poll's fingerprint Phi = b64(H(``ippyo-poll-v1|`` ‖ genesis text))."""
        return sha256_b64(f"ippyo-poll-v1|{self.text}")

    @classmethod
    def from_text(cls, text: str | bytes) -> Genesis:
        """Decode a canonical genesis text. Raises :class:`ParseError`."""
        names = ("version", "manifest", "trustees", "ceremony", "public_key", "issuers", "officers", "ledger")
        entry = fields(loads(text, what=_WHAT, limit=GENESIS_LIMIT), _WHAT, *names)
        if entry.integer("version") != _VERSION:
            raise ParseError(_WHAT, f"has a version other than {_VERSION}; a newer ippyo may read it")
        genesis = cls(
            manifest=entry.text("manifest", limit=43),
            trustees=entry.text("trustees", limit=43),
            ceremony=entry.text("ceremony", limit=43),
            public_key=entry.text("public_key", limit=2000),
            issuers=tuple(entry.map("issuers", IssuerKeys.from_value, limit=MAX_ISSUERS, least=1)),
            officers=OfficerKeys.from_value(entry.raw("officers")),
            ledger=LedgerKeys.from_value(entry.raw("ledger")),
        )
        require_canonical(text, genesis.text, what=_WHAT)
        return genesis

    def to_text(self) -> str:
        """Return the canonical text, without a newline at the end."""
        return self.text
