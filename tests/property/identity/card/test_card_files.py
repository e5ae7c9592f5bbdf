"""What is written onto a card is read from it, and no bytes from a card or a reader surprise the program."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from ippyo.errors import ParseError
from ippyo.identity.card import apdu, ber
from ippyo.identity.card.applications import JPKI, TEXT, KeyKind
from ippyo.identity.card.files import read_object
from ippyo.identity.card.jpki import JpkiCard
from ippyo.identity.card.pin import encoded_pin, is_registered
from ippyo.identity.card.text_ap import basic_from_file, basic_to_file
from ippyo.identity.card.virtual.card import VirtualCard
from ippyo.identity.card.virtual.contents import CardContents, KeyContents, TextContents
from ippyo.identity.errors import CardError
from ippyo.identity.person import BasicData, BirthDate

texts = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60)
births = st.dates().map(lambda day: BirthDate(day.year, day.month, day.day))
people = st.builds(BasicData, texts, texts, st.sampled_from(["male", "female", "unknown"]), births)
tags = st.one_of(st.sampled_from([0x30, 0x04, 0x5A]), st.integers(0x20, 0x7F).map(lambda low: 0xDF00 | low))
values = st.binary(max_size=700)

KEY = ec.generate_private_key(ec.SECP384R1()).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
DER = b"\x30\x82\x02\x00" + bytes(512)
CONTENTS = CardContents(
    KeyContents("ABC123", KEY, DER, DER),
    KeyContents("1234", KEY, DER, DER),
    TextContents("4321", BasicData("花子", "東京", "female", BirthDate(1980, 2, 3))),
)


@given(people)
def test_basic_data_round_trip(person: BasicData) -> None:
    assert basic_from_file(basic_to_file(person)) == person


@given(st.binary(max_size=200))
def test_any_file_is_read_or_refused(data: bytes) -> None:
    for wrapped in (data, ber.encode(0xFF20, data)):
        try:
            person = basic_from_file(wrapped)
        except ParseError:
            continue
        assert isinstance(person, BasicData)


@given(st.dictionaries(tags, values, max_size=5))
def test_objects_round_trip(objects: dict[int, bytes]) -> None:
    data = b"".join(ber.encode(tag, value) for tag, value in objects.items())
    assert ber.children(data) == objects


@given(tags, values)
def test_an_object_tells_its_size(tag: int, value: bytes) -> None:
    data = ber.encode(tag, value)
    assert ber.sizes(data[: ber.MAX_HEADER]) == (len(data) - len(value), len(data))
    assert ber.value(data, tag) == value
    with pytest.raises(ParseError):
        ber.value(data, tag ^ 1)
    with pytest.raises(ParseError):
        ber.value(data[:-1], tag)


class OneFile:
    """A card with nothing but one file, already selected."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def transmit(self, command: bytes) -> bytes:
        assert command[1] == 0xB0
        offset, length = int.from_bytes(command[2:4], "big"), command[4] or 256
        assert length <= 256
        return self.content[offset : offset + length] + b"\x90\x00"


@given(st.binary(min_size=4, max_size=3000), st.sampled_from([b"", b"\xff", b"\x00"]), st.integers(0, 400))
def test_an_object_is_read_without_its_filler(value: bytes, filler: bytes, count: int) -> None:
    data = ber.encode(0x30, value)
    assert read_object(OneFile(data + filler * count)) == data


@given(st.binary(max_size=300))
def test_any_content_is_read_or_refused(content: bytes) -> None:
    try:
        data = read_object(OneFile(content))
    except CardError:
        return
    assert data is None or content.startswith(data)


class AnyCard:
    """A card that answers whatever it likes."""

    def __init__(self, answers: list[bytes]) -> None:
        self.answers = iter(answers)

    def transmit(self, command: bytes) -> bytes:
        return next(self.answers, b"\x6f\x00")


status = st.sampled_from([b"\x90\x00", b"\x63\xc2", b"\x69\x84", b"\x61\x05", b"\x6c\x05", b"\x6a\x82", b"\x69\x82"])
answers = st.lists(st.builds(bytes.__add__, st.binary(max_size=300), status) | st.binary(max_size=4), max_size=30)


@given(answers, st.sampled_from(KeyKind))
def test_no_answer_of_a_card_is_a_surprise(given_answers: list[bytes], key: KeyKind) -> None:
    card = JpkiCard(AnyCard(given_answers))
    for call in (
        card.select,
        card.label,
        card.keys,
        lambda: card.tries_left(key),
        lambda: card.verify(key, "123456" if key is KeyKind.SIGNATURE else "1234"),
        lambda: card.certificate(key),
        lambda: card.sign(key, b"message"),
    ):
        try:
            call()
        except CardError:
            continue


commands = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([apdu.select_application(aid) for aid in (JPKI.aid, TEXT.aid, bytes(10))]),
    st.integers(0, 0x20).map(apdu.select_file),
    st.builds(apdu.read_binary, st.integers(0, 700), st.integers(1, 256)),
    st.sampled_from([b"", b"1234", b"4321", b"ABC123", b"9999"]).map(apdu.verify),
    st.binary(min_size=1, max_size=60).map(apdu.compute_signature),
)


@given(st.lists(commands, max_size=30))
def test_any_commands_are_answered_and_secrets_stay_behind_their_pins(sent: list[bytes]) -> None:
    card = VirtualCard(CONTENTS)
    shown = False
    for command in sent:
        answer = card.transmit(command)
        assert 2 <= len(answer) <= 258
        # Nothing longer than a header comes out before any PIN went in, but certificates and the label.
        shown = shown or (command[:4] == b"\x00\x20\x00\x80" and answer == b"\x90\x00")
        if not shown:
            assert "花子".encode() not in answer
            assert command[:2] != b"\x80\x2a" or len(answer) == 2


@given(st.text(max_size=20))
def test_any_pin_is_sent_as_a_card_holds_it_or_not_at_all(pin: str) -> None:
    for form in (*(files.form for files in JPKI.keys.values()), TEXT.form):
        try:
            sent = encoded_pin(pin, form).decode("ascii")
        except CardError:
            continue
        assert is_registered(sent, form)
        assert sent == (pin.upper() if form.letters else pin)


@given(st.from_regex(r"[A-Za-z0-9]{6,16}", fullmatch=True))
def test_a_password_may_be_typed_in_small_letters(password: str) -> None:
    form = JPKI.keys[KeyKind.SIGNATURE].form
    assert encoded_pin(password, form) == password.upper().encode()


@given(people)
def test_a_card_s_text_round_trips(person: BasicData) -> None:
    contents = CardContents(None, CONTENTS.user, TextContents("4321", person))
    assert CardContents.from_text(contents.to_text()) == contents
