"""What the simulated service learns from a virtual card: the four data, and signatures of its key."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils
from cryptography.hazmat.primitives.serialization import load_der_private_key

from ippyo.identity.card.virtual.contents import CardContents
from ippyo.identity.person import BasicData

__all__ = ["four_data", "pairwise_subject", "sign_digest"]


def pairwise_subject(secret: bytes, person: str, redirect_uri: str) -> str:
    """Return the name by which the client at this host, and no other, knows the person (OIDC Core §8.1)."""
    sector = urlsplit(redirect_uri).hostname or ""
    digest = hmac.digest(secret, f"{sector}\0{person}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def four_data(basic: BasicData, scopes: frozenset[str]) -> dict[str, object]:
    """Return the claims of the scopes that the person consented to."""
    born = basic.born
    claims: dict[str, object] = {
        "name": basic.name,
        "address": {"formatted": basic.address},
        "birthdate": f"{born.year:04}-{born.month:02}-{born.day:02}",
        "gender": basic.sex,
    }
    return {name: claim for name, claim in claims.items() if name in scopes}


def sign_digest(contents: CardContents, digest: bytes) -> dict[str, str] | None:
    """Sign ``digest`` as it is (PKCS#1 v1.5 padding, no DigestInfo added) with the key of 署名用電子証明書.

    Returns signature and certificate in Base64; None for a card without such a key, or with one that is not RSA.
    """
    if contents.signature is None:
        return None
    key = load_der_private_key(contents.signature.key, None)
    if not isinstance(key, rsa.RSAPrivateKey):
        return None
    signature = key.sign(digest, padding.PKCS1v15(), utils.NoDigestInfo())
    parts = {"signature": signature, "certificate": contents.signature.certificate}
    return {name: base64.b64encode(part).decode("ascii") for name, part in parts.items()}
