"""Arithmetic on the curve edwards25519 in extended coordinates, for public values only.

libsodium multiplies one point by one scalar; sums of many products and decompressed additions are made here. Nothing in
this module is constant-time, and nothing secret may enter it.

A point is a tuple (X, Y, Z, T) of ``mpz`` with x = X/Z, y = Y/Z, xy = T/Z on -x² + y² = 1 + d x²y². Formulas: Hisil,
Wong, Carter, Dawson, "Twisted Edwards Curves Revisited" (2008), sections 3.1 and 3.3; encoding: RFC 8032 section 5.1.
"""

from __future__ import annotations

from collections.abc import Sequence

import gmpy2
from gmpy2 import mpz

__all__ = ["IDENTITY", "Affine", "Extended", "add", "affine", "compress", "decompress", "multi_mul", "negate", "with_x"]

Extended = tuple[mpz, mpz, mpz, mpz]
Affine = tuple[mpz, mpz, mpz]
"""(y - x, y + x, 2dxy): what adding a point with Z = 1 needs."""

P = mpz(2**255 - 19)
D = -121665 * gmpy2.invert(mpz(121666), P) % P
D2 = 2 * D % P
SQRT_MINUS_1 = gmpy2.powmod(mpz(2), (P - 1) // 4, P)
ROOT_EXPONENT = (P - 5) // 8
IDENTITY: Extended = (mpz(0), mpz(1), mpz(1), mpz(0))
POINTS_FOR_WIDE_DIGITS = 350
"""From here on 128 buckets for digits of 8 bits cost less than twice the digits (measured)."""
VALUE_OF_HEX_DIGIT = bytes.maketrans(b"0123456789abcdef", bytes(range(16)))


def decompress(encoded: bytes) -> Extended | None:
    """Return the point of a 32-byte RFC 8032 encoding, or None if there is none or the encoding is not canonical."""
    number = int.from_bytes(encoded, "little")
    sign = number >> 255
    y = mpz(number & ((1 << 255) - 1))
    if y >= P:
        return None
    yy = y * y % P
    u = yy - 1
    v = D * yy + 1
    # x = (u/v)^((p+3)/8) = u v³ (u v⁷)^((p-5)/8), RFC 8032 section 5.1.3.
    v3 = v * v % P * v % P
    x = u * v3 % P * gmpy2.powmod(u * v3 % P * v3 % P * v % P, ROOT_EXPONENT, P) % P
    vxx = v * x % P * x % P
    if vxx != u % P:
        if vxx != -u % P:
            return None
        x = x * SQRT_MINUS_1 % P
    if x == 0 and sign:
        return None
    if (x & 1) != sign:
        x = P - x
    return (x, y, mpz(1), x * y % P)


def with_x(encoded: bytes, x: int) -> Extended:
    """Return the point of an encoding whose ``x`` is known to be this."""
    y = mpz(int.from_bytes(encoded, "little") & ((1 << 255) - 1))
    return (mpz(x), y, mpz(1), x * y % P)


def compress(point: Extended) -> bytes:
    """Return the 32-byte RFC 8032 encoding of a point."""
    x, y, z, _ = point
    inverse = gmpy2.invert(z, P)
    return int(y * inverse % P | ((x * inverse % P & 1) << 255)).to_bytes(32, "little")


def affine(point: Extended) -> Affine:
    """Normalise a point for use as the second operand of many additions."""
    x, y, z, _ = point
    if z != 1:
        inverse = gmpy2.invert(z, P)
        x, y = x * inverse % P, y * inverse % P
    return ((y - x) % P, (y + x) % P, x * y % P * D2 % P)


def negate(point: Extended) -> Extended:
    """Return the negative of a point."""
    x, y, z, t = point
    return (P - x, y, z, P - t)


def add(a: Extended, b: Extended) -> Extended:
    """Return the sum of two points; the formula is complete."""
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    aa = (y1 - x1) * (y2 - x2)
    bb = (y1 + x1) * (y2 + x2)
    cc = t1 * t2 % P * D2
    dd = 2 * z1 * z2
    e = (bb - aa) % P
    f = (dd - cc) % P
    g = (dd + cc) % P
    h = (bb + aa) % P
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def add_affine(a: Extended, b: Affine) -> Extended:
    """Return the sum of a point and a normalised one."""
    x1, y1, z1, t1 = a
    y_minus_x, y_plus_x, t2 = b
    aa = (y1 - x1) * y_minus_x
    bb = (y1 + x1) * y_plus_x
    cc = t1 * t2
    dd = z1 + z1
    e = (bb - aa) % P
    f = (dd - cc) % P
    g = (dd + cc) % P
    h = (bb + aa) % P
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def double(a: Extended) -> Extended:
    """Return twice a point."""
    x, y, z, _ = a
    aa = x * x
    bb = y * y
    cc = 2 * z * z
    h = (aa + bb) % P
    e = (h - (x + y) * (x + y)) % P
    g = (aa - bb) % P
    f = (cc + g) % P
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multi_mul(scalars: Sequence[int], points: Sequence[Extended]) -> Extended:
    """Return the sum of ``points`` times ``scalars`` (which may be negative), by Pippenger's bucket method.

    Scalars may differ in size: a short one (a random weight) costs as many additions as it has digits.
    """
    width = 8 if len(points) >= POINTS_FOR_WIDE_DIGITS else 4
    half = 1 << (width - 1)
    terms: list[tuple[bytes, Affine, Affine]] = []
    for scalar, point in zip(scalars, points, strict=True):
        y_minus_x, y_plus_x, t2 = affine(point)
        terms.append((_digits(scalar, width), (y_minus_x, y_plus_x, t2), (y_plus_x, y_minus_x, P - t2)))
    terms.sort(key=lambda term: len(term[0]), reverse=True)
    result = IDENTITY
    reached = 0
    for place in reversed(range(len(terms[0][0]) if terms else 0)):
        while reached < len(terms) and len(terms[reached][0]) > place:
            reached += 1
        buckets: list[Extended] = [IDENTITY] * (half + 1)
        for digits, plus, minus in terms[:reached]:
            digit = digits[place] - half
            if digit > 0:
                buckets[digit] = add_affine(buckets[digit], plus)
            elif digit < 0:
                buckets[-digit] = add_affine(buckets[-digit], minus)
        for _ in range(width):
            result = double(result)
        result = add(result, _weighted_sum(buckets))
    return result


def _digits(scalar: int, width: int) -> bytes:
    """Return the digits of ``scalar`` to the base 2^width, least first, each stored with 2^(width-1) added to it.

    They run from -2^(width-1) to 2^(width-1) - 1, which halves the number of buckets. ``width`` is 4 or 8.
    """
    offset = 0x80 if width == 8 else 0x88
    size = (abs(scalar).bit_length() + 8) // 8
    shifted = scalar + offset * (((1 << 8 * size) - 1) // 0xFF)
    if not 0 <= shifted < 1 << 8 * size:
        size += 1
        shifted = scalar + offset * (((1 << 8 * size) - 1) // 0xFF)
    if width == 8:
        return shifted.to_bytes(size, "little")
    return shifted.to_bytes(size).hex()[::-1].encode().translate(VALUE_OF_HEX_DIGIT)


def _weighted_sum(buckets: Sequence[Extended]) -> Extended:
    """Return the sum of each bucket times its index."""
    running = result = IDENTITY
    for bucket in reversed(buckets[1:]):
        if bucket is not IDENTITY:
            running = add(running, bucket)
        result = add(result, running)
    return result
