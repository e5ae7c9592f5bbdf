"""The two keys of a card, against the virtual card and against answers of real ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from ippyo.identity.card.applications import KeyKind
from ippyo.identity.card.jpki import DEVICES, JpkiCard
from ippyo.identity.card.pin_file import WrongPinError
from ippyo.identity.card.virtual.card import BLOCKED, BLOCKED_ISO, VirtualCard
from ippyo.identity.card.virtual.contents import CardContents
from ippyo.identity.errors import CardError

PINS = {KeyKind.SIGNATURE: "abc123", KeyKind.USER: "1234"}
WRONG = {KeyKind.SIGNATURE: "XYZ789", KeyKind.USER: "9999"}
FULL = {KeyKind.SIGNATURE: 5, KeyKind.USER: 3}


@pytest.fixture
def card(card_contents: CardContents) -> JpkiCard:
    return selected(card_contents)


def selected(contents: CardContents) -> JpkiCard:
    card = JpkiCard(VirtualCard(contents))
    card.select()
    return card


def refused(code: str) -> Any:
    return pytest.raises(CardError, check=lambda error: error.code == code)


@pytest.mark.parametrize("key", KeyKind)
def test_tries_are_told_and_not_spent(card: JpkiCard, key: KeyKind) -> None:
    assert [card.tries_left(key) for _ in range(9)] == [FULL[key]] * 9


def test_asking_for_tries_sends_no_pin(scripted: Any) -> None:
    card = JpkiCard(scripted(("00a4020c02001b", "9000"), ("00200080", "63c5")))
    assert card.tries_left(KeyKind.SIGNATURE) == 5


@pytest.mark.parametrize("status", ["6983", "6984", "63c0"])
def test_every_word_for_locked_counts(scripted: Any, status: str) -> None:
    asked = JpkiCard(scripted(("00a4020c020018", "9000"), ("00200080", status)))
    assert asked.tries_left(KeyKind.USER) == 0
    shown = JpkiCard(scripted(("00a4020c020018", "9000"), ("002000800431323334", status)))
    with refused("pin-locked"):
        shown.verify(KeyKind.USER, "1234")


def test_the_password_is_sent_in_capitals(scripted: Any) -> None:
    card = JpkiCard(scripted(("00a4020c02001b", "9000"), ("0020008006414243313233", "9000")))
    card.verify(KeyKind.SIGNATURE, "aBc123")


@pytest.mark.parametrize(
    ("key", "pin"),
    [
        (KeyKind.USER, "123"),
        (KeyKind.USER, "12345"),
        (KeyKind.USER, "12a4"),
        (KeyKind.USER, "１２３４"),
        (KeyKind.SIGNATURE, "ABC12"),
        (KeyKind.SIGNATURE, "A" * 17),
        (KeyKind.SIGNATURE, "ABC-123"),
        (KeyKind.SIGNATURE, "straße"),
        (KeyKind.SIGNATURE, ""),
    ],
)
def test_a_slip_of_the_finger_costs_no_try(card_contents: CardContents, recorder: Any, key: KeyKind, pin: str) -> None:
    transport = recorder(VirtualCard(card_contents))
    with refused("bad-pin"):
        JpkiCard(transport).verify(key, pin)
    assert transport.commands == []


@pytest.mark.parametrize("key", KeyKind)
def test_wrong_pins_count_down_to_the_lock(card: JpkiCard, key: KeyKind) -> None:
    for left in reversed(range(1, FULL[key])):
        with pytest.raises(WrongPinError, match=f"{left} tries") as caught:
            card.verify(key, WRONG[key])
        assert (caught.value.code, caught.value.tries_left) == ("wrong-pin", left)
    for pin in (WRONG[key], WRONG[key], PINS[key]):
        with refused("pin-locked"):
            card.verify(key, pin)
    assert card.tries_left(key) == 0
    assert [card.tries_left(other) for other in KeyKind if other is not key] == [FULL[k] for k in FULL if k is not key]


def test_the_right_pin_gives_all_tries_back(card: JpkiCard) -> None:
    with refused("wrong-pin"):
        card.verify(KeyKind.USER, "9999")
    card.verify(KeyKind.USER, "1234")
    assert card.tries_left(KeyKind.USER) == 3


@pytest.mark.parametrize("blocked", [BLOCKED, BLOCKED_ISO])
def test_a_locked_card_is_known_by_either_word(card_contents: CardContents, blocked: int) -> None:
    card = JpkiCard(VirtualCard(card_contents, blocked=blocked))
    card.select()
    for _ in range(2):
        with refused("wrong-pin"):
            card.verify(KeyKind.USER, "9999")
    for _ in range(2):
        with refused("pin-locked"):
            card.verify(KeyKind.USER, "9999")


@pytest.mark.parametrize("key", KeyKind)
def test_today_s_card_signs_with_rsa(card: JpkiCard, card_contents: CardContents, key: KeyKind) -> None:
    card.verify(key, PINS[key])
    signature = card.sign(key, b"message")
    assert card.algorithm(key) == "RS256"
    public = x509.load_der_x509_certificate(card.certificate(key)).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(signature, b"message", padding.PKCS1v15(), hashes.SHA256())
    assert card.sign(key, b"message") == signature, "the voting code of a card rests on this"


@pytest.mark.parametrize("key", KeyKind)
def test_the_next_card_signs_with_p_384(next_card_contents: CardContents, key: KeyKind) -> None:
    card = selected(next_card_contents)
    card.verify(key, PINS[key])
    signature = card.sign(key, b"message")
    assert card.algorithm(key) == "ES384"
    public = x509.load_der_x509_certificate(card.certificate(key)).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(signature, b"message", ec.ECDSA(hashes.SHA384()))


def test_keys_of_no_known_card_are_refused(other_curve_contents: CardContents) -> None:
    card = selected(other_curve_contents)
    with refused("not-a-my-number-card"):
        card.algorithm(KeyKind.USER)


def test_a_certificate_that_is_none_is_refused(card_contents: CardContents) -> None:
    assert card_contents.user is not None
    broken = replace(card_contents.user, certificate=b"\x30\x82\x01\x00" + bytes(256))
    with refused("not-a-my-number-card"):
        selected(replace(card_contents, user=broken)).algorithm(KeyKind.USER)


def test_the_certificate_for_signatures_needs_its_password(card: JpkiCard, card_contents: CardContents) -> None:
    assert card_contents.signature is not None
    with refused("pin-needed"):
        card.certificate(KeyKind.SIGNATURE)
    card.verify(KeyKind.SIGNATURE, "ABC123")
    assert card.certificate(KeyKind.SIGNATURE) == card_contents.signature.certificate


def test_the_other_certificate_is_open(card: JpkiCard, card_contents: CardContents) -> None:
    assert card_contents.user is not None
    assert card.certificate(KeyKind.USER) == card_contents.user.certificate


def test_a_key_signs_after_its_own_pin_only(card: JpkiCard) -> None:
    card.verify(KeyKind.SIGNATURE, "ABC123")
    with refused("pin-needed"):
        card.sign(KeyKind.USER, b"message")


def test_filler_behind_a_certificate_is_not_read(card_contents: CardContents, recorder: Any) -> None:
    assert card_contents.user is not None
    der = card_contents.user.certificate
    filled = replace(card_contents, user=replace(card_contents.user, certificate=der + b"\xff" * 500))
    transport = recorder(VirtualCard(filled))
    card = JpkiCard(transport)
    card.select()
    assert card.certificate(KeyKind.USER) == der
    lengths = [command[4] or 256 for command in transport.commands if command[1] == 0xB0]
    assert sum(lengths) == len(der)
    assert lengths[1:-1] == [256] * (len(lengths) - 2)
    before = len(transport.commands)
    card.certificate(KeyKind.USER)
    assert len(transport.commands) == before, "a certificate is read once"


@pytest.mark.parametrize("empty", [b"\xff", b"\x00"])
def test_an_empty_certificate_file_is_no_certificate(card_contents: CardContents, empty: bytes) -> None:
    assert card_contents.user is not None
    card = selected(replace(card_contents, user=replace(card_contents.user, certificate=empty * 100)))
    with refused("no-certificate"):
        card.certificate(KeyKind.USER)


@pytest.mark.parametrize(
    "damaged", [b"\x30\x83\x01\x00\x00", b"\x30\x80\x00\x00\x00", b"\x30\x82\xff\xff\x00", b"\x30\x01\x00\x01\x01"]
)
def test_a_damaged_certificate_file_is_refused(card_contents: CardContents, damaged: bytes) -> None:
    assert card_contents.user is not None
    card = selected(replace(card_contents, user=replace(card_contents.user, certificate=damaged)))
    with refused("card-error"):
        card.certificate(KeyKind.USER)


def test_a_file_shorter_than_it_says_is_refused(card_contents: CardContents) -> None:
    assert card_contents.user is not None
    short = replace(card_contents.user, certificate=card_contents.user.certificate[:-1])
    with refused("card-error"):
        selected(replace(card_contents, user=short)).certificate(KeyKind.USER)


def test_who_has_no_key_for_signatures(card_contents: CardContents) -> None:
    card = selected(replace(card_contents, signature=None))
    assert card.keys() == {KeyKind.USER}
    for refused_call in (
        lambda: card.tries_left(KeyKind.SIGNATURE),
        lambda: card.verify(KeyKind.SIGNATURE, "ABC123"),
        lambda: card.certificate(KeyKind.SIGNATURE),
        lambda: card.sign(KeyKind.SIGNATURE, b"message"),
    ):
        with refused("no-certificate"):
            refused_call()


def test_a_whole_card_has_both_keys(card: JpkiCard) -> None:
    assert card.keys() == set(KeyKind)


@pytest.mark.parametrize(("label", "device"), DEVICES.items())
def test_the_label_tells_card_from_phone(card_contents: CardContents, label: str, device: str) -> None:
    assert DEVICES[selected(replace(card_contents, label=label)).label()] == device


def test_another_card_is_refused(scripted: Any) -> None:
    with refused("not-a-my-number-card"):
        JpkiCard(scripted(("00a4040c0ad392f000260100000001", "6a82"))).select()


@pytest.mark.parametrize(
    ("lines", "call"),
    [
        ([("00a4020c020006", "6a86")], lambda card: card.label()),
        ([("00a4020c020018", "9000"), ("00200080", "9000")], lambda card: card.tries_left(KeyKind.USER)),
        ([("00a4020c020018", "6f00")], lambda card: card.tries_left(KeyKind.USER)),
        (
            [("00a4020c020018", "9000"), ("002000800431323334", "6700")],
            lambda card: card.verify(KeyKind.USER, "1234"),
        ),
        ([("00a4020c020006", "9000"), ("00b0000020", "9000")], lambda card: card.label()),
        ([("00a4020c020006", "9000"), ("00b0000020", "00" * 33 + "9000")], lambda card: card.label()),
    ],
)
def test_whatever_else_a_card_answers_is_refused(scripted: Any, lines: list[tuple[str, str]], call: Any) -> None:
    with refused("card-error"):
        call(JpkiCard(scripted(*lines)))


@pytest.mark.parametrize("answer", ["6a80", "9000"])
def test_a_card_that_does_not_sign_is_refused(card_contents: CardContents, answer: str) -> None:
    class Unwilling:
        def __init__(self) -> None:
            self.card = VirtualCard(card_contents)

        def transmit(self, command: bytes) -> bytes:
            return bytes.fromhex(answer) if command[1] == 0x2A else self.card.transmit(command)

    card = JpkiCard(Unwilling())
    card.select()
    card.verify(KeyKind.USER, "1234")
    with refused("card-error"):
        card.sign(KeyKind.USER, b"message")


def test_no_error_says_a_pin(card: JpkiCard) -> None:
    for pin in ("9876", "98765"):
        with pytest.raises(CardError) as caught:
            card.verify(KeyKind.USER, pin)
        assert pin not in str(caught.value)
