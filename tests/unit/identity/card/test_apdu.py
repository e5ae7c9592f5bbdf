"""Commands, byte for byte as surveys of the card give them, and answers in parts."""

from __future__ import annotations

from typing import Any

import pytest

from ippyo.identity.card import apdu
from ippyo.identity.card.applications import JPKI
from ippyo.identity.errors import CardError


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (apdu.select_application(JPKI.aid), "00a4040c0ad392f000260100000001"),
        (apdu.select_file(0x001B), "00a4020c02001b"),
        (apdu.read_binary(0, 5), "00b0000005"),
        (apdu.read_binary(0x0104, 256), "00b0010400"),
        (apdu.verify(), "00200080"),
        (apdu.verify(b"1234"), "002000800431323334"),
        (apdu.compute_signature(bytes(range(51))), "802a008033" + bytes(range(51)).hex() + "00"),
    ],
)
def test_commands(command: bytes, expected: str) -> None:
    assert command.hex() == expected


@pytest.mark.parametrize(("offset", "length"), [(-1, 1), (0x8000, 1), (0, 0), (0, 257)])
def test_read_binary_reaches_so_far(offset: int, length: int) -> None:
    with pytest.raises(ValueError, match="READ BINARY"):
        apdu.read_binary(offset, length)


@pytest.mark.parametrize("size", [0, 256])
def test_a_card_signs_short_data(size: int) -> None:
    with pytest.raises(ValueError, match="1 to 255 bytes"):
        apdu.compute_signature(bytes(size))


def test_an_answer_in_parts_is_put_together(scripted: Any) -> None:
    card = scripted(("00b0000010", "01026102"), ("00c0000002", "03046101"), ("00c0000001", "059000"))
    assert apdu.exchange(card, apdu.read_binary(0, 16)) == apdu.Answer(bytes([1, 2, 3, 4, 5]), 0x9000)


def test_a_card_that_says_the_right_length_is_asked_again(scripted: Any) -> None:
    card = scripted(("00b0000010", "6c03"), ("00b0000003", "0102039000"))
    assert apdu.exchange(card, apdu.read_binary(0, 16)).data == bytes([1, 2, 3])


@pytest.mark.parametrize("command", [apdu.verify(), apdu.verify(b"1234"), apdu.select_file(0x001B)])
def test_a_command_without_length_is_not_asked_again(scripted: Any, command: bytes) -> None:
    assert apdu.exchange(scripted((command.hex(), "6c03")), command).status == 0x6C03


def test_a_signature_of_another_length_is_asked_for_again(scripted: Any) -> None:
    asked = apdu.compute_signature(b"12")
    card = scripted((asked.hex(), "6c03"), (asked[:-1].hex() + "03", "0102039000"))
    assert apdu.exchange(card, asked).data == bytes([1, 2, 3])


class Endless:
    def __init__(self, part: bytes) -> None:
        self.part = part

    def transmit(self, command: bytes) -> bytes:
        return self.part + b"\x61\xff"


@pytest.mark.parametrize("part", [b"", bytes(255)])
def test_an_answer_without_end_is_refused(part: bytes) -> None:
    with pytest.raises(CardError, match="no end") as caught:
        apdu.exchange(Endless(part), apdu.read_binary(0, 16))
    assert caught.value.code == "card-error"


@pytest.mark.parametrize("answer", ["", "90"])
def test_an_answer_without_status_is_refused(scripted: Any, answer: str) -> None:
    with pytest.raises(CardError) as caught:
        apdu.exchange(scripted(("00200080", answer)), apdu.verify())
    assert caught.value.code == "card-error"


@pytest.mark.parametrize(("status", "tries"), [(0x63C0, 0), (0x63C5, 5), (0x63CF, 15), (0x9000, None), (0x6300, None)])
def test_tries_left(status: int, tries: int | None) -> None:
    assert apdu.Answer(b"", status).tries_left == tries


def test_an_answer_does_not_show_its_data() -> None:
    assert "secret" not in repr(apdu.Answer(b"secret", 0x9000))
