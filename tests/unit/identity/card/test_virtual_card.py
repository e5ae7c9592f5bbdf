"""The virtual card answers as surveys of real cards report."""

from __future__ import annotations

from pathlib import Path

import pytest

from ippyo.errors import InputError, ParseError
from ippyo.identity.card.virtual.card import VirtualCard
from ippyo.identity.card.virtual.contents import CardContents
from ippyo.identity.card.virtual.store import FULL, FileStore

JPKI = "00a4040c0ad392f000260100000001"
TEXT = "00a4040c0ad3921000310001010408"
ISSUER = "00a4040c07a0000001510000"
USER_PIN, USER_KEY, USER_CERTIFICATE = "00a4020c020018", "00a4020c020017", "00a4020c02000a"
TRIES, RIGHT, WRONG = "00200080", "002000800431323334", "002000800439393939"
DIGEST_INFO = "3031300d060960864801650304020105000420" + "11" * 32
SIGN = "802a008033" + DIGEST_INFO + "00"


@pytest.fixture
def card(card_contents: CardContents) -> VirtualCard:
    return VirtualCard(card_contents)


def say(card: VirtualCard, *commands: str) -> str:
    """Send commands, and return the status of the last one."""
    answer = b""
    for command in commands:
        answer = card.transmit(bytes.fromhex(command))
    return answer[-2:].hex()


def test_a_pin_counts_until_another_application_is_selected(card: VirtualCard) -> None:
    assert say(card, JPKI, USER_PIN, RIGHT, USER_KEY, SIGN) == "9000"
    assert say(card, JPKI, USER_KEY, SIGN) == "9000", "the same application again takes nothing back"
    assert say(card, ISSUER, USER_KEY, SIGN) == "9000", "nor does one that the card does not have"
    assert say(card, TEXT, JPKI, USER_KEY, SIGN) == "6982"


def test_a_pin_counts_until_the_power_goes(card: VirtualCard) -> None:
    say(card, JPKI, USER_PIN, RIGHT)
    card.power_off()
    assert say(card, USER_KEY) == "6a82", "nothing is selected"
    assert say(card, JPKI, USER_KEY, SIGN) == "6982"


def test_the_tries_are_told_though_the_pin_was_shown(card: VirtualCard) -> None:
    assert say(card, JPKI, USER_PIN, RIGHT, TRIES) == "63c3"


def test_a_wrong_pin_takes_back_the_right_one(card: VirtualCard) -> None:
    say(card, JPKI, USER_PIN, RIGHT, WRONG)
    assert say(card, USER_KEY, SIGN) == "6982"


def test_the_last_try_says_none_left_and_the_next_says_blocked(card: VirtualCard) -> None:
    say(card, JPKI, USER_PIN)
    assert [say(card, WRONG) for _ in range(5)] == ["63c2", "63c1", "63c0", "6984", "6984"]
    assert say(card, RIGHT) == "6984"
    assert say(card, TRIES) == "63c0"


def test_the_card_does_not_fold_case(card: VirtualCard) -> None:
    assert say(card, JPKI, "00a4020c02001b", "0020008006616263313233") == "63c4"


def test_short_identifiers_select_too(card: VirtualCard) -> None:
    assert say(card, JPKI, "00200098") == "63c3"
    assert say(card, "002000980431323334") == "9000"
    assert say(card, "802a009733" + DIGEST_INFO + "00") == "9000"
    assert say(card, "00b08a0004") == "9000"


