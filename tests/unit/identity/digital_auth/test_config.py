from __future__ import annotations

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from ippyo.errors import InputError
from ippyo.identity.digital_auth import ClientKey, DigitalAuthConfig, Endpoints
from ippyo.identity.digital_auth.config import DEFAULT_ISSUER, require_secure

CONFIG = DigitalAuthConfig(
    "town", "https://vote.example/registration/back", ClientKey.of(ec.generate_private_key(ec.SECP256R1()))
)


def test_the_default_is_the_service_itself() -> None:
    base = "https://auth-and-sign.go.jp/api/realms/main/protocol/openid-connect"
    assert CONFIG.issuer == DEFAULT_ISSUER
    assert CONFIG.endpoints == Endpoints(
        f"{base}/auth",
        f"{base}/token",
        f"{base}/userinfo",
        f"{base}/certs",
        "https://auth-and-sign.go.jp/api/sign-transactions",
    )


@pytest.mark.parametrize(
    "address", ["https://a.example", "https://a.example:8443/x?y=1", "http://127.0.0.1:80/", "http://[::1]:8000/"]
)
def test_secure_addresses(address: str) -> None:
    assert require_secure(address, "issuer") == address


@pytest.mark.parametrize(
    "address",
    ["http://a.example", "http://localhost:8000", "http://127.0.0.1.example/", "http://10.0.0.1/", "ftp://127.0.0.1/"],
)
def test_addresses_without_encryption(address: str) -> None:
    with pytest.raises(InputError, match="https://"):
        require_secure(address, "issuer")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://",
        "https://user@a.example/",
        "https://a.example/#x",
        "https://a.example:port/",
        "https://[::1/",
        "https://a.example/ x",
        "https://a.example\\@b.example/",
        "https://a.example/\n",
        "https://ａ.example/",
    ],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(InputError, match="is not a web address"):
        require_secure(address, "issuer")


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": ""},
        {"client_id": "町"},
        {"client_id": "x" * 256},
        {"redirect_uri": "http://vote.example/"},
        {"issuer": "http://vote.example/"},
    ],
)
def test_a_configuration_that_cannot_be(change: dict[str, str]) -> None:
    with pytest.raises(InputError):
        dataclasses.replace(CONFIG, **change)  # type: ignore[arg-type]


def test_every_endpoint_is_secure() -> None:
    for name in ("authorization", "token", "userinfo", "keys", "transactions"):
        with pytest.raises(InputError, match=name):
            dataclasses.replace(CONFIG.endpoints, **{name: "http://a.example/"})


def test_a_browser_knows_localhost() -> None:
    address = "http://localhost:8000/registration/back"
    assert require_secure(address, "redirect address", by_browser=True) == address
    with pytest.raises(InputError):
        require_secure("http://localhost.example/", "redirect address", by_browser=True)
