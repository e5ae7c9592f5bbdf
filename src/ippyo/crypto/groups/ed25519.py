"""The prime-order subgroup of edwards25519, by libsodium (docs/protocol.md §2).

Text form: the RFC 8032 encoding reversed, that is the 256-bit number (sign of x in bit 255, y below) in big-endian
hexadecimal, 64 lower-case digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeGuard

from nacl import bindings

from ippyo.crypto.groups import edwards
from ippyo.crypto.groups.base import Element, Group, Table
from ippyo.errors import InputError, ParseError

__all__ = ["Ed25519"]

ORDER = 2**252 + 27742317777372353535851937790883648493
IDENTITY_BYTES = (1).to_bytes(32, "little")
HEX_64 = re.compile(r"[0-9a-f]{64}", re.ASCII)
WINDOW_BITS = 8


class Point(Element):
    """A member of the subgroup, kept as bytes, as coordinates, or both; each is made when first needed."""

    __slots__ = ("_bytes", "_coordinates")

    def __init__(self, encoded: bytes | None, coordinates: edwards.Extended | None = None) -> None:
        self._bytes = encoded
        self._coordinates = coordinates

    @property
    def encoded(self) -> bytes:
        """The 32 bytes of RFC 8032."""
        if self._bytes is None:
            assert self._coordinates is not None
            self._bytes = edwards.compress(self._coordinates)
        return self._bytes

    @property
    def coordinates(self) -> edwards.Extended:
        """Extended coordinates."""
        if self._coordinates is None:
            assert self._bytes is not None
            decompressed = edwards.decompress(self._bytes)
            assert decompressed is not None, "libsodium accepted this point"
            self._coordinates = decompressed
        return self._coordinates

    @property
    def has_coordinates(self) -> bool:
        """Whether the coordinates are there without a square root."""
        return self._coordinates is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Point) and self.encoded == other.encoded

    def __hash__(self) -> int:
        return hash(self.encoded)

    def __repr__(self) -> str:
        return f"Point({self.encoded[::-1].hex()})"

    def __reduce__(self) -> tuple[Callable[..., Point], tuple[bytes, int | None]]:
        # Only what decode() or the group itself made ever becomes a Point; processes spare each other the square root.
        known = self._coordinates
        return (_unpickled, (self.encoded, int(known[0]) if known is not None and known[2] == 1 else None))


def _unpickled(encoded: bytes, x: int | None) -> Point:
    return Point(encoded, None if x is None else edwards.with_x(encoded, x))


def _is_point(element: Element) -> TypeGuard[Point]:
    return isinstance(element, Point)


def _point(element: Element) -> Point:
    if not _is_point(element):
        raise TypeError("an element of another group")
    return element


def _centred(k: int) -> int:
    """Reduce to the range from -q/2 to q/2, so that short scalars of either sign stay short."""
    k %= ORDER
    return k - ORDER if k > ORDER // 2 else k


class PointTable(Table):
    """Multiples of one point: 32 windows of 8 bits, filled in when first needed (some 50 ms)."""

    __slots__ = ("_element", "_group", "_windows")

    def __init__(self, group: Ed25519, element: Point) -> None:
        self._group = group
        self._element = element
        self._windows: list[list[edwards.Affine]] = []

    def _filled(self) -> list[list[edwards.Affine]]:
        windows = []
        base = self._element.coordinates
        for _ in range(0, 256, WINDOW_BITS):
            row = [edwards.IDENTITY]
            for _ in range((1 << WINDOW_BITS) - 1):
                row.append(edwards.add(row[-1], base))
            windows.append([edwards.affine(point) for point in row])
            base = edwards.add(row[-1], base)
        return windows

    def mul(self, k: int) -> Element:
        # A secret scalar goes through libsodium: the table's memory accesses would depend on it.
        return self._group.mul(k, self._element)

    def mul_public(self, k: int) -> Element:
        if not self._windows:
            self._windows = self._filled()
        result = edwards.IDENTITY
        for digit, row in zip((k % ORDER).to_bytes(32, "little"), self._windows, strict=True):
            if digit:
                result = edwards.add_affine(result, row[digit])
        return Point(None, result)


class Ed25519(Group):
    """The default group: small texts, fast, constant-time multiplication."""

    name = "Ed25519"
    q = ORDER
    scalar_digits = len(str(ORDER - 1))
    text_limit = 64
    carries_commitments = True
    batch_from = 16

    def __init__(self) -> None:
        self.identity = Point(IDENTITY_BYTES, edwards.IDENTITY)
        self.generator = Point(bindings.crypto_scalarmult_ed25519_base_noclamp((1).to_bytes(32, "little")))
        # CVE-2025-69277: libsodium before the end of 2025 takes a member plus the point of order 2 for a member.
        x, y, z, t = self.generator.coordinates
        if bindings.crypto_core_ed25519_is_valid_point(edwards.compress((-x % edwards.P, -y % edwards.P, z, t))):
            raise InputError("this libsodium misses false points (CVE-2025-69277); install PyNaCl 1.6.2 or later")

    def decode(self, text: str) -> Element:
        if not isinstance(text, str) or not HEX_64.fullmatch(text):
            raise ParseError("group element", "is not 64 lower-case hexadecimal digits")
        encoded = bytes.fromhex(text)[::-1]
        if encoded == IDENTITY_BYTES:
            return self.identity
        # Checks canonical form, the curve equation, small order and membership of the prime-order subgroup.
        if not bindings.crypto_core_ed25519_is_valid_point(encoded):
            raise ParseError("group element", "is not in the prime-order subgroup")
        return Point(encoded)

    def encode(self, element: Element) -> str:
        return _point(element).encoded[::-1].hex()

    def add(self, a: Element, b: Element) -> Element:
        a, b = _point(a), _point(b)
        if a.has_coordinates and b.has_coordinates:
            return Point(None, edwards.add(a.coordinates, b.coordinates))
        return Point(bindings.crypto_core_ed25519_add(a.encoded, b.encoded))

    def neg(self, a: Element) -> Element:
        a = _point(a)
        if a.has_coordinates:
            return Point(None, edwards.negate(a.coordinates))
        if a.encoded == IDENTITY_BYTES:
            return a
        # Negating a point changes the sign of x and nothing else (x = 0 only for the identity in this subgroup).
        encoded = a.encoded
        return Point(encoded[:31] + bytes([encoded[31] ^ 0x80]))

    def total(self, elements: Sequence[Element]) -> Element:
        result = edwards.IDENTITY
        for element in elements:
            result = edwards.add(result, _point(element).coordinates)
        return Point(None, result)

    def mul(self, k: int, element: Element) -> Element:
        k %= ORDER
        encoded = _point(element).encoded
        # libsodium reports an identity result as a failure; it happens only for these two inputs, because q is prime.
        # Zero, which may be secret, costs what any other scalar costs.
        if encoded == IDENTITY_BYTES:
            return self.identity
        result = bindings.crypto_scalarmult_ed25519_noclamp((k or 1).to_bytes(32, "little"), encoded)
        return Point(result) if k else self.identity

    def mul_base(self, k: int) -> Element:
        k %= ORDER
        result = bindings.crypto_scalarmult_ed25519_base_noclamp((k or 1).to_bytes(32, "little"))
        return Point(result) if k else self.identity

    def multi_mul(self, scalars: Sequence[int], elements: Sequence[Element]) -> Element:
        points = [_point(element).coordinates for element in elements]
        return Point(None, edwards.multi_mul([_centred(k) for k in scalars], points))

    def table(self, element: Element) -> Table:
        return PointTable(self, _point(element))
