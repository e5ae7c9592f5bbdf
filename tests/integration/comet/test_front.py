"""A node's own front: whoever sends slowly does not keep others from it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from ippyo.ledger.comet.node_ledger import SLOTS
from ippyo.ledger.http import LedgerClient
from ippyo.sites.slow_clients import HURRIED_SECONDS

HALF = b"POST /transactions HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nx"


def test_slow_clients(make_poll: Callable[..., Any]) -> None:
    with ExitStack() as stack:
        poll = make_poll(stack, 1)
        poll.network.start()
        (node,) = poll.nodes
        host, _, port = node.settings.front.rpartition(":")
        # More than there are threads, each with a request that never ends.
        for _ in range(SLOTS + 32):
            stack.enter_context(socket.create_connection((host, int(port)))).sendall(HALF)
        before = time.monotonic()
        assert LedgerClient([node.origin], poll.facts.poll, attempts=1).status().size == 0
        assert time.monotonic() - before < 2 * HURRIED_SECONDS
