from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey

from ippyo.identity.digital_auth.id_token import Expected, nonce_of, read_id_token
from ippyo.identity.digital_auth.key_set import KeySet
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.messages import BLINDED_BYTES, StyleRequest, TicketRequestText

KEY = ECKey.generate_key("P-256")
NOW = 1_000_000
KEYS = KeySet(lambda: json.dumps({"keys": [{**KEY.as_dict(private=False), "kid": "k"}]}).encode(), lambda: NOW)
EXPECTED = Expected("https://op.example", "town", "n", NOW - 100)
CLAIMS = {"iss": "https://op.example", "aud": "town", "sub": "s", "nonce": "n", "iat": NOW, "exp": NOW + 300}


def token(header: dict[str, Any] | None = None, **change: Any) -> str:
    claims = {name: value for name, value in {**CLAIMS, **change}.items() if value is not None}
    return jwt.encode({"alg": "ES256", "kid": "k", **(header or {})}, claims, KEY, algorithms=["ES256"])


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def refuse(text: str, detail: str, expected: Expected = EXPECTED, now: float = NOW) -> None:
    with pytest.raises(IdentityRefusedError, match=detail) as caught:
        read_id_token(text, KEYS, expected, now)
    assert caught.value.code == "digital-auth-failed"


def test_a_good_token() -> None:
    read = read_id_token(token(), KEYS, EXPECTED, NOW)
    assert (read.subject, read.issued, read.expires) == ("s", NOW, NOW + 300)
    assert "'s'" not in repr(read)


@pytest.mark.parametrize("audience", ["town", ["town"]])
def test_audiences(audience: object) -> None:
    assert read_id_token(token(aud=audience), KEYS, EXPECTED, NOW)
    assert read_id_token(token(aud=audience, azp="town"), KEYS, EXPECTED, NOW)
    assert read_id_token(token(aud=["village", "town"], azp="town"), KEYS, EXPECTED, NOW)


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"iss": None}, "issuer"),
        ({"iss": "https://op.example/"}, "issuer"),
        ({"aud": None}, "somebody else"),
        ({"aud": []}, "somebody else"),
        ({"aud": ["village"]}, "somebody else"),
        ({"aud": ["town", "village"]}, "issued to somebody else"),
        ({"azp": "village"}, "issued to somebody else"),
        ({"azp": 1}, "issued to somebody else"),
        ({"nonce": 1}, "nonce"),
        ({"nonce": "m"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"exp": None}, "no exp"),
        ({"exp": str(NOW)}, "no exp"),
        ({"exp": True}, "no exp"),
        ({"exp": NOW - 60}, "expired"),
        ({"iat": None}, "no iat"),
        ({"iat": NOW + 61}, "future"),
        ({"nbf": NOW + 61}, "future"),
        ({"nbf": "x"}, "no nbf"),
        ({"iat": NOW - 161}, "older"),
        ({"sub": None}, "nobody"),
        ({"sub": ""}, "nobody"),
        ({"sub": 7}, "nobody"),
        ({"sub": "x" * 256}, "nobody"),
        ({"sub": "花子"}, "nobody"),
    ],
)
def test_claims_that_are_not_right(change: dict[str, Any], detail: str) -> None:
    refuse(token(**change), detail)


def test_clocks_may_be_a_minute_apart() -> None:
    for name, value in (("exp", NOW - 59), ("iat", NOW + 60), ("nbf", NOW + 60), ("iat", NOW - 160)):
        changed: dict[str, Any] = {name: value}
        assert read_id_token(token(**changed), KEYS, EXPECTED, NOW)


def test_acr_is_looked_at_where_the_poll_says_so() -> None:
    demanding = Expected("https://op.example", "town", "n", NOW, ("aal3",))
    assert read_id_token(token(acr="aal3"), KEYS, demanding, NOW)
    for acr in (None, "aal1", ["aal3"]):
        refuse(token(acr=acr), "acr", demanding)


def test_the_algorithm_is_pinned() -> None:
    body = encoded(CLAIMS)
    for header in ({"alg": "none"}, {"alg": "none", "kid": "k"}, {"alg": "HS256", "kid": "k"}, {"kid": "k"}):
        refuse(f"{encoded(header)}.{body}.", "ES256|not a signed token")
    refuse(f"{encoded({'alg': 'ES384', 'kid': 'k'})}.{body}.AAAA", "ES256")
    refuse(f"{encoded({'alg': 'ES256', 'kid': 'k', 'crit': ['x'], 'x': 1})}.{body}.AAAA", "ES256")


def test_the_key_is_the_services() -> None:
    other = ECKey.generate_key("P-256")
    forged = jwt.encode({"alg": "ES256", "kid": "k"}, CLAIMS, other, algorithms=["ES256"])
    refuse(forged, "does not verify")
    # A key that the token brings along counts for nothing.
    public = other.as_dict(private=False)
    forged = jwt.encode({"alg": "ES256", "kid": "k", "jwk": public}, CLAIMS, other, algorithms=["ES256"])
    refuse(forged, "does not verify")
    refuse(token({"kid": "other"}), "does not have")
    refuse(jwt.encode({"alg": "ES256"}, CLAIMS, KEY, algorithms=["ES256"]), "names no key")


def test_an_altered_token() -> None:
    header, body, signature = token().split(".")
    refuse(f"{header}.{encoded({**CLAIMS, 'sub': 't'})}.{signature}", "does not verify")
    refuse(f"{header}.{body}.", "does not verify")
    refuse(f"{header}.{body}.{signature[:-4]}", "does not verify")


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "a.b.c.d", "é.b.c", "....", "W10.W10.", "x" * 9000])
def test_what_is_no_token(text: str) -> None:
    refuse(text, "not a signed token|too long|ES256")


@pytest.mark.parametrize("payload", [b"[]", b"\xff", b'{"sub":"a","sub":"b"}', b"{"])
def test_claims_that_are_not_well_formed(payload: bytes) -> None:
    signed = jws.serialize_compact({"alg": "ES256", "kid": "k"}, payload, KEY, algorithms=["ES256"])
    refuse(signed, "claims are not well formed")


def test_the_nonce_is_the_hash_of_what_a_card_would_sign() -> None:
    request = TicketRequestText("P" * 43, b"\x01" * 32, 1, (StyleRequest("all", (b"\x02" * BLINDED_BYTES,)),))
    text = b"ippyo-request-v1|" + request.to_text().encode()
    nonce = base64.urlsafe_b64encode(hashlib.sha256(text).digest()).decode()
    assert nonce_of(request) == nonce.removesuffix("=")
