"""Whose attempts the brake counts: the address that a request comes from, as the proxy of this machine saw it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv6Address, ip_address, ip_network

__all__ = ["client_address", "is_among"]

IPV6_HOUSEHOLD = 64
"""Bits of an IPv6 address that belong to one line; whoever has the line has all addresses below."""


def client_address(meta: Mapping[str, object]) -> str:
    """Return the client's address from a WSGI environment, of IPv6 the network of the line.

    ``X-Forwarded-For`` is believed from a proxy on this machine only, and of it the last entry, which that proxy wrote
    itself: those before it are the client's own words. What is no address is returned as it is, cut short.
    """
    peer = str(meta.get("REMOTE_ADDR", ""))
    if _is_local(peer):
        forwarded = str(meta.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
        peer = forwarded or peer
    try:
        address = ip_address(peer)
    except ValueError:
        return peer[:64]
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((int(address), IPV6_HOUSEHOLD), strict=False))
    return str(address)


def is_among(address: str, networks: Iterable[str]) -> bool:
    """Tell whether an address as from :func:`client_address` belongs to one of ``networks``."""
    try:
        found = ip_network(address)
    except ValueError:
        return False
    # An IPv6 address is known by the network of its line only: that has to be within.
    return any(
        found.version == network.version
        and int(network.network_address) <= int(found.network_address)
        and int(found.broadcast_address) <= int(network.broadcast_address)
        for network in map(ip_network, networks)
    )


def _is_local(peer: str) -> bool:
    try:
        return ip_address(peer).is_loopback
    except ValueError:
        # A unix socket has no address.
        return peer == ""
