"""Where the service is, and what this registry is called there."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from ippyo.errors import InputError
from ippyo.identity.digital_auth.keys import ClientKey, ResultKey

__all__ = ["DEFAULT_ISSUER", "DigitalAuthConfig", "Endpoints", "require_secure"]

DEFAULT_ISSUER = "https://auth-and-sign.go.jp/api/realms/main"


def require_secure(address: str, what: str, *, by_browser: bool = False) -> str:
    """Return ``address`` if it is an https address, or an http one of this machine. Raises :class:`InputError`.

    ``localhost`` counts as this machine where only a browser goes (``by_browser``): browsers never look it up.
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise InputError(f"the {what} for デジタル認証 is not a web address") from None
    plain = address.isascii() and address.isprintable() and " " not in address and "\\" not in address
    if not host or not plain or parts.username is not None or parts.fragment:
        raise InputError(f"the {what} for デジタル認証 is not a web address")
    if parts.scheme != "https" and not (
        parts.scheme == "http" and (_loopback(host) or (by_browser and host == "localhost"))
    ):
        raise InputError(f"the {what} for デジタル認証 does not begin with https://")
    return address


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The service's addresses; ``transactions`` is where signature transactions begin (and lie below)."""

    authorization: str
    token: str
    userinfo: str
    keys: str
    transactions: str

    def __post_init__(self) -> None:
        for name in self.__slots__:
            require_secure(getattr(self, name), f"{name} endpoint")

    @classmethod
    def of_issuer(cls, issuer: str) -> Endpoints:
        """Return the addresses as the service lays them out below an issuer ``https://HOST/api/realms/NAME``."""
        below = f"{issuer}/protocol/openid-connect"
        transactions = f"{issuer.partition('/realms/')[0]}/sign-transactions"
        return cls(f"{below}/auth", f"{below}/token", f"{below}/userinfo", f"{below}/certs", transactions)


@dataclass(frozen=True, slots=True)
class DigitalAuthConfig:
    """One registry's registration with the service.

    ``acr_values`` is sent as it is (such as ``aal3 crl``); where ``accepted_acr`` is not empty, the ID token's ``acr``
    is one of it. ``result_key`` None takes a signature's result as plain JSON, else as a JWE to that key and in no
    other form. ``authority`` names a PEM file of CAs to trust instead of the system's.
    """

    client_id: str
    redirect_uri: str
    client_key: ClientKey
    issuer: str = DEFAULT_ISSUER
    endpoints: Endpoints = field(default_factory=lambda: Endpoints.of_issuer(DEFAULT_ISSUER))
    acr_values: str = ""
    accepted_acr: tuple[str, ...] = ()
    result_key: ResultKey | None = None
    authority: Path | None = None

    def __post_init__(self) -> None:
        if not self.client_id or not self.client_id.isascii() or len(self.client_id) > 255:
            raise InputError("the client id for デジタル認証 does not have 1 to 255 ASCII characters")
        require_secure(self.redirect_uri, "redirect address", by_browser=True)
        require_secure(self.issuer, "issuer")

    @classmethod
    def at(
        cls,
        issuer: str,
        *,
        client_id: str,
        redirect_uri: str,
        client_key: ClientKey,
        acr_values: str = "",
        accepted_acr: tuple[str, ...] = (),
        result_key: ResultKey | None = None,
        authority: Path | None = None,
    ) -> DigitalAuthConfig:
        """Return the configuration for a service whose addresses lie below ``issuer``. Raises :class:`InputError`."""
        return cls(
            client_id,
            redirect_uri,
            client_key,
            require_secure(issuer, "issuer"),
            Endpoints.of_issuer(issuer),
            acr_values,
            accepted_acr,
            result_key,
            authority,
        )
