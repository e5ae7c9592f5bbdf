"""Order-q subgroups of the integers modulo a 2048-bit prime, by GMP (docs/protocol.md §2).

``BELENIOS-2048``: q of 256 bits (FIPS 186-4 generation). ``RFC-3526-2048``: the MODP group 14 safe prime,
q = (p - 1)/2, g = 2. Text form: decimal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

import gmpy2
from gmpy2 import mpz

from ippyo.crypto.groups.base import Element, Group, Table
from ippyo.errors import ParseError

__all__ = ["FiniteField", "belenios_2048", "rfc_3526_2048"]

WINDOW_BITS = 6


class Residue(Element):
    """A member of the subgroup."""

    __slots__ = ("value",)

    def __init__(self, value: mpz) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Residue) and bool(self.value == other.value)

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return f"Residue({self.value})"

    def __reduce__(self) -> tuple[type[Residue], tuple[mpz]]:
        return (Residue, (self.value,))


def _is_residue(element: Element) -> TypeGuard[Residue]:
    return isinstance(element, Residue)


def _value(element: Element) -> mpz:
    if not _is_residue(element):
        raise TypeError("an element of another group")
    return element.value


class ResidueTable(Table):
    """Powers of one element, in windows of 6 bits, computed when first needed.

    A multiplication does the same operations for every exponent, zero digits included; which entries it reads does
    depend on the exponent. docs/security.md says where that matters.
    """

    __slots__ = ("_base", "_p", "_q", "_rows")

    def __init__(self, p: mpz, q: int, base: mpz) -> None:
        self._p = p
        self._q = q
        self._base = base
        self._rows: list[list[mpz]] = []

    def _filled(self) -> list[list[mpz]]:
        rows = []
        base = self._base
        for _ in range(0, self._q.bit_length(), WINDOW_BITS):
            row = [mpz(1)]
            for _ in range((1 << WINDOW_BITS) - 1):
                row.append(row[-1] * base % self._p)
            rows.append(row)
            base = row[-1] * base % self._p
        return rows

    def mul(self, k: int) -> Element:
        if not self._rows:
            self._rows = self._filled()
        k %= self._q
        p = self._p
        result = mpz(1)
        for row in self._rows:
            result = result * row[k & ((1 << WINDOW_BITS) - 1)] % p
            k >>= WINDOW_BITS
        return Residue(result)

    def mul_public(self, k: int) -> Element:
        return self.mul(k)


class FiniteField(Group):
    """An order-q subgroup of Z_p^*."""

    carries_commitments = False
    batch_from = None

    def __init__(self, name: str, p: int, q: int, g: int) -> None:
        self.name = name
        self.p = mpz(p)
        self.q = q
        self.scalar_digits = len(str(q - 1))
        self.text_limit = len(str(p))
        self.identity = Residue(mpz(1))
        self.generator = Residue(mpz(g))
        self._q = mpz(q)
        self._safe_prime = p == 2 * q + 1
        self._base = ResidueTable(self.p, q, mpz(g))

    def decode(self, text: str) -> Element:
        if (
            not isinstance(text, str)
            or not (text.isascii() and text.isdigit())
            or len(text) > self.text_limit
            or text[0] == "0"
        ):
            raise ParseError("group element", "is not a canonical decimal number")
        value = mpz(text)
        if value >= self.p or not self._is_member(value):
            raise ParseError("group element", "is not in the prime-order subgroup")
        return Residue(value)

    def _is_member(self, value: mpz) -> bool:
        if self._safe_prime:
            # With p = 2q + 1 the subgroup is the quadratic residues.
            return bool(gmpy2.legendre(value, self.p) == 1)
        return bool(gmpy2.powmod(value, self._q, self.p) == 1)

    def encode(self, element: Element) -> str:
        return str(_value(element))

    def add(self, a: Element, b: Element) -> Element:
        return Residue(_value(a) * _value(b) % self.p)

    def neg(self, a: Element) -> Element:
        return Residue(gmpy2.invert(_value(a), self.p))

    def mul(self, k: int, element: Element) -> Element:
        k %= self.q
        # powmod_sec takes no zero; a zero, which may be secret, costs what any other scalar costs.
        return Residue(gmpy2.powmod_sec(_value(element), mpz(k or self.q), self.p))

    def mul_base(self, k: int) -> Element:
        return self._base.mul(k)

    def mul_many(self, scalars: Sequence[int], elements: Sequence[Element]) -> list[Element]:
        p, q = self.p, self.q
        return [Residue(gmpy2.powmod(_value(e), mpz(k % q), p)) for k, e in zip(scalars, elements, strict=True)]

    def multi_mul(self, scalars: Sequence[int], elements: Sequence[Element]) -> Element:
        return self.total(self.mul_many(scalars, elements))

    def table(self, element: Element) -> Table:
        return ResidueTable(self.p, self.q, _value(element))


BELENIOS_2048_P = int(
    "a3ef2d011fefb1b6e39e568fccdffb0fb7dc7ef3a791b6862791811d21fc35f21e6d36856b428030421f514ed40bfd4c"
    "06e092a495af8d79a2f85e0fb11c0ede07dd973f9c53e50930c6e82ac36de1ae3fb8c3aabfff12ce27a5022ddd8912d1"
    "07435012768a2cdd0a4091d8fa447f6c7ebc15a349fa318a6b4fe17d8d47e843a3e14dfa9b2162f4d7229abe93a188b4"
    "6b006517d6f6747ebbb29c9ec3099b607f18fb1a8bc858279aa8599411d998d3e3fada9e010840d082d8c31911acdd4a"
    "0e7992d0f18cc759cb5de0acf66a3882555bc810941e021b6a4ccfa04ee4008f878affa2375e2999b44f6cef17d70730"
    "1e59e0e6351e051ed9cec4157646e64f",
    16,
)
BELENIOS_2048_Q = int(
    "adb6066a73522565f4daa0f2579db7f2f0fa90c2168bc709e20263387d55c491",
    16,
)
BELENIOS_2048_G = int(
    "1307c1ab5f295885d7caa3a78a42415e31fd1c5807b61fb1e781878a52230a51988b98c259597f9c5a9dfd001d26ba31"
    "d9d8976f01d95a1c8262ee68a0e92cea541e5219e0d0d094301b894236823fe1d4bc04e29f3748aefd4f10d5b1a356a8"
    "643e673fd9d215fc8fe5fb9cf9fdb8ea88fdb1a3381a697fdf9c2458570b06d26aef1be365fdd90165f397c6b870df8c"
    "1b9e519edcee8bb0f74b7a1615a274ba60a7ea574a61f552d2dde0ce514e0927c4ff49b1964c4a913731ae4268d60d7f"
    "22127b6cbba44d453ac8b72fd04e0991b7aeff04867d8724ac638f5f34100d2d47aa680d43771902743d663f42d853c0"
    "41e1c91fe3823f4bcf284308f1d7e653",
    16,
)
RFC_3526_2048_P = int(
    "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd"
    "ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"
    "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f"
    "83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b"
    "e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa0510"
    "15728e5a8aacaa68ffffffffffffffff",
    16,
)


def belenios_2048() -> FiniteField:
    """Return the group BELENIOS-2048."""
    return FiniteField("BELENIOS-2048", BELENIOS_2048_P, BELENIOS_2048_Q, BELENIOS_2048_G)


def rfc_3526_2048() -> FiniteField:
    """Return the subgroup of quadratic residues of RFC 3526 section 3 (group 14)."""
    return FiniteField("RFC-3526-2048", RFC_3526_2048_P, (RFC_3526_2048_P - 1) // 2, 2)
