"""Every group against vectors/group-*.json, and what a group must refuse."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from nacl import bindings

from ippyo.crypto.groups import GROUP_NAMES, group
from ippyo.crypto.groups.ed25519 import Ed25519
from ippyo.errors import InputError, ParseError

VECTORS = Path(__file__).parents[3] / "vectors"
EVERY_GROUP = pytest.mark.parametrize("name", GROUP_NAMES)


def vectors(name: str) -> Any:
    return json.loads((VECTORS / f"group-{name.lower()}.json").read_text(encoding="utf-8"))


def refused(kind: str) -> list[Any]:
    return [
        pytest.param(name, case["text"], id=f"{name}: {case['why']}")
        for name in GROUP_NAMES
        for case in vectors(name)[kind]
    ]


@EVERY_GROUP
def test_a_group_travels_by_its_name(name: str) -> None:
    # A worker's answer about a transaction may hold it, and whoever gets such answers keeps thousands.
    G = group(name)
    G.mul_base(1)
    assert len(pickle.dumps(G)) < 200
    assert pickle.loads(pickle.dumps(G)) is G


@EVERY_GROUP
def test_parameters(name: str) -> None:
    G, expected = group(name), vectors(name)
    assert (G.name, str(G.q)) == (expected["group"], expected["order"])
    assert G.encode(G.generator) == expected["generator"]
    assert G.encode(G.identity) == expected["identity"]
    assert G.scalar_digits == len(str(G.q - 1))
    assert len(expected["generator"]) <= G.text_limit
    assert group(name) is G


@EVERY_GROUP
def test_powers_of_generator(name: str) -> None:
    G = group(name)
    table = G.table(G.generator)
    for case in vectors(name)["powers_of_generator"]:
        k, expected = int(case["scalar"]), G.decode(case["element"])
        assert G.mul_base(k) == G.mul(k, G.generator) == table.mul(k) == table.mul_public(k) == expected
        assert G.encode(G.mul_base(k - G.q)) == case["element"]


@EVERY_GROUP
def test_powers(name: str) -> None:
    G, cases = group(name), vectors(name)["powers"]
    bases = [G.decode(case["base"]) for case in cases]
    scalars = [int(case["scalar"]) for case in cases]
    expected = [G.decode(case["element"]) for case in cases]
    assert [G.mul(k, base) for k, base in zip(scalars, bases, strict=True)] == expected
    assert [G.table(base).mul_public(k) for k, base in zip(scalars, bases, strict=True)] == expected
    assert G.mul_many(scalars, bases) == expected
    assert G.multi_mul(scalars, bases) == G.total(expected)


@EVERY_GROUP
def test_products(name: str) -> None:
    G = group(name)
    for case in vectors(name)["products"]:
        a, b = map(G.decode, case["factors"])
        expected = G.decode(case["product"])
        assert G.encode(G.add(a, b)) == G.encode(G.add(b, a)) == case["product"]
        assert G.total([a, b]) == expected
        assert G.sub(expected, b) == a
        assert G.add(a, G.neg(a)) == G.identity


@EVERY_GROUP
def test_identity(name: str) -> None:
    G = group(name)
    assert G.neg(G.identity) == G.identity
    assert G.mul(5, G.identity) == G.mul_base(0) == G.mul(G.q, G.generator) == G.identity
    assert G.total([]) == G.multi_mul([], []) == G.identity
    assert G.decode(G.encode(G.identity)) == G.identity
    assert G.table(G.identity).mul_public(7) == G.table(G.identity).mul(7) == G.identity
    # Made in different ways, an element is still the same one.
    assert G.add(G.mul_base(3), G.mul_base(-3)) == G.identity
    assert G.add(G.total([G.mul_base(3)]), G.total([G.mul_base(-3)])) == G.identity


@EVERY_GROUP
def test_keys_are_not_the_identity(name: str) -> None:
    G = group(name)
    assert G.decode_key(G.encode(G.generator), what="key") == G.generator
    with pytest.raises(ParseError, match="key: is the identity"):
        G.decode_key(G.encode(G.identity), what="key")


@pytest.mark.parametrize(("name", "text"), refused("elements_refused"))
def test_false_elements_are_refused(name: str, text: str) -> None:
    with pytest.raises(ParseError, match="group element"):
        group(name).decode(text)
    with pytest.raises(ParseError, match="group element"):
        group(name).decode_many([text])


@pytest.mark.parametrize("value", [None, 1, b"1", ["1"]])
@EVERY_GROUP
def test_only_texts_are_decoded(name: str, value: Any) -> None:
    with pytest.raises(ParseError):
        group(name).decode(value)
    with pytest.raises(ParseError):
        group(name).decode_scalar(value)


@EVERY_GROUP
def test_scalars(name: str) -> None:
    G = group(name)
    for text in vectors(name)["scalars"]:
        assert str(G.decode_scalar(text)) == text


@pytest.mark.parametrize(("name", "text"), refused("scalars_refused"))
def test_false_scalars_are_refused(name: str, text: str) -> None:
    with pytest.raises(ParseError, match="challenge: is not"):
        group(name).decode_scalar(text, what="challenge")


def test_unknown_group() -> None:
    with pytest.raises(InputError, match="unknown group 'P-256'"):
        group("P-256")


def test_elements_of_different_groups_do_not_mix() -> None:
    curve, field = group("Ed25519"), group("BELENIOS-2048")
    assert curve.generator != field.generator
    with pytest.raises(TypeError):
        curve.add(curve.generator, field.generator)
    with pytest.raises(TypeError):
        field.add(field.generator, curve.generator)


@EVERY_GROUP
def test_elements_travel_to_other_processes(name: str) -> None:
    G = group(name)
    for element in (G.identity, G.generator, G.total([G.mul_base(7), G.generator])):
        copy = pickle.loads(pickle.dumps(element))
        assert copy == element
        assert hash(copy) == hash(element)
        assert G.encode(element)[:16] in repr(element)


@pytest.mark.parametrize("count", [1, 2, 40, 400])
def test_long_sums(count: int) -> None:
    """Both digit widths, and scalars at the edges of their digits and lengths."""
    G = group("Ed25519")
    edges = [0, 1, -1, 7, 8, -8, -9, 127, 128, -128, -129, 2**127 - 1, -(2**127), 2**128 - 1, 8 * (16**32 - 1) // 15]
    edges += [2**252, G.q - 1, G.q // 2, G.q // 2 + 1]
    scalars = [edges[i % len(edges)] * (1 + i // len(edges)) for i in range(count)]
    elements = [G.mul_base(i * i) for i in range(count)]
    expected = sum(k * i * i for i, k in enumerate(scalars))
    assert G.multi_mul(scalars, elements) == G.mul_base(expected)


@EVERY_GROUP
def test_every_element_has_a_scalar(name: str) -> None:
    G = group(name)
    with pytest.raises(ValueError, match=r"zip\(\)"):
        G.multi_mul([1, 2], [G.generator])


def test_a_libsodium_that_lets_false_points_in_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bindings, "crypto_core_ed25519_is_valid_point", lambda _: True)
    with pytest.raises(InputError, match="CVE-2025-69277"):
        Ed25519()
