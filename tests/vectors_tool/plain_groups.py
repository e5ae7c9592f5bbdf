"""The three groups and the proofs again, written as plainly as possible: no speed, no libraries, no code under test.

Vectors come from here, so that a mistake would have to be made twice. Only the parameters of the finite-field groups
are taken from the package.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from ippyo.crypto.groups import group as package_group
from ippyo.crypto.groups.finite_field import FiniteField

Proof = dict[str, str]
NAMES = ("Ed25519", "BELENIOS-2048", "RFC-3526-2048")


class Residues:
    """Integers modulo p; elements are plain integers."""

    carries_commitments = False

    def __init__(self, name: str) -> None:
        parameters = package_group(name)
        assert isinstance(parameters, FiniteField)
        self.name, self.p, self.q = name, int(parameters.p), parameters.q
        self.g, self.identity = int(parameters.encode(parameters.generator)), 1

    def text(self, element: int) -> str:
        return str(element)

    def element(self, text: str) -> int:
        return int(text)

    def mul(self, a: int, b: int) -> int:
        return a * b % self.p

    def pow(self, a: int, k: int) -> int:
        power: int = pow(a, k % self.q, self.p)
        return power


class Curve:
    """edwards25519 in affine coordinates; elements are pairs (x, y)."""

    name = "Ed25519"
    carries_commitments = True
    p = 2**255 - 19
    q = 2**252 + 27742317777372353535851937790883648493
    d = -121665 * pow(121666, -1, p) % p
    identity = (0, 1)

    def __init__(self) -> None:
        self.g = self.element(f"{4 * pow(5, -1, self.p) % self.p:064x}")
        # A point of order eight: any point of the curve times q, unless its order is smaller.
        y = 2
        while True:
            y += 1
            try:
                torsion = self.times(self.element(f"{y:064x}"), self.q)
            except ValueError:
                continue
            if self.times(torsion, 4) != self.identity:
                break
        self.of_order = {8: torsion, 4: self.times(torsion, 2), 2: self.times(torsion, 4)}

    def text(self, element: tuple[int, int]) -> str:
        x, y = element
        return f"{y | (x & 1) << 255:064x}"

    def element(self, text: str) -> tuple[int, int]:
        p, number = self.p, int(text, 16)
        y, sign = number & (2**255 - 1), number >> 255
        xx = (y * y - 1) * pow(self.d * y * y + 1, -1, p) % p
        x = pow(xx, (p + 3) // 8, p)
        if x * x % p != xx:
            x = x * pow(2, (p - 1) // 4, p) % p
        if x * x % p != xx:
            raise ValueError("not on the curve")
        return (p - x if x & 1 != sign else x), y

    def mul(self, a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
        (x1, y1), (x2, y2), p = a, b, self.p
        t = self.d * x1 * x2 * y1 * y2
        x3 = (x1 * y2 + x2 * y1) * pow(1 + t, -1, p) % p
        y3 = (y1 * y2 + x1 * x2) * pow(1 - t, -1, p) % p
        return x3, y3

    def times(self, a: tuple[int, int], k: int) -> tuple[int, int]:
        result = self.identity
        for bit in f"{k:b}":
            result = self.mul(result, result)
            if bit == "1":
                result = self.mul(result, a)
        return result

    def pow(self, a: tuple[int, int], k: int) -> tuple[int, int]:
        return self.times(a, k % self.q)


def plain_group(name: str) -> Any:
    return Curve() if name == "Ed25519" else Residues(name)


GROUPS = {name: plain_group(name) for name in NAMES}


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def scalars(G: Any, label: str) -> Iterator[int]:
    """Yield a stream of test scalars between 1 and q - 1 that depends on the label only."""
    number = 0
    while True:
        wide = b"".join(
            hashlib.sha512(f"ippyo test scalar|{label}|{number}|{part}".encode()).digest() for part in range(5)
        )
        yield int.from_bytes(wide) % (G.q - 1) + 1
        number += 1


def Hq(G: Any, prefix: str, texts: Sequence[str]) -> int:
    q: int = G.q
    return int(hashlib.sha256((prefix + ",".join(texts)).encode()).hexdigest(), 16) % q


def proof(challenge: int, response: int) -> Proof:
    return {"challenge": str(challenge), "response": str(response)}


def schnorr(G: Any, prefix: str, x: int, w: int) -> Proof:
    c = Hq(G, prefix, [G.text(G.pow(G.g, w))])
    return proof(c, (w - x * c) % G.q)


def chaum_pedersen(G: Any, prefix: str, base: Any, x: int, w: int) -> Proof:
    c = Hq(G, prefix, [G.text(G.pow(G.g, w)), G.text(G.pow(base, w))])
    return proof(c, (w - x * c) % G.q)


def encrypt(G: Any, y: Any, r: int, m: int) -> tuple[Any, Any]:
    return G.pow(G.g, r), G.mul(G.pow(y, r), G.pow(G.g, m))


def disjunction(
    G: Any, y: Any, prefix: str, branches: Sequence[tuple[int, int, int]], random: Iterator[int]
) -> tuple[list[Proof], list[str]]:
    """Prove that one of ``branches`` (randomness, number encrypted, number claimed) is true.

    Two scalars a, e are drawn for every branch. The last true branch is proved with w = a and its e is thrown away; in
    the others e is the challenge, a - randomness·e the response, and the commitments follow from them.
    """
    drawn = [(next(random), next(random)) for _ in branches]
    true = max(j for j, (_, encrypted, claimed) in enumerate(branches) if encrypted == claimed)
    commitments = []
    for j, (r, encrypted, claimed) in enumerate(branches):
        a, e = drawn[j]
        if j == true:
            A, B = G.pow(G.g, a), G.pow(y, a)
        else:
            alpha, beta = encrypt(G, y, r, encrypted)
            response = a - r * e
            A = G.mul(G.pow(G.g, response), G.pow(alpha, e))
            B = G.mul(G.pow(y, response), G.pow(G.mul(beta, G.pow(G.g, -claimed)), e))
        commitments += [G.text(A), G.text(B)]
    rest = sum(e for j, (_, e) in enumerate(drawn) if j != true)
    challenges = [e for _, e in drawn]
    challenges[true] = (Hq(G, prefix, commitments) - rest) % G.q
    return [
        proof(c, (a - r * c) % G.q) for (r, _, _), (a, _), c in zip(branches, drawn, challenges, strict=True)
    ], commitments
