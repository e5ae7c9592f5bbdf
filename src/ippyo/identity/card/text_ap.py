"""券面事項入力補助 AP: the basic four data in text, behind a PIN of four digits.

Nobody has signed them, other than those in the certificate behind 署名用; they spare typing and prove nothing. The
application also holds the personal number. Voting is no purpose for which the law lets it be read, so that neither its
file nor the PIN that leads to it alone is known here.
"""

from __future__ import annotations

from ippyo.errors import ParseError
from ippyo.identity.card import apdu, ber
from ippyo.identity.card.applications import TEXT, TextApplication
from ippyo.identity.card.files import read_object, select_file
from ippyo.identity.card.pin import encoded_pin
from ippyo.identity.card.pin_file import show_pin
from ippyo.identity.card.transport import Transport
from ippyo.identity.errors import CardError
from ippyo.identity.person import SEX_BY_CODE, BasicData, BirthDate, sex_code

__all__ = ["TextCard", "basic_from_file", "basic_to_file"]

OUTER = 0xFF20
OFFSETS, NAME, ADDRESS, BORN, SEX = 0xDF21, 0xDF22, 0xDF23, 0xDF24, 0xDF25


class TextCard:
    """The application on one card."""

    def __init__(self, transport: Transport, application: TextApplication = TEXT) -> None:
        self._transport = transport
        self._application = application

    def select(self) -> None:
        """Select the application, which takes back the PINs of every other. Raises :class:`CardError`."""
        if not apdu.exchange(self._transport, apdu.select_application(self._application.aid)).ok:
            raise CardError("not-a-my-number-card", "this is not a My Number Card, or its chip does not answer")

    def verify(self, pin: str) -> None:
        """Show the PIN. Raises :class:`CardError`: ``bad-pin``, ``wrong-pin``, ``pin-locked``."""
        show_pin(self._transport, self._application.pin, encoded_pin(pin, self._application.form))

    def basic(self) -> BasicData:
        """Return the basic four data. Raises :class:`CardError` ``pin-needed`` before :meth:`verify`."""
        select_file(self._transport, self._application.basic)
        data = read_object(self._transport)
        if data is None:
            raise CardError("card-error", "the card does not hold the basic four data")
        try:
            return basic_from_file(data)
        except ParseError:
            # Its words could quote the card.
            raise CardError("card-error", "the basic four data on the card cannot be read") from None


def basic_from_file(data: bytes) -> BasicData:
    """Decode the file. Raises :class:`ParseError`."""
    parts = ber.children(ber.value(data, OUTER))
    if not {NAME, ADDRESS, BORN, SEX} <= set(parts):
        raise ParseError("card file", "lacks one of the basic four data")
    born = parts[BORN]
    if len(born) != 8 or not born.isdigit():
        raise ParseError("card file", "holds no date of birth")
    try:
        name, address = parts[NAME].decode("utf-8"), parts[ADDRESS].decode("utf-8")
    except UnicodeDecodeError:
        raise ParseError("card file", "is not UTF-8 text") from None
    day = BirthDate(int(born[:4]), int(born[4:6]), int(born[6:]))
    sex = SEX_BY_CODE.get(parts[SEX].decode("ascii", "replace"), "unknown")
    return BasicData(name, address, sex, day)


def basic_to_file(basic: BasicData) -> bytes:
    """Return the file as a card holds it, with the table of offsets before the data (two bytes for each)."""
    born = f"{basic.born.year:04}{basic.born.month:02}{basic.born.day:02}"
    parts = (
        ber.encode(NAME, basic.name.encode("utf-8")),
        ber.encode(ADDRESS, basic.address.encode("utf-8")),
        ber.encode(BORN, born.encode("ascii")),
        ber.encode(SEX, sex_code(basic.sex).encode("ascii")),
    )
    table_size = len(ber.encode(OFFSETS, bytes(2 * len(parts))))
    starts = [table_size + sum(map(len, parts[:position])) for position in range(len(parts))]
    table = ber.encode(OFFSETS, b"".join(start.to_bytes(2, "big") for start in starts))
    return ber.encode(OUTER, table + b"".join(parts))
