from __future__ import annotations

import json
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from ippyo.errors import ParseError
from ippyo.identity.digital_auth.key_set import KeySet, parse_key_set
from ippyo.identity.errors import IdentityRefusedError


def jwk(kid: str, **more: Any) -> dict[str, Any]:
    return {**ECKey.generate_key("P-256").as_dict(private=False), "kid": kid, **more}


def text(*keys: dict[str, Any]) -> bytes:
    return json.dumps({"keys": keys}).encode()


def test_only_es256_signing_keys_are_taken() -> None:
    rsa = {**RSAKey.generate_key(2048).as_dict(private=False), "kid": "rsa"}
    other = {**ECKey.generate_key("P-384").as_dict(private=False), "kid": "p384"}
    keys = parse_key_set(
        text(
            jwk("a", use="sig", alg="ES256"),
            jwk("b"),
            jwk("enc", use="enc"),
            jwk("es384", alg="ES384"),
            jwk(""),
            {"kty": "EC"},
            rsa,
            other,
        )
    )
    assert sorted(keys) == ["a", "b"]


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"[]",
        b'{"keys":{}}',
        json.dumps({"keys": [{}] * 33}).encode(),
        text(jwk("a"), jwk("a")),
        text({"kty": "EC", "crv": "P-256", "kid": "a"}),
        text({"kty": "EC", "crv": "P-256", "kid": "a", "x": "AAAA", "y": "AAAA"}),
        text({"kty": "EC", "crv": "P-256", "kid": "a", "x": "A" * 43, "y": "A" * 43}),
        b'{"keys":[' + b"1" * 70_000 + b"]}",
    ],
)
def test_a_broken_key_set(broken: bytes) -> None:
    with pytest.raises(ParseError):
        parse_key_set(broken)
    with pytest.raises(IdentityRefusedError, match="not well formed"):
        KeySet(lambda: broken, lambda: 0.0).find("a")


class Source:
    def __init__(self) -> None:
        self.now = 1000.0
        self.fetches = 0
        self.keys = [jwk("a")]

    def fetch(self) -> bytes:
        self.fetches += 1
        return text(*self.keys)


def test_the_set_is_kept_and_refreshed_once() -> None:
    source = Source()
    keys = KeySet(source.fetch, lambda: source.now)
    assert keys.find("a") is keys.find("a")
    assert source.fetches == 1
    for name in ("b", "c", "d"):
        with pytest.raises(IdentityRefusedError, match="does not have") as caught:
            keys.find(name)
        assert caught.value.code == "digital-auth-failed"
    assert source.fetches == 1
    source.now += 60
    source.keys.append(jwk("b"))
    assert keys.find("b")
    with pytest.raises(IdentityRefusedError):
        keys.find("c")
    assert source.fetches == 2
    source.now += 3600
    source.keys.pop(0)
    with pytest.raises(IdentityRefusedError):
        keys.find("a")
    assert source.fetches == 3
