"""What PC/SC says, as one sentence each; the reader itself is in tests/integration."""

from __future__ import annotations

import builtins
import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from ippyo.identity.card import readers
from ippyo.identity.card.readers import card_is_there, connect, find_reader, list_readers
from ippyo.identity.errors import CardError

PRESENT, EMPTY = 0x20, 0x10

CODES = {
    "SCARD_E_NO_SMARTCARD": 0x8010000C,
    "SCARD_E_SHARING_VIOLATION": 0x8010000B,
    "SCARD_E_PROTO_MISMATCH": 0x8010000F,
    "SCARD_W_UNSUPPORTED_CARD": 0x80100065,
    "SCARD_W_UNRESPONSIVE_CARD": 0x80100066,
    "SCARD_W_UNPOWERED_CARD": 0x80100067,
    "SCARD_W_RESET_CARD": 0x80100068,
    "SCARD_W_REMOVED_CARD": 0x80100069,
    "SCARD_W_SECURITY_VIOLATION": 0x8010006A,
    "SCARD_E_NO_SERVICE": 0x8010001D,
    "SCARD_E_NO_READERS_AVAILABLE": 0x8010002E,
}


class FakePcsc(ModuleType):
    """Stands for the library: readers with or without a card, and what each call returns."""

    SCARD_SCOPE_USER = 0
    SCARD_SHARE_EXCLUSIVE = 1
    SCARD_UNPOWER_CARD = 2
    SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1 = 1, 2
    SCARD_PCI_T0, SCARD_PCI_T1 = "T=0", "T=1"
    SCARD_STATE_UNAWARE = 0
    SCARD_STATE_PRESENT = PRESENT

    def __init__(self, states: dict[str, int]) -> None:
        super().__init__("smartcard.scard")
        self.states = states
        self.context_code = 0
        self.list_code = 0
        self.state_code = 0
        self.connect_codes = [0]
        self.transmit_code = 0
        self.protocol = self.SCARD_PROTOCOL_T1
        self.calls: list[Any] = []

    def SCardEstablishContext(self, scope: int) -> tuple[int, object]:
        self.calls.append("establish")
        return self.context_code, "context"

    def SCardReleaseContext(self, context: object) -> int:
        self.calls.append("release")
        return 0

    def SCardListReaders(self, context: object, groups: list[str]) -> tuple[int, list[str]]:
        return self.list_code, list(self.states)

    def SCardGetStatusChange(self, context: object, timeout: int, states: list[Any]) -> tuple[int, list[Any]]:
        assert timeout == 0
        return self.state_code, [(name, self.states[name], []) for name, _ in states]

    def SCardConnect(self, context: object, name: str, mode: int, protocols: int) -> tuple[int, object, int]:
        assert (mode, protocols) == (self.SCARD_SHARE_EXCLUSIVE, 3)
        self.calls.append(("connect", name))
        code = self.connect_codes.pop(0) if len(self.connect_codes) > 1 else self.connect_codes[0]
        return code, "card", self.protocol

    def SCardTransmit(self, card: object, protocol: str, command: list[int]) -> tuple[int, list[int]]:
        self.calls.append(("transmit", protocol, bytes(command).hex()))
        return self.transmit_code, [0x63, -0x3D]

    def SCardDisconnect(self, card: object, disposition: int) -> int:
        self.calls.append(("disconnect", disposition))
        return 0


for _name, _code in CODES.items():
    setattr(FakePcsc, _name, _code)


@pytest.fixture
def pcsc(monkeypatch: pytest.MonkeyPatch) -> FakePcsc:
    fake = FakePcsc({"first": EMPTY, "second": PRESENT})
    monkeypatch.setattr(importlib, "import_module", lambda name: fake)
    monkeypatch.setattr(readers, "BUSY_WAIT", 0)
    return fake


def refused(code: str) -> Any:
    return pytest.raises(CardError, check=lambda error: error.code == code)


def test_the_reader_with_a_card_is_taken_and_left_without_power(pcsc: FakePcsc) -> None:
    assert list_readers() == ("first", "second")
    assert find_reader() == "second"
    pcsc.calls.clear()
    with connect() as card:
        assert card.transmit(bytes.fromhex("00200080")) == bytes.fromhex("63c3")
    assert pcsc.calls == [
        "establish",
        ("connect", "second"),
        ("transmit", "T=1", "00200080"),
        ("disconnect", pcsc.SCARD_UNPOWER_CARD),
        "release",
    ]


def test_power_goes_whatever_happens(pcsc: FakePcsc) -> None:
    with pytest.raises(ZeroDivisionError), connect():
        raise ZeroDivisionError
    assert pcsc.calls[-2:] == [("disconnect", pcsc.SCARD_UNPOWER_CARD), "release"]


