"""Plugs the virtual card into the virtual reader of vpcd (vsmartcard), so that any PC/SC program can use it.

The card connects to the reader by TCP. Both sides send two bytes of length, most significant first, and a body. A body
of one byte from the reader is a control: power off, power on, reset, "what is your ATR?", of which only the last is
answered. Anything else is a command APDU, answered with its R-APDU.

Anybody who reaches the reader's port can insert a card: run both where nobody else is (a network namespace), and never
on a machine where people vote.
"""

from __future__ import annotations

import socket
from contextlib import closing
from types import TracebackType
from typing import Self

from ippyo.errors import InputError
from ippyo.files import reason
from ippyo.identity.card.virtual.card import ATR, VirtualCard

__all__ = ["DEFAULT_PORT", "VpcdCard"]

DEFAULT_PORT = 35963

POWER_OFF, POWER_ON, RESET, GET_ATR = 0, 1, 2, 4
MAX_COMMAND = 1024
CONNECT_SECONDS = 10


class VpcdCard:
    """A virtual card in a reader. Entering it connects, :meth:`run` answers until the reader goes or the card leaves.

    Raises :class:`InputError` when no reader listens.
    """

    def __init__(self, card: VirtualCard, port: int = DEFAULT_PORT, host: str = "127.0.0.1") -> None:
        self._card = card
        try:
            self._socket = socket.create_connection((host, port), timeout=CONNECT_SECONDS)
        except OSError as error:
            raise InputError(f"cannot reach the virtual reader on port {port}: {reason(error)}") from None
        self._socket.settimeout(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()
        self._socket.close()

    def remove(self) -> None:
        """Take the card out of the reader, from any thread."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the reader went first

    def run(self) -> None:
        """Answer the reader until one of the two goes."""
        with closing(self._socket):
            while (body := self._receive()) is not None:
                answer = self._answer(body)
                if answer is not None:
                    self._socket.sendall(len(answer).to_bytes(2, "big") + answer)

    def _answer(self, body: bytes) -> bytes | None:
        if len(body) != 1:
            return self._card.transmit(body)
        if body[0] == GET_ATR:
            return ATR
        if body[0] in {POWER_OFF, POWER_ON, RESET}:
            self._card.power_off()
        return None

    def _receive(self) -> bytes | None:
        head = self._exactly(2)
        if head is None:
            return None
        length = int.from_bytes(head, "big")
        return self._exactly(length) if 1 <= length <= MAX_COMMAND else None

    def _exactly(self, length: int) -> bytes | None:
        """Return ``length`` bytes; None when the reader, or the card, has gone."""
        data = b""
        while len(data) < length:
            if hasattr(socket, "TCP_QUICKACK"):
                # vpcd sends length and body in two packets, and its second one waits for our acknowledgement of the
                # first, which Linux would delay by 40 ms. The option falls off by itself, hence each time.
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            try:
                more = self._socket.recv(length - len(data))
            except OSError:
                return None
            if not more:
                return None
            data += more
        return data
