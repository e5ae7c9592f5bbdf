"""Arithmetic in extended coordinates against RFC 8032, and encodings that are none."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from nacl import bindings

from ippyo.crypto.groups import edwards, group

BASE = bytes([0x58] + [0x66] * 31)
"""RFC 8032 section 5.1: y = 4/5, x positive."""


def test_base_point() -> None:
    point = edwards.decompress(BASE)
    assert point is not None
    x, y, z, t = point
    assert x == 15112221349535400772501151409588531511454012693041857206046113283949847762202
    assert y == 46316835694926478169428394003475163141307993866256225615783033603165251855960
    assert z == 1
    assert t == x * y % edwards.P
    assert edwards.compress(point) == BASE


def test_multiples_are_those_of_libsodium() -> None:
    base = edwards.decompress(BASE)
    assert base is not None
    sum_ = edwards.IDENTITY
    for k in range(1, 20):
        sum_ = edwards.add(sum_, base)
        expected = bindings.crypto_scalarmult_ed25519_base_noclamp(k.to_bytes(32, "little"))
        assert edwards.compress(sum_) == expected
        assert edwards.compress(edwards.add_affine(edwards.add(sum_, edwards.negate(base)), edwards.affine(base))) == (
            expected
        )
        assert edwards.compress(edwards.double(sum_)) == edwards.compress(edwards.add(sum_, sum_))
        assert edwards.decompress(expected) is not None


@pytest.mark.parametrize(
    "encoded",
    [
        (2).to_bytes(32, "little"),
        (2**255 - 19).to_bytes(32, "little"),
        (2**255 - 18).to_bytes(32, "little"),
        (2**255 - 1).to_bytes(32, "little"),
        (1 + 2**255).to_bytes(32, "little"),
        (2**255 - 20 + 2**255).to_bytes(32, "little"),
    ],
)
def test_false_encodings(encoded: bytes) -> None:
    assert edwards.decompress(encoded) is None


def test_sums_of_nothing() -> None:
    assert edwards.multi_mul([], []) == edwards.IDENTITY


def test_an_identity_that_comes_as_bytes() -> None:
    G = group("Ed25519")
    identity = pickle.loads(pickle.dumps(G.identity))
    assert G.neg(identity) == G.identity
    assert G.mul(3, identity) == G.identity
    assert G.add(identity, identity) == G.identity
    assert G.add(identity, G.generator) == G.generator


def test_processes_spare_each_other_the_square_root() -> None:
    G = group("Ed25519")
    elements: list[Any] = [G.mul_base(5), G.neg(G.mul_base(5)), G.identity]
    for element in elements:
        coordinates = element.coordinates
        copy = pickle.loads(pickle.dumps(element))
        assert copy.has_coordinates
        assert copy.coordinates == coordinates == edwards.decompress(copy.encoded)
    assert not pickle.loads(pickle.dumps(G.mul_base(5))).has_coordinates