@pytest.mark.parametrize(
    ("commands", "status"),
    [
        ([ISSUER], "6a82"),
        (["00a4020c023f00"], "6a82"),
        (["00a40000023f00"], "6a86"),
        ([JPKI, "00a4020c02ffff"], "6a82"),
        ([JPKI, "00a4020c0101"], "6a82"),
        ([JPKI, "00b0000004"], "6986"),
        ([JPKI, TRIES], "6986"),
        ([JPKI, SIGN], "6986"),
        ([JPKI, "00b09f0004"], "6986"),
        ([JPKI, USER_PIN, "00b0000004"], "6981"),
        ([JPKI, USER_CERTIFICATE, TRIES], "6981"),
        ([JPKI, USER_CERTIFICATE, SIGN], "6981"),
        ([JPKI, USER_CERTIFICATE, "00b0700004"], "6b00"),
        ([JPKI, USER_PIN, "00200180"], "6a86"),
        ([JPKI, USER_PIN, "00200000"], "6a86"),
        ([JPKI, USER_KEY, "802a018033" + DIGEST_INFO + "00"], "6a86"),
        ([JPKI, USER_KEY, "802a000033" + DIGEST_INFO + "00"], "6a86"),
        ([JPKI, USER_PIN, RIGHT, USER_KEY, "802a008000"], "6a80"),
        ([JPKI, USER_PIN, RIGHT, USER_KEY, "802a0080f6" + "00" * 246 + "00"], "6a80"),
        (["00ca000000"], "6d00"),
        (["80ca000000"], "6d00"),
        (["ffca000000"], "6e00"),
        (["00a404"], "6700"),
        (["00a4040c0a00"], "6700"),
        (["00b00000000000"], "6700"),
        (["00a4020c02001800ff"], "6700"),
    ],
)
def test_what_it_refuses(card: VirtualCard, commands: list[str], status: str) -> None:
    assert say(card, *commands) == status


def test_reading_stops_at_the_end_of_the_file(card: VirtualCard) -> None:
    say(card, JPKI, "00a4020c020008")
    assert card.transmit(bytes.fromhex("00b0000000")).hex() == "8f8f009000"
    assert card.transmit(bytes.fromhex("00b00000")).hex() == "8f8f009000"


def test_the_p_384_card_takes_a_bare_hash(next_card_contents: CardContents) -> None:
    card = VirtualCard(next_card_contents)
    say(card, JPKI, USER_PIN, RIGHT, USER_KEY)
    assert say(card, "802a008030" + "11" * 48 + "00") == "9000"
    assert say(card, "802a00802f" + "11" * 47 + "00") == "6a80"


def test_counters_outlive_the_power(card_contents: CardContents, tmp_path: Path) -> None:
    file = tmp_path / "tries"
    assert say(VirtualCard(card_contents, FileStore(file)), JPKI, USER_PIN, RIGHT) == "9000"
    assert not file.exists(), "nothing has changed"
    assert say(VirtualCard(card_contents, FileStore(file)), JPKI, USER_PIN, WRONG, WRONG) == "63c1"
    assert file.stat().st_mode & 0o777 == 0o600
    assert say(VirtualCard(card_contents, FileStore(file)), JPKI, USER_PIN, WRONG) == "63c0"
    locked = VirtualCard(card_contents, FileStore(file))
    assert say(locked, JPKI, USER_PIN, RIGHT) == "6984"
    assert say(locked, "00a4020c02001b", TRIES) == "63c5", "the other PIN has its own counter"


def test_no_answer_before_the_counter_is_on_the_disk(card_contents: CardContents, tmp_path: Path) -> None:
    card = VirtualCard(card_contents, FileStore(tmp_path / "nowhere" / "tries"))
    say(card, JPKI, USER_PIN)
    with pytest.raises(InputError):
        say(card, WRONG)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"type":"virtual-card-tries","left":{"signature":6,"user":3,"text":3}}',
        '{"type":"virtual-card-tries","left":{"signature":5,"user":3}}',
        '{"type":"virtual-card-tries","left":{"user":3,"signature":5,"text":3}}',
        '{"type":"other","left":{"signature":5,"user":3,"text":3}}',
    ],
)
def test_damaged_counters_are_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "tries"
    file.write_text(text)
    with pytest.raises(ParseError):
        FileStore(file).load()


def test_counters_round_trip(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "tries")
    assert store.load() == FULL
    store.save(FULL | {"user": 1})
    assert store.load() == FULL | {"user": 1}
    assert (tmp_path / "tries").read_text() == (
        '{"type":"virtual-card-tries","left":{"signature":5,"user":1,"text":3}}'
    )


def test_it_shows_nothing_of_what_it_holds(card: VirtualCard) -> None:
    assert repr(card) == "VirtualCard(hidden)"