def test_a_reader_can_be_named(pcsc: FakePcsc) -> None:
    with connect("first"):
        pass
    assert ("connect", "first") in pcsc.calls
    with refused("no-reader"), connect("third"):
        pass


def test_protocols(pcsc: FakePcsc) -> None:
    pcsc.protocol = pcsc.SCARD_PROTOCOL_T0
    with connect() as card:
        card.transmit(bytes.fromhex("00200080"))
    assert ("transmit", "T=0", "00200080") in pcsc.calls


def test_two_cards_are_one_too_many(pcsc: FakePcsc) -> None:
    pcsc.states["first"] = PRESENT
    with refused("several-cards"), connect():
        pass
    with connect("first"):
        pass


def test_a_card_is_seen_without_being_touched(pcsc: FakePcsc) -> None:
    assert [card_is_there(), card_is_there("first"), card_is_there("second")] == [True, False, True]
    pcsc.states["second"] = EMPTY
    assert not card_is_there()
    assert set(pcsc.calls) == {"establish", "release"}


def test_no_card(pcsc: FakePcsc) -> None:
    pcsc.states["second"] = EMPTY
    with refused("no-card"):
        find_reader()


@pytest.mark.parametrize("code", ["SCARD_E_NO_SMARTCARD", "SCARD_W_REMOVED_CARD"])
def test_a_card_gone_before_it_answers(pcsc: FakePcsc, code: str) -> None:
    pcsc.connect_codes = [CODES[code]]
    with refused("no-card"), connect():
        pass


def test_no_reader(pcsc: FakePcsc) -> None:
    pcsc.states.clear()
    with refused("no-reader"):
        list_readers()
    pcsc.states["first"] = PRESENT
    pcsc.list_code = CODES["SCARD_E_NO_READERS_AVAILABLE"]
    with refused("no-reader"):
        list_readers()


def test_no_service(pcsc: FakePcsc) -> None:
    pcsc.context_code = CODES["SCARD_E_NO_SERVICE"]
    with refused("no-reader"):
        list_readers()
    assert pcsc.calls == ["establish"]


@pytest.mark.parametrize("signed", [0, 1 << 32])
def test_a_user_whom_the_system_keeps_from_readers(pcsc: FakePcsc, signed: int) -> None:
    code = CODES["SCARD_W_SECURITY_VIOLATION"] - signed
    pcsc.connect_codes = [code]
    with pytest.raises(CardError, match="lets this user use no card reader"), connect():
        pass
    pcsc.context_code = code
    with pytest.raises(CardError, match="lets this user use no card reader"):
        list_readers()


def test_the_readers_states_are_not_told(pcsc: FakePcsc) -> None:
    pcsc.state_code = CODES["SCARD_E_NO_SERVICE"]
    with refused("card-removed"):
        find_reader()


def test_a_machine_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(name: str) -> ModuleType:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", without)
    for call in (list_readers, find_reader, lambda: connect().__enter__()):
        with refused("no-reader"):
            call()


def test_the_library_is_not_loaded_with_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    plain: Callable[..., Any] = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("smartcard"):
            raise ModuleNotFoundError(name)
        return plain(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    importlib.reload(readers)


def test_a_busy_card_is_tried_again(pcsc: FakePcsc) -> None:
    busy = CODES["SCARD_E_SHARING_VIOLATION"]
    pcsc.connect_codes = [busy, busy - (1 << 32), 0]
    with connect():
        pass
    pcsc.connect_codes = [busy]
    pcsc.calls.clear()
    with refused("reader-busy"), connect():
        pass
    assert pcsc.calls.count(("connect", "second")) == readers.BUSY_TRIES


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("SCARD_W_UNRESPONSIVE_CARD", "not-a-my-number-card"),
        ("SCARD_W_UNSUPPORTED_CARD", "not-a-my-number-card"),
        ("SCARD_E_PROTO_MISMATCH", "not-a-my-number-card"),
        ("SCARD_W_UNPOWERED_CARD", "card-removed"),
    ],
)
def test_a_card_that_does_not_answer(pcsc: FakePcsc, code: str, refusal: str) -> None:
    pcsc.connect_codes = [CODES[code]]
    with refused(refusal), connect():
        pass


@pytest.mark.parametrize("code", ["SCARD_W_REMOVED_CARD", "SCARD_W_RESET_CARD"])
@pytest.mark.parametrize("signed", [0, 1 << 32])
def test_a_card_pulled_mid_session(pcsc: FakePcsc, code: str, signed: int) -> None:
    with connect() as card:
        pcsc.transmit_code = CODES[code] - signed
        with refused("card-removed"):
            card.transmit(bytes.fromhex("00200080"))
