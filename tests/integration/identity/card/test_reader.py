"""Our own way to the card: one program at a time, and nothing left behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ippyo.identity.card import readers
from ippyo.identity.card.applications import KeyKind
from ippyo.identity.card.jpki import JpkiCard
from ippyo.identity.card.readers import card_is_there, connect, find_reader, list_readers
from ippyo.identity.card.text_ap import TextCard
from ippyo.identity.card.transport import Transport
from ippyo.identity.errors import CardError
from ippyo.identity.person import BasicData


def refused(code: str) -> Any:
    return pytest.raises(CardError, check=lambda error: error.code == code)


def opened(transport: Transport) -> JpkiCard:
    card = JpkiCard(transport)
    card.select()
    return card


def test_a_reader_without_card(card_reader: Any) -> None:
    assert list_readers() == ("Virtual PCD 00 00", "Virtual PCD 00 01")
    with refused("no-card"), connect():
        pass
    with refused("no-card"), connect("Virtual PCD 00 01"):
        pass
    with refused("no-reader"), connect("another"):
        pass


def test_a_card_is_seen_while_somebody_uses_it(card_reader: Any, card_file: Path) -> None:
    assert not card_is_there()
    card_reader.insert(card_file)
    with connect() as transport:
        opened(transport).verify(KeyKind.USER, "1234")
        assert card_is_there()
        assert not card_is_there("Virtual PCD 00 01")
        # Looking takes nothing back.
        opened(transport).sign(KeyKind.USER, b"message")
    card_reader.remove()
    assert not card_is_there()


def test_leaving_takes_the_pin_back(card_reader: Any, card_file: Path) -> None:
    card_reader.insert(card_file)
    with connect() as transport:
        card = opened(transport)
        card.verify(KeyKind.USER, "1234")
        card.sign(KeyKind.USER, b"message")
    with connect() as transport, refused("pin-needed"):
        opened(transport).sign(KeyKind.USER, b"message")


def test_nobody_else_gets_at_the_card_meanwhile(
    card_reader: Any, card_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "BUSY_TRIES", 2)
    card_reader.insert(card_file)
    with connect() as transport:
        card = opened(transport)
        card.verify(KeyKind.USER, "1234")
        assert card_reader.run("opensc-tool", "-r", "0", "-n").returncode != 0
        with refused("reader-busy"), connect():
            pass
        card.sign(KeyKind.USER, b"message")
    assert card_reader.run("opensc-tool", "-r", "0", "-n").returncode == 0


def test_a_card_pulled_mid_session(card_reader: Any, card_file: Path) -> None:
    card_reader.insert(card_file)
    with connect() as transport:
        card = opened(transport)
        card.verify(KeyKind.USER, "1234")
        card_reader.remove()
        with refused("card-removed"):
            card.sign(KeyKind.USER, b"message")
    with refused("no-card"):
        find_reader()
    card_reader.insert(card_file)
    with connect() as transport:
        card = opened(transport)
        with refused("pin-needed"):
            card.sign(KeyKind.USER, b"message")
        card.verify(KeyKind.USER, "1234")
        card.sign(KeyKind.USER, b"message")


def test_the_basic_data_come_through(card_reader: Any, card_file: Path, hanako: BasicData) -> None:
    card_reader.insert(card_file)
    with connect() as transport:
        card = TextCard(transport)
        card.select()
        card.verify("4321")
        assert card.basic() == hanako
