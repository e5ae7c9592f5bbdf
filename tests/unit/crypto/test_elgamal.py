"""Ciphertexts: form, and that products encrypt sums."""

from __future__ import annotations

import pytest

from ippyo.crypto.elgamal import Ciphertext, encrypt, product
from ippyo.crypto.groups import GROUP_NAMES, group
from ippyo.errors import ParseError


@pytest.mark.parametrize("name", GROUP_NAMES)
def test_a_product_encrypts_the_sum(name: str) -> None:
    G = group(name)
    x = 123456789
    key = G.table(G.mul_base(x))
    ciphertexts = [encrypt(G, key, message, randomness) for message, randomness in ((0, 5), (1, 6), (1, 7))]
    combined = product(G, ciphertexts)
    assert combined == encrypt(G, key, 2, 18)
    assert G.sub(combined.beta, G.mul(x, combined.alpha)) == G.mul_base(2)
    assert Ciphertext.from_value(G, combined.to_value(G), "choice") == combined


@pytest.mark.parametrize("name", GROUP_NAMES)
def test_only_a_tally_may_hold_the_identity(name: str) -> None:
    G = group(name)
    empty = product(G, [])
    assert empty == Ciphertext(G.identity, G.identity)
    assert Ciphertext.from_tally_value(G, empty.to_value(G), "tally") == empty
    for alpha, beta in ((G.identity, G.generator), (G.generator, G.identity)):
        value = Ciphertext(alpha, beta).to_value(G)
        assert Ciphertext.from_tally_value(G, value, "tally").to_value(G) == value
        with pytest.raises(ParseError, match="choice: has the identity"):
            Ciphertext.from_value(G, value, "choice")


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"alpha": "0" * 63 + "1"},
        {"alpha": "0" * 63 + "1", "beta": 1},
        {"alpha": "0" * 63 + "1", "beta": ""},
        {"alpha": "0" * 65, "beta": "0" * 63 + "1"},
        {"alpha": "0" * 63 + "1", "beta": "0" * 63 + "1", "gamma": ""},
    ],
)
def test_malformed(value: object) -> None:
    with pytest.raises(ParseError):
        Ciphertext.from_tally_value(group("Ed25519"), value, "tally")
