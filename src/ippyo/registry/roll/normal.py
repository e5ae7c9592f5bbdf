"""The forms in which names and addresses are compared: what differs between two records of one person is evened out.

A normal form is for comparing only; nobody is shown one. Evening out never makes two house numbers one: where that
could happen, a difference stays, and the support desk decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby

from ippyo.registry.roll.variants import VARIANTS

__all__ = ["Likeness", "Pattern", "address_pattern", "house", "name_pattern", "normal_address", "normal_name"]

# A noncharacter, which no record holds and no step changes: the place of a character that the card lacks.
_GAP = "\ufdd0"

_HYPHENS = re.compile("[-‐‑‒–—―−－﹣ーｰ_~〜～]")
_SELECTORS = re.compile("(?<![0-9])[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_ODD = re.compile("[■□●○◆〓＊*?\ufffd\ue000-\uf8ff\U000f0000-\U0010fffd]")
"""What stands in a register in the place of a character that its fonts do not have (外字)."""

_KANJI_DIGITS = "〇一二三四五六七八九"
_ANY_NUMERAL = f"0-9{_KANJI_DIGITS}零十百千"
_KANJI_NUMBER = re.compile(f"(?<![{_ANY_NUMERAL}])[{_KANJI_DIGITS}零十百千]+(?![{_ANY_NUMERAL}])")
_POSITIONAL = re.compile(f"[{_KANJI_DIGITS}]+")
_SPOKEN = re.compile(
    "(?:([一-九]?)千)?(?:([一-九]?)百)?(?:([一-九]?)十)?([一-九]?)".replace("一-九", _KANJI_DIGITS[1:])
)

_NUMERAL_GAP = re.compile(rf"(?<=[{_ANY_NUMERAL}])\s+(?=[{_ANY_NUMERAL}])")
_COUNTERS = re.compile("(?<=[0-9])(?:丁目|番地|番(?![町丁街館通])|号室|号(?![館棟線車町]))の?")
_JOINT = re.compile("(?<=[0-9])[のノ](?=[0-9])")
_IDLE_HYPHEN = re.compile("(?<![0-9])-|-(?![0-9])")
_LEADING_ZEROS = re.compile("(?<![0-9])0+(?=[0-9])")
_OAZA = re.compile("(?<![0-9])大字")
_PREFECTURES = (
    *("北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県", "茨城県", "栃木県", "群馬県", "埼玉県"),
    *("千葉県", "東京都", "神奈川県", "新潟県", "富山県", "石川県", "福井県", "山梨県", "長野県", "岐阜県", "静岡県"),
    *("愛知県", "三重県", "滋賀県", "京都府", "大阪府", "兵庫県", "奈良県", "和歌山県", "鳥取県", "島根県", "岡山県"),
    *("広島県", "山口県", "徳島県", "香川県", "愛媛県", "高知県", "福岡県", "佐賀県", "長崎県", "熊本県", "大分県"),
    *("宮崎県", "鹿児島県", "沖縄県"),
)
_HOUSE = re.compile(r".*?[0-9]+(?:-[0-9]+)+")
_NUMBERED = re.compile(r".*[0-9]")

_MAX_ROUNDS = 8


class Likeness(IntEnum):
    """How one datum of the card compares with the roll's."""

    DIFFERENT = 0
    NEAR = 1
    """Only characters that one of the two cannot write, or that the card replaced, stand between: a person decides."""
    SAME = 2


@dataclass(frozen=True, slots=True, repr=False)
class Pattern:
    """The normal form of a datum from a card; a gap stands where the card says that its character is a substitute.

    ``shown`` is the same with the substitutes in their places, or None where a gap fits every character.
    """

    text: str
    shown: str | None = None

    def compare(self, normal: str) -> Likeness:
        """Compare with the normal form of the roll. A gap is one character that is no digit; nothing shifts.

        Only what certificates cannot hold is ever replaced: where ``shown`` is known and the roll has another
        character that they can, a twin may be meant whose name differs in this one, so that it is but near.
        """
        if len(self.text) != len(normal):
            return Likeness.DIFFERENT
        pairs = [(mine, theirs) for mine, theirs in zip(self.text, normal, strict=True) if mine != theirs]
        if any(_is_number(theirs) or not (mine == _GAP or _odd(mine, theirs)) for mine, theirs in pairs):
            return Likeness.DIFFERENT
        if any(mine != _GAP for mine, _ in pairs) or self._replaced_without_need(normal):
            return Likeness.NEAR
        # A datum of which nothing is left to compare shows nothing.
        return Likeness.SAME if set(self.text) - {_GAP} else Likeness.NEAR

    def _replaced_without_need(self, normal: str) -> bool:
        if self.shown is None:
            return False
        shown = self.shown if len(self.shown) == len(normal) else _GAP * len(normal)
        places = zip(self.text, shown, normal, strict=True)
        return any(mine == _GAP and given != theirs and _in_certificates(theirs) for mine, given, theirs in places)

    def house(self) -> Pattern:
        """Return the pattern of the address without building and room."""
        return Pattern(house(self.text))


