"""Passkeys by WebAuthn, with the simulated authenticator on the other side."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from typing import Any

import pytest

from ippyo.canonical import sha256
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.simulated.passkey import SoftPasskey
from ippyo.registry.registration.passkeys import (
    Registered,
    creation_options,
    relying_party,
    request_options,
    verify,
)

ORIGIN = "https://desk.example:8443"
CHALLENGE = sha256("challenge")
OTHER = sha256("another")


def unb64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def registered(device: SoftPasskey) -> Registered:
    return verify(device.create(creation_options(ORIGIN, "投票", bytes(32), CHALLENGE)), ORIGIN, CHALLENGE, None)


def used(device: SoftPasskey, known: Registered) -> Registered:
    return verify(device.get(request_options(ORIGIN, known.credential_id, CHALLENGE)), ORIGIN, CHALLENGE, known)


def refused(answer: dict[str, Any], known: Registered | None = None, challenge: bytes = CHALLENGE) -> bool:
    with pytest.raises(IdentityRefusedError) as caught:
        verify(answer, ORIGIN, challenge, known)
    return caught.value.code == "bad-passkey"


def test_the_relying_party_is_the_host() -> None:
    assert relying_party(ORIGIN) == "desk.example"
    assert relying_party("http://localhost:8001") == "localhost"


def test_options_ask_for_a_verified_user_and_no_attestation() -> None:
    options = creation_options(ORIGIN, "投票", bytes(32), CHALLENGE)
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "preferred"
    assert unb64url(options["challenge"]) == CHALLENGE
    asked = request_options(ORIGIN, b"id", CHALLENGE)
    assert asked["userVerification"] == "required"
    assert [unb64url(entry["id"]) for entry in asked["allowCredentials"]] == [b"id"]


def test_registered_and_used_with_a_rising_counter() -> None:
    device = SoftPasskey(ORIGIN)
    known = registered(device)
    assert known.credential_id == device.credential_id
    assert used(device, known) == replace(known, sign_count=1)


def test_registration_is_refused_for_another_challenge_or_origin() -> None:
    options = creation_options(ORIGIN, "投票", bytes(32), CHALLENGE)
    assert refused(SoftPasskey(ORIGIN).create(options), challenge=OTHER)
    assert refused(SoftPasskey("https://desk.example").create(options))
    assert refused(SoftPasskey(ORIGIN).create({**options, "rp": {"id": "elsewhere.example"}}))
    assert refused(SoftPasskey(ORIGIN, verifies_user=False).create(options))


def test_use_is_refused_for_another_challenge_key_or_counter() -> None:
    device = SoftPasskey(ORIGIN)
    known = registered(device)
    options = request_options(ORIGIN, known.credential_id, CHALLENGE)
    assert refused(device.get(options), known, OTHER)
    assert refused(device.get({**options, "rpId": "elsewhere.example"}), known)
    assert refused(SoftPasskey(ORIGIN, credential_id=device.credential_id).get(options), known)
    assert refused(device.get(options), replace(known, sign_count=99))
    assert refused(device.get(options), replace(known, credential_id=b"another"))
    device.verifies_user = False
    assert refused(device.get(options), known)


@pytest.mark.parametrize(("length", "good"), [(1023, True), (1024, False), (3000, False)])
def test_an_id_longer_than_webauthn_allows_is_refused(length: int, *, good: bool) -> None:
    device = SoftPasskey(ORIGIN, credential_id=bytes(length))
    if good:
        assert len(registered(device).credential_id) == length
    else:
        assert refused(device.create(creation_options(ORIGIN, "投票", bytes(32), CHALLENGE)))


def test_use_is_no_registration_and_the_reverse() -> None:
    device = SoftPasskey(ORIGIN)
    known = registered(device)
    assert refused(device.get(request_options(ORIGIN, known.credential_id, CHALLENGE)))
    assert refused(device.create(creation_options(ORIGIN, "投票", bytes(32), CHALLENGE)), known)


@pytest.mark.parametrize("answer", [{}, {"id": 1}, {"id": "", "rawId": "", "type": "public-key", "response": None}])
def test_nonsense_is_refused(answer: dict[str, Any]) -> None:
    assert refused(answer)


def test_every_cut_of_the_attestation_is_refused() -> None:
    answer: Any = SoftPasskey(ORIGIN).create(creation_options(ORIGIN, "投票", bytes(32), CHALLENGE))
    whole = unb64url(answer["response"]["attestationObject"])
    for length in range(len(whole)):
        cut = urlsafe_b64encode(whole[:length]).decode().rstrip("=")
        assert refused({**answer, "response": {**answer["response"], "attestationObject": cut}})


def test_the_private_key_is_in_no_repr() -> None:
    assert "_key" not in repr(SoftPasskey(ORIGIN))
