"""The basic four data, and the personal number that nobody asks for."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import ippyo
from ippyo.errors import ParseError
from ippyo.identity.card import ber
from ippyo.identity.card.applications import TEXT, KeyKind
from ippyo.identity.card.jpki import JpkiCard
from ippyo.identity.card.pin_file import WrongPinError
from ippyo.identity.card.text_ap import TextCard, basic_from_file, basic_to_file
from ippyo.identity.card.virtual.card import VirtualCard
from ippyo.identity.card.virtual.contents import CardContents
from ippyo.identity.card.virtual.image import FileImage
from ippyo.identity.errors import CardError
from ippyo.identity.person import BasicData, BirthDate

SURFACE_AID = bytes.fromhex("D3921000310001010402")
PERSONAL_NUMBER_FILE = 0x0001
OLD_AND_NEW_AIDS = {"D3921000310001010401", "D3921000310001010402"}


def refused(code: str) -> Any:
    return pytest.raises(CardError, check=lambda error: error.code == code)


@pytest.fixture
def text_card(card_contents: CardContents) -> TextCard:
    card = TextCard(VirtualCard(card_contents))
    card.select()
    return card


def test_the_basic_data_are_behind_a_pin(text_card: TextCard, card_person: BasicData) -> None:
    with refused("pin-needed"):
        text_card.basic()
    text_card.verify("4321")
    assert text_card.basic() == card_person


def test_its_pin_has_its_own_counter(text_card: TextCard) -> None:
    for left in (2, 1):
        with pytest.raises(WrongPinError, check=lambda error: error.tries_left == left):  # noqa: B023
            text_card.verify("0000")
    for pin in ("0000", "4321"):
        with refused("pin-locked"):
            text_card.verify(pin)


def test_a_malformed_pin_costs_no_try(text_card: TextCard) -> None:
    with refused("bad-pin"):
        text_card.verify("43210")
    with pytest.raises(WrongPinError, check=lambda error: error.tries_left == 2):
        text_card.verify("0000")


def test_another_card_is_refused(scripted: Any) -> None:
    with refused("not-a-my-number-card"):
        TextCard(scripted(("00a4040c0ad3921000310001010408", "6a82"))).select()


def file(**changed: bytes) -> bytes:
    """Return a file by hand, not by the function under test."""
    parts = {
        "offsets": b"\xdf\x21\x08" + bytes(8),
        "name": b"\xdf\x22\x06" + "花子".encode(),
        "address": b"\xdf\x23\x06" + "東京".encode(),
        "born": b"\xdf\x24\x08" + b"19800203",
        "sex": b"\xdf\x25\x01" + b"2",
    } | changed
    body = b"".join(parts.values())
    return b"\xff\x20" + bytes([len(body)]) + body


def test_a_file_as_surveys_describe_it() -> None:
    assert basic_from_file(file()) == BasicData("花子", "東京", "female", BirthDate(1980, 2, 3))


@pytest.mark.parametrize(
    ("code", "sex"),
    [(b"1", "male"), (b"2", "female"), *((code, "unknown") for code in (b"3", b"9", b"0", b"\xff"))],
)
def test_sexes(code: bytes, sex: str) -> None:
    assert basic_from_file(file(sex=b"\xdf\x25\x01" + code)).sex == sex


def test_a_date_of_birth_may_be_known_in_part() -> None:
    assert basic_from_file(file(born=b"\xdf\x24\x0819500000")).born == BirthDate(1950, 0, 0)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        file()[:-1],
        file() + b"\x00",
        b"\xff\x10" + file()[2:],
        file(name=b""),
        file(address=b""),
        file(born=b""),
        file(sex=b""),
        file(again=b"\xdf\x25\x011"),
        file(name=b"\xdf\x22\x02\xff\xfe"),
        file(born=b"\xdf\x24\x081980023x"),
        file(born=b"\xdf\x24\x0819801303"),
        file(born=b"\xdf\x24\x0719801203"[:10]),
        file(name=b"\xdf\x22\x00"),
    ],
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(ParseError):
        basic_from_file(data)


def card_with_file(contents: CardContents, data: bytes) -> TextCard:
    virtual = VirtualCard(contents)
    image = virtual._images[TEXT.aid].files
    image[TEXT.basic] = FileImage(data, "text")
    card = TextCard(virtual)
    card.select()
    card.verify("4321")
    return card


@pytest.mark.parametrize("data", [file(sex=b""), b"\xff" * 40])
def test_a_card_with_another_file_is_refused_without_its_words(card_contents: CardContents, data: bytes) -> None:
    with refused("card-error") as caught:
        card_with_file(card_contents, data).basic()
    assert "花子" not in str(caught.value)


def test_what_is_written_is_read(card_person: BasicData) -> None:
    data = basic_to_file(card_person)
    assert basic_from_file(data) == card_person
    parts = ber.value(data, 0xFF20)
    table = ber.children(parts)[0xDF21]
    starts = [int.from_bytes(table[at : at + 2], "big") for at in range(0, 8, 2)]
    assert [parts[start : start + 2].hex() for start in starts] == ["df22", "df23", "df24", "df25"]


@pytest.mark.parametrize("length", [30, 60, 200])
def test_long_data_come_through(card_contents: CardContents, length: int) -> None:
    assert card_contents.text is not None
    person = BasicData("花" * length, "東" * length, "unknown", BirthDate(1950, 0, 0))
    card = TextCard(VirtualCard(replace(card_contents, text=replace(card_contents.text, basic=person))))
    card.select()
    card.verify("4321")
    assert card.basic() == person


# --- the personal number ---


def asks_for_the_personal_number(commands: list[bytes]) -> bool:
    """Tell whether somebody selects the application with the printed number, or the file with the number in text."""
    current = b""
    for command in commands:
        if command[1] == 0xA4 and command[2] == 0x04:
            current = command[5:15]
            if current == SURFACE_AID:
                return True
        if current != TEXT.aid:
            continue
        by_name = command[1] == 0xA4 and command[2] == 0x02 and command[5:7] == PERSONAL_NUMBER_FILE.to_bytes(2, "big")
        by_short_name = command[1] == 0xB0 and command[2] == 0x80 | PERSONAL_NUMBER_FILE
        if by_name or by_short_name:
            return True
    return False


@pytest.mark.parametrize(
    "asking",
    [
        ["00a4040c0ad3921000310001010408", "00a4020c020001"],
        ["00a4040c0ad3921000310001010408", "00b0810011"],
        ["00a4040c0ad3921000310001010402"],
    ],
)
def test_the_test_would_see_it(asking: list[str]) -> None:
    assert asks_for_the_personal_number([bytes.fromhex(command) for command in asking])


def everything(transport: Any) -> Iterator[object]:
    """Do all that this program does with a card."""
    jpki, text = JpkiCard(transport), TextCard(transport)
    jpki.select()
    yield jpki.label()
    yield jpki.keys()
    for key, pin in ((KeyKind.SIGNATURE, "ABC123"), (KeyKind.USER, "1234")):
        yield jpki.tries_left(key)
        jpki.verify(key, pin)
        yield jpki.certificate(key)
        yield jpki.algorithm(key)
        yield jpki.sign(key, b"message")
    text.select()
    text.verify("4321")
    yield text.basic()


def test_nothing_asks_for_the_personal_number(card_contents: CardContents, recorder: Any) -> None:
    transport = recorder(VirtualCard(card_contents))
    assert all(everything(transport))
    public = {name for kind in (JpkiCard, TextCard) for name in vars(kind) if not name.startswith("_")}
    assert public == {
        "select", "label", "keys", "tries_left", "verify", "certificate", "algorithm", "sign", "basic"
    }, "let everything() do what is new, too"  # fmt: skip
    assert not asks_for_the_personal_number(transport.commands)


def test_no_identifier_of_the_personal_number_is_in_the_program() -> None:
    numbers = [value for value in dataclasses.asdict(TEXT).values() if isinstance(value, int)]
    assert PERSONAL_NUMBER_FILE not in numbers
    source = "".join(
        file.read_text(encoding="utf-8").upper() for file in Path(ippyo.__file__).parent.glob("identity/**/*.py")
    )
    assert not [aid for aid in OLD_AND_NEW_AIDS if aid in source]


def test_the_virtual_card_has_no_personal_number(card_contents: CardContents) -> None:
    card = VirtualCard(card_contents)
    text = TextCard(card)
    text.select()
    text.verify("4321")
    assert card.transmit(bytes.fromhex("00a4020c020001")) == b"\x6a\x82"
    assert card.transmit(bytes.fromhex("00b0810011"))[-2:] != b"\x90\x00"
