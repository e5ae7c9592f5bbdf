"""Card readers, by PC/SC: one card for one program, and no power for it afterwards.

The connection is exclusive, for another program could sign between our PIN and our signature. Leaving takes the power
from the card: until then a PIN, once shown, would serve whoever comes next.

The library (pyscard) is an extra of the package, and imported only here, when somebody asks for a reader.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from ippyo.identity.card.transport import Transport
from ippyo.identity.errors import CardError

__all__ = ["card_is_there", "connect", "find_reader", "list_readers"]

SUCCESS = 0
BUSY_WAIT = 0.2
BUSY_TRIES = 8
"""Operating systems look at a card for a moment when it comes; that passes."""


def list_readers() -> tuple[str, ...]:
    """Return the names of the readers. Raises :class:`CardError` ``no-reader`` when there is none, or no PC/SC."""
    scard = _library()
    with _context(scard) as context:
        return _names(scard, context)


def find_reader(name: str | None = None) -> str:
    """Return the reader :func:`connect` would take. Raises :class:`CardError` as that does."""
    scard = _library()
    with _context(scard) as context:
        return _chosen(scard, context, name)


def card_is_there(name: str | None = None) -> bool:
    """Tell whether a card lies on the reader ``name``, or on any, without touching it. Raises as :func:`find_reader`.

    It may be in use by another program.
    """
    scard = _library()
    with _context(scard) as context:
        names = _names(scard, context)
        return bool(_holding(scard, context, [one for one in names if name in {None, one}]))


@contextmanager
def connect(name: str | None = None) -> Iterator[Transport]:
    """Connect to the card in the reader ``name``, or to the only card there is; on leaving, it loses its power.

    Raises :class:`CardError`: ``no-reader``, ``no-card``, ``several-cards`` (and no ``name``), ``reader-busy``,
    ``card-removed``, ``not-a-my-number-card`` (it does not answer at all).
    """
    scard = _library()
    with _context(scard) as context:
        card, protocol = _connect(scard, context, _chosen(scard, context, name))
        try:
            yield _PcscCard(scard, card, protocol)
        finally:
            scard.SCardDisconnect(card, scard.SCARD_UNPOWER_CARD)


class _PcscCard:
    """A connected card."""

    def __init__(self, scard: ModuleType, card: Any, protocol: int) -> None:
        self._scard = scard
        self._card = card
        self._protocol = scard.SCARD_PCI_T1 if protocol == scard.SCARD_PROTOCOL_T1 else scard.SCARD_PCI_T0

    def transmit(self, command: bytes) -> bytes:
        code, answer = self._scard.SCardTransmit(self._card, self._protocol, list(command))
        _require(self._scard, code)
        return bytes(byte & 0xFF for byte in answer)


def _library() -> ModuleType:
    try:
        return importlib.import_module("smartcard.scard")
    except ImportError:
        raise CardError(
            "no-reader", "this machine lacks the library for card readers; install Ippyo with its extra 'card'"
        ) from None


@contextmanager
def _context(scard: ModuleType) -> Iterator[Any]:
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    _require_allowed(scard, code)
    if code != SUCCESS:
        raise CardError(
            "no-reader", "the card service does not answer; start it (on Linux: pcscd), then plug in the card reader"
        )
    try:
        yield context
    finally:
        scard.SCardReleaseContext(context)


def _names(scard: ModuleType, context: Any) -> tuple[str, ...]:
    code, names = scard.SCardListReaders(context, [])
    if code != SUCCESS or not names:
        raise CardError("no-reader", "there is no card reader; plug one in")
    return tuple(names)


def _chosen(scard: ModuleType, context: Any, name: str | None) -> str:
    names = _names(scard, context)
    if name is not None:
        if name not in names:
            raise CardError("no-reader", f"there is no card reader {name!r}; there are: {', '.join(names)}")
        return name
    holding = _holding(scard, context, names)
    if not holding:
        raise CardError("no-card", "there is no card in the reader; put the My Number Card on it")
    if len(holding) > 1:
        # A PIN shown to somebody else's card would cost that card a try.
        raise CardError("several-cards", "several readers hold a card; leave one card, or name its reader")
    return holding[0]


def _holding(scard: ModuleType, context: Any, names: Iterable[str]) -> list[str]:
    """Return those of the readers that hold a card."""
    states = [(name, scard.SCARD_STATE_UNAWARE) for name in names]
    code, states = scard.SCardGetStatusChange(context, 0, states)
    _require(scard, code)
    return [str(state[0]) for state in states if state[1] & scard.SCARD_STATE_PRESENT]


def _connect(scard: ModuleType, context: Any, name: str) -> tuple[Any, int]:
    for attempt in range(BUSY_TRIES):
        code, card, protocol = scard.SCardConnect(
            context, name, scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        )
        if _unsigned(code) != _unsigned(scard.SCARD_E_SHARING_VIOLATION) or attempt == BUSY_TRIES - 1:
            break
        time.sleep(BUSY_WAIT)
    if _unsigned(code) in {_unsigned(scard.SCARD_W_REMOVED_CARD), _unsigned(scard.SCARD_E_NO_SMARTCARD)}:
        raise CardError("no-card", "there is no card in the reader; put the My Number Card on it")
    _require(scard, code)
    return card, protocol


def _require(scard: ModuleType, code: int) -> None:
    """Turn what PC/SC returns into an error."""
    if code == SUCCESS:
        return
    _require_allowed(scard, code)
    match _unsigned(code):
        case busy if busy == _unsigned(scard.SCARD_E_SHARING_VIOLATION):
            raise CardError("reader-busy", "another program uses the card; close it and try again")
        case mute if mute in {
            _unsigned(scard.SCARD_W_UNRESPONSIVE_CARD),
            _unsigned(scard.SCARD_W_UNSUPPORTED_CARD),
            _unsigned(scard.SCARD_E_PROTO_MISMATCH),
        }:
            raise CardError(
                "not-a-my-number-card", "the card does not answer; turn it over, or try another My Number Card"
            )
        case _:
            # Removed, reset by somebody, or without power: whatever was shown to the card, it has forgotten.
            raise CardError("card-removed", "the card was taken away; put it back and begin again")


def _require_allowed(scard: ModuleType, code: int) -> None:
    """Refuse where the system keeps this user from card readers, as newer Linux does outside a desktop's session."""
    if _unsigned(code) == _unsigned(scard.SCARD_W_SECURITY_VIOLATION):
        raise CardError(
            "no-reader", "the system lets this user use no card reader; allow it (on Linux: by a rule of polkit)"
        )


def _unsigned(code: int) -> int:
    """Return a PC/SC code as 32 bits without sign: systems differ."""
    return code & 0xFFFFFFFF
