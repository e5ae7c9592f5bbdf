"""Who may talk to the agent: origins of pages, and owners of connections."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

import pytest

from ippyo.errors import InputError
from ippyo.identity.agent.http import require_origin
from ippyo.identity.agent.same_user import CAN_TELL, owner_of


@pytest.mark.parametrize(
    "origin",
    [
        "https://vote.town.example",
        "https://vote.town.example:8443",
        "http://127.0.0.1:8000",
        "http://localhost:8000",
        "http://[::1]:8000",
    ],
)
def test_origins(origin: str) -> None:
    assert require_origin(origin) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "null",
        "vote.town.example",
        "https://vote.town.example/",
        "https://vote.town.example/path",
        "https://vote.town.example?query",
        "https://user@vote.town.example",
        "https://VOTE.town.example",
        "https://投票.example",
        "https://vote.town.example:port",
        "https://vote.town.example:99999",
        "https://[",
        "http://vote.town.example",
        "http://127.0.0.1.example",
        "file:///page",
    ],
)
def test_what_is_no_origin(text: str) -> None:
    with pytest.raises(InputError):
        require_origin(text)


@pytest.fixture
def can_tell(require: Callable[[str, bool, str], None]) -> None:
    require("owners of connections", CAN_TELL, "run this on Linux")


@pytest.mark.usefixtures("can_tell")
@pytest.mark.parametrize(
    ("family", "address", "target"),
    [
        (socket.AF_INET, "127.0.0.1", "127.0.0.1"),
        (socket.AF_INET6, "::1", "::1"),
        (socket.AF_INET6, "127.0.0.1", "::ffff:127.0.0.1"),
    ],
)
def test_owner_of_a_connection(
    family: int, address: str, target: str, require: Callable[[str, bool, str], None]
) -> None:
    server_family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(server_family) as server, socket.socket(family) as client:
        try:
            server.bind((address, 0))
            server.listen()
            client.connect((target, server.getsockname()[1]))
        except OSError:
            require("IPv6 on the loopback interface", family == socket.AF_INET, "turn it on")
        accepted, peer = server.accept()
        with accepted:
            assert owner_of(peer[:2], server.getsockname()[:2]) == os.getuid()


@pytest.mark.usefixtures("can_tell")
def test_no_owner_of_what_is_not_connected() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        assert owner_of(("127.0.0.1", 1), server.getsockname()) is None
