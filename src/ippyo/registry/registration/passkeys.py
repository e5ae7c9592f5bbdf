"""Passkeys (パスキー): a biometric or the device's lock, asked for beside the card, by WebAuthn.

User verification is required, so that holding the device is not enough. The authenticator's make is not asked
(attestation ``none``): it would tell voters apart. Pure: challenge, key and counter come and go as arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ippyo.identity.errors import IdentityRefusedError

__all__ = ["CHALLENGE_BYTES", "Registered", "creation_options", "relying_party", "request_options", "verify"]

CHALLENGE_BYTES = 32
MAX_CREDENTIAL_ID = 1023
"""Bytes, as WebAuthn says; an index of PostgreSQL takes few more."""

MAX_PUBLIC_KEY = 2048
_WAIT_MILLISECONDS = 300_000
"""Five minutes: nobody should be hurried by a fingerprint."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What is kept of a passkey: its id, its public key (COSE, as received) and its use counter."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def relying_party(origin: str) -> str:
    """Return the relying party's id of an origin: its host name."""
    return urlsplit(origin).hostname or ""


def creation_options(origin: str, title: str, user_id: bytes, challenge: bytes) -> dict[str, Any]:
    """Return what ``navigator.credentials.create`` is asked for; ``user_id`` is random, and says nothing of a voter."""
    options = webauthn.generate_registration_options(
        rp_id=relying_party(origin),
        rp_name=title,
        user_id=user_id,
        user_name=title,
        challenge=challenge,
        timeout=_WAIT_MILLISECONDS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return dict(options_to_json_dict(options))


def request_options(origin: str, credential_id: bytes, challenge: bytes) -> dict[str, Any]:
    """Return what ``navigator.credentials.get`` is asked for: the one passkey that this voter registered."""
    options = webauthn.generate_authentication_options(
        rp_id=relying_party(origin),
        challenge=challenge,
        timeout=_WAIT_MILLISECONDS,
        allow_credentials=[PublicKeyCredentialDescriptor(id=credential_id)],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(options_to_json_dict(options))


def verify(answer: dict[str, Any], origin: str, challenge: bytes, known: Registered | None) -> Registered:
    """Check a registration (``known`` is None) or an authentication with ``known``; return what is to be kept.

    Raises :class:`IdentityRefusedError` ``bad-passkey``: wrong challenge, origin, key, counter, or nobody verified.
    """
    try:
        return _registered(answer, origin, challenge) if known is None else _used(answer, origin, challenge, known)
    except IdentityRefusedError:
        raise
    except Exception as error:
        # The library parses what a stranger sent, with parsers of its own; whatever they make of it is one refusal.
        raise IdentityRefusedError("bad-passkey", type(error).__name__) from None


def _registered(answer: dict[str, Any], origin: str, challenge: bytes) -> Registered:
    verified = webauthn.verify_registration_response(
        credential=answer,
        expected_challenge=challenge,
        expected_rp_id=relying_party(origin),
        expected_origin=origin,
        require_user_verification=True,
    )
    if len(verified.credential_id) > MAX_CREDENTIAL_ID or len(verified.credential_public_key) > MAX_PUBLIC_KEY:
        raise IdentityRefusedError("bad-passkey", "its id or its key is too long")
    return Registered(verified.credential_id, verified.credential_public_key, verified.sign_count)


def _used(answer: dict[str, Any], origin: str, challenge: bytes, known: Registered) -> Registered:
    verified = webauthn.verify_authentication_response(
        credential=answer,
        expected_challenge=challenge,
        expected_rp_id=relying_party(origin),
        expected_origin=origin,
        credential_public_key=known.public_key,
        credential_current_sign_count=known.sign_count,
        require_user_verification=True,
    )
    if verified.credential_id != known.credential_id:
        raise IdentityRefusedError("bad-passkey", "another passkey")
    return Registered(known.credential_id, known.public_key, verified.new_sign_count)
