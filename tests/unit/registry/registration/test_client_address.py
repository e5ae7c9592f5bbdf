"""Whose attempts are counted."""

from __future__ import annotations

import pytest

from ippyo.registry.registration.client_address import client_address, is_among


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("::1", "203.0.113.9", "203.0.113.9"),
        ("", "203.0.113.9", "203.0.113.9"),
        # What the client wrote itself stands before what the proxy added.
        ("127.0.0.1", "10.0.0.1, 192.0.2.1 ,203.0.113.9", "203.0.113.9"),
        # Nobody but the proxy of this machine is believed.
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
        # One line is one client, however many addresses it has.
        ("2001:db8:1:2:aaaa::1", "", "2001:db8:1:2::/64"),
        ("127.0.0.1", "2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "", "203.0.113.9"),
        ("127.0.0.1", "unknown", "unknown"),
        ("127.0.0.1", "x" * 500, "x" * 64),
    ],
)
def test_the_client_is(peer: str, forwarded: str, expected: str) -> None:
    assert client_address({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}) == expected


def test_without_anything_it_is_nobody() -> None:
    assert client_address({}) == ""


@pytest.mark.parametrize(
    ("address", "among"),
    [
        ("192.0.2.17", True),
        ("192.0.2.31", True),
        ("192.0.2.32", False),
        ("198.51.100.7", True),
        ("2001:db8:1:2::/64", True),
        ("2001:db8:1:3::/64", False),
        ("not an address", False),
        ("", False),
    ],
)
def test_whether_an_address_is_a_kiosk(address: str, *, among: bool) -> None:
    assert is_among(address, ("192.0.2.16/28", "198.51.100.7", "2001:db8:1:2::/64")) is among
    assert not is_among(address, ())