def _in_certificates(character: str) -> bool:
    """Tell whether a certificate can hold it: JIS X 0208 and 0212, which EUC-JP has. A mark for 外字 is none."""
    try:
        character.encode("euc_jp")
    except UnicodeEncodeError:
        return False
    return _ODD.match(character) is None


def _is_number(character: str) -> bool:
    return character in "0123456789-"


def _odd(mine: str, theirs: str) -> bool:
    return bool(_ODD.match(mine) or _ODD.match(theirs)) and not _is_number(mine)


def normal_name(name: str) -> str:
    """Return the normal form of a name: no spaces or middle dots, one width, one form of each character."""
    return _settled(_name_step, name)


def normal_address(address: str) -> str:
    """Return the normal form of an address: numbers as 5-842, no prefecture, no 大字, one form of each character."""
    return _settled(_address_step, address)


def name_pattern(name: str, substitutes: str = "") -> Pattern:
    """Return what to compare the roll's :func:`normal_name` with; ``substitutes`` are the certificate's flags."""
    return Pattern(normal_name(_with_gaps(name, substitutes)), normal_name(name))


def address_pattern(address: str, substitutes: str = "") -> Pattern:
    """Return what to compare the roll's :func:`normal_address` with; ``substitutes`` are the certificate's flags."""
    return Pattern(normal_address(_with_gaps(address, substitutes)))


def house(normal: str) -> str:
    """Return a normal address up to the house number: its first chain such as 5-842, or else its last number."""
    found = _HOUSE.match(normal) or _NUMBERED.match(normal)
    return found[0] if found else normal


def _with_gaps(text: str, substitutes: str) -> str:
    flags = substitutes or "0" * len(text)
    return "".join(_GAP if flag == "1" else character for character, flag in zip(text, flags, strict=True))


def _settled(step: Callable[[str], str], text: str) -> str:
    """Repeat ``step`` until nothing changes, so that a normal form is its own normal form."""
    for _ in range(_MAX_ROUNDS):
        again = step(text)
        if again == text:
            break
        text = again
    return text


def _name_step(text: str) -> str:
    text = _one_form(text)
    return _HYPHENS.sub("-", re.sub(r"[\s・·]+", "", text))


def _address_step(text: str) -> str:
    text = _HYPHENS.sub("-", _one_form(text))
    text = re.sub(r"\s+", "", _NUMERAL_GAP.sub("-", text))
    text = _KANJI_NUMBER.sub(_in_digits, text)
    text = _JOINT.sub("-", _COUNTERS.sub("-", text))
    text = _IDLE_HYPHEN.sub("", re.sub("-+", "-", text))
    text = _OAZA.sub("", _LEADING_ZEROS.sub("", text))
    # Numerals of a prefecture's name are digits by now, as in those below.
    return next((text.removeprefix(name) for name in _PREFECTURE_FORMS if text.startswith(name)), text)


def _one_form(text: str) -> str:
    """Even out width, case, variation selectors, and old and new forms."""
    return _SELECTORS.sub("", _width(text).upper()).translate(VARIANTS)


def _width(text: str) -> str:
    """Apply NFKC, but not to numbers in circles and the like, which would grow into the number beside them."""
    if unicodedata.is_normalized("NFKC", text):
        return text
    pieces = groupby(text, key=lambda character: unicodedata.category(character) in {"No", "So"})
    return "".join("".join(piece) if odd else unicodedata.normalize("NFKC", "".join(piece)) for odd, piece in pieces)


def _in_digits(found: re.Match[str]) -> str:
    numeral = found[0].replace("零", "〇")
    if _POSITIONAL.fullmatch(numeral):
        return "".join(str(_KANJI_DIGITS.index(digit)) for digit in numeral)
    spoken = _SPOKEN.fullmatch(numeral)
    if spoken is None:
        return found[0]
    total = 0
    for digit, unit, sign in zip(spoken.groups(), (1000, 100, 10, 1), ("千", "百", "十", ""), strict=True):
        if digit:
            total += unit * _KANJI_DIGITS.index(digit)
        elif sign and sign in numeral:
            total += unit
    return str(total)


_PREFECTURE_FORMS = tuple(_KANJI_NUMBER.sub(_in_digits, name.translate(VARIANTS)) for name in _PREFECTURES)
