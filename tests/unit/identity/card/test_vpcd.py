"""The virtual card's side of the virtual reader's protocol."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from ippyo.errors import InputError
from ippyo.identity.card.virtual.card import ATR, VirtualCard
from ippyo.identity.card.virtual.contents import CardContents
from ippyo.identity.card.virtual.vpcd import VpcdCard

SELECT = bytes.fromhex("00a4040c0ad392f000260100000001")
CERTIFICATE = bytes.fromhex("00a4020c02000a")
OFF, ON, RESET, GET_ATR = b"\x00", b"\x01", b"\x02", b"\x04"


class Slot:
    """The reader's end of one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        connection.settimeout(60)

    def tell(self, body: bytes) -> None:
        # Length and body apart, as vpcd does.
        self.connection.sendall(len(body).to_bytes(2, "big"))
        self.connection.sendall(body)

    def ask(self, body: bytes) -> bytes:
        self.tell(body)
        length = int.from_bytes(self.exactly(2), "big")
        return self.exactly(length)

    def exactly(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            more = self.connection.recv(length - len(data))
            assert more, "the card has gone"
            data += more
        return data

    def ended(self) -> bool:
        return self.connection.recv(1) == b""


@pytest.fixture
def inserted(card_contents: CardContents) -> Iterator[tuple[Slot, VpcdCard, threading.Thread]]:
    with socket.create_server(("127.0.0.1", 0)) as reader:
        card = VpcdCard(VirtualCard(card_contents), reader.getsockname()[1])
        runner = threading.Thread(target=card.run)
        runner.start()
        connection, _ = reader.accept()
        with closing(connection):
            yield Slot(connection), card, runner
        runner.join(60)
        assert not runner.is_alive()


def test_controls_and_commands(inserted: tuple[Slot, VpcdCard, threading.Thread]) -> None:
    slot, _, _ = inserted
    slot.tell(ON)
    assert slot.ask(GET_ATR) == ATR
    assert slot.ask(SELECT) == b"\x90\x00"
    assert slot.ask(CERTIFICATE) == b"\x90\x00"
    for control in (RESET, OFF, ON):
        assert slot.ask(SELECT) == b"\x90\x00"
        slot.tell(control)
        assert slot.ask(CERTIFICATE) == b"\x6a\x82", "whatever was selected is forgotten"


def test_an_unknown_control_has_no_answer(inserted: tuple[Slot, VpcdCard, threading.Thread]) -> None:
    slot, _, _ = inserted
    slot.tell(b"\x09")
    assert slot.ask(GET_ATR) == ATR


def test_the_card_leaves(inserted: tuple[Slot, VpcdCard, threading.Thread]) -> None:
    slot, card, runner = inserted
    with card:
        pass
    runner.join(60)
    assert slot.ended()
    card.remove()


@pytest.mark.parametrize("wrong", [b"\x00\x00", b"\x04\x01" + bytes(0x401)])
def test_a_reader_that_says_no_length_is_left(inserted: tuple[Slot, VpcdCard, threading.Thread], wrong: bytes) -> None:
    slot, _, runner = inserted
    slot.connection.sendall(wrong)
    runner.join(60)
    assert not runner.is_alive()


def test_a_reader_that_goes_in_the_midst_of_a_command(
    inserted: tuple[Slot, VpcdCard, threading.Thread],
) -> None:
    slot, _, runner = inserted
    slot.connection.sendall(b"\x00\x10\x00")
    slot.connection.shutdown(socket.SHUT_WR)
    runner.join(60)
    assert not runner.is_alive()


def test_no_reader(card_contents: CardContents) -> None:
    with pytest.raises(InputError, match="virtual reader on port 1:"):
        VpcdCard(VirtualCard(card_contents), 1)
