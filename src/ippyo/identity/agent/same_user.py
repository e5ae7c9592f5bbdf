"""Who owns the other end of a loopback connection, as the Linux kernel tells (/proc/net/tcp)."""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["CAN_TELL", "owner_of"]

CAN_TELL = sys.platform == "linux"
"""Whether this system tells. Where it does not, other users' programs are not kept out."""

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
LOCAL, REMOTE, USER = 1, 2, 7


def owner_of(client: tuple[str, int], server: tuple[str, int]) -> int | None:
    """Return the user id that owns the socket bound to ``client`` and connected to ``server``, or None if unknown.

    Addresses are (IP address, port) of one TCP connection within this computer.
    """
    wanted = set(zip(_forms(*client), _forms(*server), strict=True))
    for row in _rows():
        if (row[LOCAL], row[REMOTE]) in wanted:
            return int(row[USER])
    return None


def _rows() -> Iterator[list[str]]:
    for table in TABLES:
        try:
            lines = table.read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        yield from (row for line in lines[1:] if len(row := line.split()) > USER)


def _forms(address: str, port: int) -> tuple[str, ...]:
    """Write an address as the tables do; an IPv4 one also as a socket for both versions sees it."""
    ip = ipaddress.ip_address(address)
    if ip.version == 6:
        return (f"{_words(ip.packed)}:{port:04X}",)
    mapped = ipaddress.ip_address(f"::ffff:{address}")
    return f"{_words(ip.packed)}:{port:04X}", f"{_words(mapped.packed)}:{port:04X}"


def _words(packed: bytes) -> str:
    """Each 32-bit word in the byte order of the machine."""
    words = (packed[start : start + 4] for start in range(0, len(packed), 4))
    return "".join(f"{socket.ntohl(int.from_bytes(word)):08X}" for word in words)
