"""Signature transactions: what we hand in to be signed, and what a result must be before we believe it.

The card's RSA key signs what it is given after PKCS#1 v1.5 padding. A bare SHA-256 would yield a signature that no
standard verifier takes, so a DER DigestInfo (RFC 8017 §9.2) is handed in: the result is then plain RS256.
The names of the JSON fields are not published for administrative bodies; they stand here and nowhere else.
"""

from __future__ import annotations

import base64
import re
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from joserfc import jwe
from joserfc.errors import JoseError

from ippyo.canonical import loads
from ippyo.errors import ParseError
from ippyo.identity.card.algorithms import RS256
from ippyo.identity.certificates.keys import DECODING_ERRORS, algorithm_of, public_key, verifies
from ippyo.identity.certificates.profile import CERTIFICATE_LIMIT
from ippyo.identity.digital_auth.keys import ResultKey
from ippyo.identity.digital_auth.refusals import failed
from ippyo.identity.digital_auth.transport import ANSWER_LIMIT
from ippyo.identity.messages import SIGNATURE_LIMIT, SignedRequest, TicketRequestText

__all__ = ["DIGEST_FIELD", "digest_info", "read_result", "read_transaction"]

DIGEST_FIELD = "digest"
TRANSACTION_FIELD = "id"
SIGNATURE_FIELD = "signature"
CERTIFICATE_FIELD = "certificate"

ENCRYPTION = "A256GCM"
"""The only content encryption of a result that is taken."""

_TRANSACTION = re.compile(r"[0-9A-Za-z-]{1,64}")


def digest_info(request: TicketRequestText) -> bytes:
    """Return the DER DigestInfo of SHA-256 of what the card signs (51 bytes)."""
    return RS256.to_card(request.to_sign())


def read_transaction(text: bytes) -> str:
    """Return the number of a transaction just begun; refuses another answer as ``digital-auth-failed``."""
    number = _object(text, "signature transaction").get(TRANSACTION_FIELD)
    # It becomes a part of an address: nothing in it may lead elsewhere.
    if not isinstance(number, str) or not _TRANSACTION.fullmatch(number):
        raise failed("the signature transaction has no number")
    return number


def read_result(body: bytes, request: TicketRequestText, key: ResultKey | None) -> SignedRequest:
    """Return the signed request of a result; the signature is checked to be one over ``request``.

    ``key`` opens the JWE; with None the result is plain JSON. Whether the certificate is to be believed is not looked
    at here (:mod:`ippyo.identity.certificates`). Refuses everything else as ``digital-auth-failed``.
    """
    result = _object(body if key is None else _opened(body, key), "signature result")
    signature = _base64(result.get(SIGNATURE_FIELD), SIGNATURE_LIMIT)
    certificate = _base64(result.get(CERTIFICATE_FIELD), CERTIFICATE_LIMIT)
    try:
        key_of_card = public_key(x509.load_der_x509_certificate(certificate).public_key())
    except DECODING_ERRORS:
        raise failed("the result's certificate cannot be read, or its key is too weak") from None
    # A transaction takes SHA-256 only, which the next card's ES384 does not sign.
    if algorithm_of(key_of_card) != RS256.name:
        raise failed("the result's certificate is not for RSA")
    if not verifies(key_of_card, signature, request.to_sign(), hashes.SHA256()):
        raise failed("the result's signature is not one over this request")
    return SignedRequest(request, certificate, RS256.name, signature)


def _opened(body: bytes, key: ResultKey) -> bytes:
    try:
        opened = jwe.decrypt_compact(body.strip(), key.key, algorithms=[key.algorithm, ENCRYPTION])
    except (JoseError, ValueError):
        raise failed("the result is not encrypted to our key, or not in an accepted way") from None
    return opened.plaintext or b""


def _object(text: bytes, what: str) -> dict[str, Any]:
    try:
        value = loads(text, what=what, limit=ANSWER_LIMIT)
    except ParseError:
        raise failed(f"the {what} is not well formed") from None
    if not isinstance(value, dict):
        raise failed(f"the {what} is not well formed")
    return value


def _base64(value: object, limit: int) -> bytes:
    try:
        data = base64.b64decode(value if isinstance(value, str) else "", validate=True)
    except ValueError:
        data = b""
    if not 1 <= len(data) <= limit:
        raise failed("the signature result lacks a signature or a certificate")
    return data
