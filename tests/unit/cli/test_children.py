"""Ports that must be known before anybody listens there."""

from __future__ import annotations

import socket
import sys
from typing import Any

import pytest

from ippyo.cli.children import lent_ports
from ippyo.sites.serving import served


def app(_: dict[str, Any], start: Any) -> list[bytes]:
    start("200 OK", [("Content-Length", "0")])
    return [b""]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux binds a server beside a socket that does not listen")
def test_a_lent_port_is_for_its_servers_only() -> None:
    with lent_ports(20) as ports:
        assert len(set(ports)) == 20
        port = ports[7]
        # It is free whenever its server has ended, and nobody who takes any free one gets it.
        for _ in range(2):
            with served(app, port=port, threads=1) as origin:
                assert origin == f"http://127.0.0.1:{port}"
            with socket.socket() as another, pytest.raises(OSError, match="in use"):
                another.bind(("127.0.0.1", port))
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port))
    with socket.create_server(("127.0.0.1", port)):
        pass
