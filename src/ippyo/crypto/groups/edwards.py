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

__all__ = ["IDENTITY", "Affine", "Extended", "add", "affine", "compress", "decompress", "multi_mul", "negate"]

Extended = tuple[mpz, mpz, mpz, mpz]
Affine = tuple[mpz, mpz, mpz]
"""(y - x, y + x, 2dxy): what adding a point with Z = 1 needs."""

P = mpz(2**255 - 19)
D = -121665 * gmpy2.invert(mpz(121666), P) % P
D2 = 2 * D % P
SQRT_MINUS_1 = gmpy2.powmod(mpz(2), (P - 1) // 4, P)
ROOT_EXPONENT = (P - 5) // 8
IDENTITY: Extended = (mpz(0), mpz(1), mpz(1), mpz(0))


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
    """Return the sum of ``points`` times non-negative ``scalars``, by Pippenger's bucket method.

    Scalars may differ in length: short ones (random weights) cost as many additions as they have digits.
    """
    width = _window_width(len(scalars))
    half = 1 << (width - 1)
    windows: list[list[tuple[int, Affine]]] = []
    for scalar, point in zip(scalars, points, strict=True):
        normal = affine(point)
        minus = (normal[1], normal[0], P - normal[2])
        index = 0
        rest = scalar
        while rest:
            # Signed digits halve the number of buckets.
            digit = rest & (2 * half - 1)
            rest >>= width
            if digit > half:
                digit -= 2 * half
                rest += 1
            if index == len(windows):
                windows.append([])
            if digit > 0:
                windows[index].append((digit, normal))
            elif digit < 0:
                windows[index].append((-digit, minus))
            index += 1
    result = IDENTITY
    for window in reversed(windows):
        for _ in range(width):
            result = double(result)
        result = add(result, _bucket_sum(window, half))
    return result


def _window_width(count: int) -> int:
    return max(3, min(12, count.bit_length() - 2))


def _bucket_sum(window: Sequence[tuple[int, Affine]], half: int) -> Extended:
    buckets: list[Extended | None] = [None] * (half + 1)
    for digit, point in window:
        bucket = buckets[digit]
        buckets[digit] = add_affine(IDENTITY if bucket is None else bucket, point)
    running = result = IDENTITY
    for bucket in reversed(buckets[1:]):
        if bucket is not None:
            running = add(running, bucket)
        result = add(result, running)
    return result
