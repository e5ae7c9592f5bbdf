"""A passkey in software (ES256, attestation ``none``) for tests and the demo: an authenticator and its browser in one.

It answers the options of WebAuthn (Web Authentication Level 2, §5.4 and §5.5, in their JSON forms of Level 3) as a
phone with a fingerprint sensor would. ``verifies_user`` and ``counter`` can be set to play one that does not.
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from ippyo.canonical import sha256

__all__ = ["SoftPasskey"]

_USER_PRESENT = 0x01
_USER_VERIFIED = 0x04
_ATTESTED_DATA = 0x40
_COSE_EC2, _COSE_ES256, _COSE_P256 = 2, -7, 1


@dataclass(slots=True)
class SoftPasskey:
    """One passkey on one device, used at ``origin``. The private key lives as long as the object."""

    origin: str
    verifies_user: bool = True
    counter: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1()), repr=False
    )
    _user_handle: bytes = b""

    def create(self, options: Mapping[str, Any]) -> dict[str, object]:
        """Answer creation options (``PublicKeyCredentialCreationOptionsJSON``) with a registration."""
        self._user_handle = _unb64url(options["user"]["id"])
        data = self._authenticator_data(options["rp"]["id"], _ATTESTED_DATA)
        data += bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id + self._cose_key()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self._client_data("webauthn.create", options["challenge"])
        return self._credential({"clientDataJSON": _b64url(client_data), "attestationObject": _b64url(attestation)})

    def get(self, options: Mapping[str, Any]) -> dict[str, object]:
        """Answer request options (``PublicKeyCredentialRequestOptionsJSON``) with an assertion; counts up."""
        self.counter += 1
        data = self._authenticator_data(options["rpId"], 0)
        client_data = self._client_data("webauthn.get", options["challenge"])
        signature = self._key.sign(data + sha256(client_data), ec.ECDSA(SHA256()))
        return self._credential(
            {
                "clientDataJSON": _b64url(client_data),
                "authenticatorData": _b64url(data),
                "signature": _b64url(signature),
                "userHandle": _b64url(self._user_handle),
            }
        )

    def _credential(self, response: Mapping[str, str]) -> dict[str, object]:
        identifier = _b64url(self.credential_id)
        return {
            "id": identifier,
            "rawId": identifier,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": dict(response),
        }

    def _authenticator_data(self, relying_party: str, flags: int) -> bytes:
        flags |= _USER_PRESENT | (_USER_VERIFIED if self.verifies_user else 0)
        return sha256(relying_party) + bytes([flags]) + self.counter.to_bytes(4)

    def _client_data(self, kind: str, challenge: str) -> bytes:
        data = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(data, separators=(",", ":")).encode()

    def _cose_key(self) -> bytes:
        numbers = self._key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32), numbers.y.to_bytes(32)
        return cbor2.dumps({1: _COSE_EC2, 3: _COSE_ES256, -1: _COSE_P256, -2: x, -3: y})


def _b64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _unb64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
