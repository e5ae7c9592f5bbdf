"""Origins and addresses as operators write them, and whether they are this computer's own."""

from __future__ import annotations

from urllib.parse import urlsplit

__all__ = ["LOOPBACK_NAMES", "hostname", "is_loopback", "origin_problem", "url_problem"]

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""This computer, as it stands in an address."""

_LOOPBACK = LOOPBACK_NAMES | {"::1"}


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this computer itself."""
    return host in _LOOPBACK


def hostname(url: str) -> str | None:
    """Return the host of an HTTP address, or None when it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    return parts.hostname if parts.scheme in {"http", "https"} and port != 0 else None


def url_problem(url: str, test: bool) -> str | None:
    """Return what is wrong with a server's address; ``test`` allows HTTP anywhere."""
    host = hostname(url)
    if host is None or urlsplit(url).username is not None:
        return "must be an address, as in https://registry.example"
    if not url.startswith("https://") and not (is_loopback(host) or test):
        return "must begin with https:// unless it is on this computer"
    return None


def origin_problem(url: str, test: bool) -> str | None:
    """Return what is wrong with a public origin; ``test`` allows HTTP on this computer."""
    host = hostname(url)
    parts = urlsplit(url) if host else None
    if parts is None or parts.username is not None or url != f"{parts.scheme}://{parts.netloc}":
        return "must be an origin: scheme, host and port only, as in https://registry.example"
    if parts.scheme != "https" and not test:
        return 'must begin with https:// when mode is "production"'
    if parts.scheme != "https" and not is_loopback(host):
        return "must begin with https:// unless it is on this computer"
    return None
