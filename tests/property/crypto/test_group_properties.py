"""Group laws, whichever way an element was made."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ippyo.crypto.groups import GROUP_NAMES, Element, Group, edwards, group
from ippyo.errors import ParseError

EVERY_GROUP = pytest.mark.parametrize("name", GROUP_NAMES)
quick = settings(max_examples=12, deadline=None, derandomize=True)

scalars = st.one_of(st.integers(-3, 3), st.integers(-(2**128), 2**128), st.integers(0, 2**260))

# The same element as a base multiple, decoded from its text, as a sum with coordinates, and as a sum of sums.
MAKERS: list[Callable[[Group, int], Element]] = [
    lambda G, k: G.mul_base(k),
    lambda G, k: G.decode(G.encode(G.mul_base(k))),
    lambda G, k: G.total([G.mul_base(k - 1), G.generator]),
    lambda G, k: G.neg(G.sub(G.mul_base(-k), G.total([]))),
    lambda G, k: G.mul(k, G.generator),
]
makers = st.sampled_from(MAKERS)


@EVERY_GROUP
@quick
@given(scalars, scalars, makers, makers, makers)
def test_addition_follows_the_scalars(
    name: str,
    a: int,
    b: int,
    make: Callable[[Group, int], Element],
    make_other: Callable[[Group, int], Element],
    make_sum: Callable[[Group, int], Element],
) -> None:
    G = group(name)
    A, B, expected = make(G, a), make_other(G, b), make_sum(G, a + b)
    assert G.add(A, B) == G.add(B, A) == G.total([A, B]) == expected
    assert hash(G.add(A, B)) == hash(expected)
    assert G.encode(G.add(A, B)) == G.encode(expected)
    assert G.sub(expected, B) == A
    assert G.add(A, G.neg(A)) == G.identity
    assert (A == B) == ((a - b) % G.q == 0)


@EVERY_GROUP
@quick
@given(scalars, scalars, makers)
def test_all_multiplications_agree(name: str, k: int, a: int, make: Callable[[Group, int], Element]) -> None:
    G = group(name)
    A, expected = make(G, a), G.mul_base(k * a)
    assert G.mul(k, A) == G.mul_many([k], [A])[0] == G.multi_mul([k], [A]) == expected
    if name == "Ed25519" or k % 3 == 0:
        table = G.table(A)
        assert table.mul(k) == table.mul_public(k) == expected


@EVERY_GROUP
@quick
@given(st.lists(st.tuples(scalars, scalars, makers), max_size=6))
def test_sums_of_products(name: str, terms: list[tuple[int, int, Callable[[Group, int], Element]]]) -> None:
    G = group(name)
    elements = [make(G, a) for _, a, make in terms]
    assert G.multi_mul([k for k, _, _ in terms], elements) == G.mul_base(sum(k * a for k, a, _ in terms))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.integers(0, 2**256 - 1))
def test_decoding_accepts_what_the_curve_equation_and_the_order_allow(number: int) -> None:
    """libsodium and our own arithmetic agree on what a member is."""
    G = group("Ed25519")
    text = f"{number:064x}"
    point = edwards.decompress(number.to_bytes(32, "little"))
    member = point is not None and edwards.compress(edwards.multi_mul([G.q], [point])) == bytes([1, *bytes(31)])
    if member:
        assert G.encode(G.decode(text)) == text
        return
    with pytest.raises(ParseError):
        G.decode(text)


@EVERY_GROUP
@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.text(max_size=70))
def test_any_text_is_decoded_or_refused(name: str, text: str) -> None:
    G = group(name)
    decoders: list[Callable[[], str]] = [lambda: G.encode(G.decode(text)), lambda: str(G.decode_scalar(text))]
    for decode in decoders:
        try:
            again = decode()
        except ParseError:
            continue
        assert again == text
