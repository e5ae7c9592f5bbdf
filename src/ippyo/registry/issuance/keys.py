"""The issuer's secrets: an Ed25519 key that signs totals, and an RSA key for each ballot style that signs tickets.

In the key file (age, under a passphrase) is the text

    {"type":"issuer-keys","name":NAME,"key":b64(seed),"styles":[{"style":ID,"pem":PKCS#8 PEM}..]}

with all styles, or with none where an HSM token holds the RSA keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from ippyo.canonical import dumps, fields, loads, require_canonical
from ippyo.contract.genesis import IssuerKeys, StyleKey
from ippyo.contract.poll import Poll
from ippyo.crypto import age_file, ed25519
from ippyo.crypto.hsm_issuer_key import HsmToken
from ippyo.crypto.issuer_key import FileIssuerKey, IssuerKey
from ippyo.errors import InputError, ParseError
from ippyo.files import read_limited
from ippyo.poll.limits import MAX_STYLES
from ippyo.registry.site.config import TokenConfig

__all__ = ["IssuerSecrets", "open_token"]

PIN_LIMIT = 256

_WHAT = "issuer's key file"


@dataclass(frozen=True, slots=True)
class IssuerSecrets:
    """The secrets of the issuer ``name``; ``styles`` in the manifest's order."""

    name: str
    key: ed25519.SecretKey = field(repr=False)
    styles: Mapping[str, IssuerKey] = field(repr=False)

    @classmethod
    def generate(cls, name: str, styles: Sequence[str]) -> Self:
        """Draw new keys, RSA keys for ``styles`` (seconds each; none where a token makes them)."""
        return cls(name, ed25519.generate(), {style: FileIssuerKey.generate() for style in styles})

    @classmethod
    def unseal(cls, sealed: bytes, passphrase: str) -> Self:
        """Open a key file. Raises :class:`~ippyo.errors.InputError` for a wrong passphrase or another content."""
        return cls.from_text(age_file.decrypt(sealed, passphrase, what=_WHAT))

    def seal(self, passphrase: str) -> bytes:
        """Return the content of a key file under ``passphrase``."""
        return age_file.encrypt(self.to_text().encode(), passphrase)

    @classmethod
    def from_text(cls, text: str | bytes) -> Self:
        """Decode the secret text. Raises :class:`ParseError`."""
        read = fields(loads(text, what=_WHAT, limit=age_file.MAX_PLAINTEXT), _WHAT, "type", "name", "key", "styles")
        if read.text("type", limit=20) != "issuer-keys":
            raise ParseError(_WHAT, "does not hold an issuer's keys")
        styles = dict(read.map("styles", _style_key, limit=MAX_STYLES))
        secrets = cls(read.text("name", limit=400), ed25519.SecretKey.from_text(read.text("key", limit=100)), styles)
        require_canonical(text, secrets.to_text(), what=_WHAT)
        return secrets

    def to_text(self) -> str:
        """Return the secret text; keys in a token are not in it."""
        kept = [(style, key) for style, key in self.styles.items() if isinstance(key, FileIssuerKey)]
        styles = [{"style": style, "pem": key.to_pem().decode("ascii")} for style, key in kept]
        return dumps({"type": "issuer-keys", "name": self.name, "key": self.key.to_text(), "styles": styles})

    def with_token(self, token: HsmToken, prefix: str, styles: Sequence[str]) -> Self:
        """Return the secrets with the RSA keys that ``token`` holds, labelled ``prefix`` and the style's id."""
        return replace(self, styles={style: token.key(prefix + style) for style in styles})

    def public(self) -> IssuerKeys:
        """Return what genesis says of this issuer."""
        styles = tuple(StyleKey(style, key.public_key) for style, key in self.styles.items())
        return IssuerKeys(self.name, self.key.public, styles)

    def require_issuer(self, poll: Poll, issuer: int) -> None:
        """Raise :class:`InputError` unless these are the keys of ``issuer`` (from 1) in the poll's genesis."""
        if not 1 <= issuer <= len(poll.genesis.issuers):
            raise InputError(f"the poll has no issuer {issuer}; it has {len(poll.genesis.issuers)}")
        if self.public() != poll.genesis.issuers[issuer - 1]:
            raise InputError(f"these are not the keys of issuer {issuer} in the poll's genesis; use that issuer's file")


def open_token(token: TokenConfig, *, writable: bool = False) -> HsmToken:
    """Log in to the HSM token with the PIN in its file; ``writable`` to make keys there. Raises :class:`InputError`."""
    first, _, _ = read_limited(token.pin_file, PIN_LIMIT, "PIN file").decode("utf-8", "replace").partition("\n")
    if token.pin_file.stat().st_mode & 0o077:
        raise InputError(f"{token.pin_file}: others can read the token's PIN; give it mode 600")
    # Windows ends lines with two characters, and a token locks itself after a few wrong PINs.
    return HsmToken.open(token.module, token.token, first.removesuffix("\r"), writable=writable)


def _style_key(value: object) -> tuple[str, FileIssuerKey]:
    read = fields(value, _WHAT, "style", "pem")
    return read.text("style", limit=40), FileIssuerKey.from_pem(read.text("pem", limit=20_000).encode())
