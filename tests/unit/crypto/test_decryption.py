"""Partial decryptions: any t good ones open the tally, a bad one is named and left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from tests import held_ceremony

from ippyo.crypto import chaum_pedersen
from ippyo.crypto.ceremony import CeremonyContext, KeyShare
from ippyo.crypto.decryption import (
    PartialDecryption,
    check_partial_decryption,
    combine,
    decode_counts,
    lagrange,
    partially_decrypt,
)
from ippyo.crypto.elgamal import Ciphertext, encrypt
from ippyo.crypto.groups import Group, group
from ippyo.crypto.hashing import hash_to_scalar
from ippyo.crypto.opening import open_tally
from ippyo.crypto.proof import Proof
from ippyo.crypto.random import random_scalar
from ippyo.crypto.trustees import Trustees
from ippyo.errors import CheckFailedError, FaultyTrusteeError, InputError, ParseError
from ippyo.poll.policies import Quorum

PHI = "f" * 43
COUNTS = ((0, 7, 100), (3,))
IDENTITY_COUNTS = ((0, 0, 0), (0,))


def hold(G: Group, total: int = 3, threshold: int = 2) -> tuple[Trustees, list[KeyShare]]:
    finished = held_ceremony.hold(CeremonyContext("m" * 43, G, Quorum(total, threshold)))
    return finished.trustees, finished.shares


@pytest.fixture(scope="module", params=["Ed25519", "BELENIOS-2048"])
def held(request: pytest.FixtureRequest) -> tuple[Trustees, list[KeyShare]]:
    return hold(group(request.param))


@pytest.fixture(scope="module")
def tally(held: tuple[Trustees, list[KeyShare]]) -> list[list[Ciphertext]]:
    G, key = held[0].group, held[0].group.table(held[0].public_key)
    return [[encrypt(G, key, m, random_scalar(G)) for m in row] for row in COUNTS]


@pytest.fixture(scope="module")
def partials(held: tuple[Trustees, list[KeyShare]], tally: list[list[Ciphertext]]) -> dict[int, PartialDecryption]:
    trustees, shares = held
    return {share.index: partially_decrypt(trustees.group, PHI, share.secret, tally) for share in shares}


def test_any_t_open_the_tally(
    held: tuple[Trustees, list[KeyShare]],
    tally: list[list[Ciphertext]],
    partials: dict[int, PartialDecryption],
) -> None:
    trustees, G = held[0], held[0].group
    for owner, partial in partials.items():
        check_partial_decryption(trustees, PHI, owner, tally, partial)
        assert PartialDecryption.from_value(G, partial.to_value(G)) == partial
    for owners in combinations(partials, 2):
        chosen = {owner: partials[owner] for owner in owners}
        assert decode_counts(G, tally, combine(G, 2, chosen), 100) == COUNTS
        opened = open_tally(trustees, PHI, tally, 100, chosen)
        assert (opened.counts, opened.owners, opened.faulty) == (COUNTS, owners, ())
    assert open_tally(trustees, PHI, tally, 100, partials).owners == (1, 2)


def test_fewer_do_not(
    held: tuple[Trustees, list[KeyShare]],
    tally: list[list[Ciphertext]],
    partials: dict[int, PartialDecryption],
) -> None:
    with pytest.raises(CheckFailedError, match="1 good partial decryptions are not enough: 2 trustees are needed"):
        combine(held[0].group, 2, {3: partials[3]})
    with pytest.raises(CheckFailedError, match="0 good partial decryptions"):
        open_tally(held[0], PHI, tally, 100, {})


def test_the_empty_tally_opens_to_zeros(held: tuple[Trustees, list[KeyShare]]) -> None:
    trustees, shares = held
    G = trustees.group
    nothing = Ciphertext(G.identity, G.identity)
    empty = [[nothing] * len(row) for row in COUNTS]
    partials = {share.index: partially_decrypt(G, PHI, share.secret, empty) for share in shares}
    assert all(G.identity == F for row in partials[1].factors for F in row)
    read = {owner: PartialDecryption.from_value(G, partial.to_value(G)) for owner, partial in partials.items()}
    opened = open_tally(trustees, PHI, empty, 0, read)
    assert (opened.counts, opened.faulty) == (IDENTITY_COUNTS, ())


def named(
    held: tuple[Trustees, list[KeyShare]],
    tally: Sequence[Sequence[Ciphertext]],
    partials: dict[int, PartialDecryption],
    bad: PartialDecryption,
    problem: str,
) -> None:
    """Assert that ``bad`` from trustee 1 is refused, named, and that the other two are enough."""
    trustees = held[0]
    with pytest.raises(FaultyTrusteeError, match=problem) as caught:
        check_partial_decryption(trustees, PHI, 1, tally, bad)
    assert caught.value.index == 1
    opened = open_tally(trustees, PHI, tally, 100, partials | {1: bad})
    assert (opened.counts, opened.owners) == (COUNTS, (2, 3))
    assert [(error.index, error.problem) for error in opened.faulty] == [(1, caught.value.problem)]
    with pytest.raises(CheckFailedError, match=f"1 good partial .* trustee 1: .*{problem}"):
        open_tally(trustees, PHI, tally, 100, {1: bad, 2: partials[2]})


def test_bad_contributions_are_named(
    held: tuple[Trustees, list[KeyShare]],
    tally: list[list[Ciphertext]],
    partials: dict[int, PartialDecryption],
) -> None:
    G, secret, good = held[0].group, held[1][0].secret, partials[1]
    moved = G.add(good.factors[0][0], G.generator)
    false_factor = replace(good, factors=((moved, *good.factors[0][1:]), *good.factors[1:]))
    forged = (Proof(1, 1), *good.proofs[0][1:])
    other_tally = [[*tally[0][1:], tally[0][0]], tally[1]]
    for bad, problem in (
        (partials[2], "false proof for choice 1"),
        (partially_decrypt(G, PHI, secret + 1, tally), "false proof for choice 1"),
        (partially_decrypt(G, "g" * 43, secret, tally), "false proof for choice 1"),
        (partially_decrypt(G, PHI, secret, other_tally), "false proof for choice 1"),
        (false_factor, "false proof for choice 1"),
        (replace(good, proofs=(forged, *good.proofs[1:])), "false proof for choice 1"),
        (replace(good, strong_proofs=(forged, *good.strong_proofs[1:])), "false strong proof for choice 1"),
        (replace(good, strong_proofs=good.proofs), "false strong proof for choice 1"),
        (partially_decrypt(G, PHI, secret, tally[:1]), "does not have the shape of the tally"),
        (partially_decrypt(G, PHI, secret, [tally[0][:2], tally[1]]), "does not have the shape of the tally"),
    ):
        named(held, tally, partials, bad, problem)


def test_the_weak_proof_alone_can_be_fooled(held: tuple[Trustees, list[KeyShare]]) -> None:
    """Why there is a second proof: a trustee who picks alpha after the proof can open it to another count."""
    trustees, shares = held
    G, q, X, x = trustees.group, trustees.group.q, trustees.verification_keys[0], shares[0].secret
    # Commit to A = g^w and an arbitrary B, then solve g^.. for an alpha and a false F that satisfy B = alpha^r F^c.
    w, b = random_scalar(G), random_scalar(G)
    prefix = f"decrypt|{PHI}|{G.encode(X)}|"
    A, B = G.mul_base(w), G.mul_base(b)
    c = hash_to_scalar(G, prefix, [A, B])
    r = (w - x * c) % q
    a = random_scalar(G)
    f = (b - a * r) * pow(c, -1, q) % q
    alpha, F = G.mul_base(a), G.mul_base(f)
    assert G.mul(x, alpha) != F
    assert chaum_pedersen.verify(G, prefix, Proof(c, r), base=alpha, public=X, image=F)
    tally = [[Ciphertext(alpha, G.generator)]]
    strong = partially_decrypt(G, PHI, x, tally).strong_proofs
    fooled = PartialDecryption(((F,),), ((Proof(c, r),),), strong)
    with pytest.raises(FaultyTrusteeError, match="false strong proof"):
        check_partial_decryption(trustees, PHI, 1, tally, fooled)


def test_owners_that_do_not_exist(
    held: tuple[Trustees, list[KeyShare]],
    tally: list[list[Ciphertext]],
    partials: dict[int, PartialDecryption],
) -> None:
    with pytest.raises(InputError, match="no trustee 4"):
        check_partial_decryption(held[0], PHI, 4, tally, partials[1])


def test_counts_above_the_number_of_ballots_are_refused(
    held: tuple[Trustees, list[KeyShare]],
    tally: list[list[Ciphertext]],
    partials: dict[int, PartialDecryption],
) -> None:
    with pytest.raises(CheckFailedError, match="not a number from 0 to 99"):
        open_tally(held[0], PHI, tally, 99, partials)


def test_malformed_values(held: tuple[Trustees, list[KeyShare]], partials: dict[int, PartialDecryption]) -> None:
    G = held[0].group
    value = partials[1].to_value(G)
    factors, proofs = value["decryption_factors"], value["decryption_proofs"]
    assert isinstance(factors, list)
    assert isinstance(proofs, list)
    changes: list[tuple[dict[str, Any], str]] = [
        ({"more": 1}, "unknown field"),
        ({"decryption_factors": []}, "does not have 1 to 64 entries"),
        ({"decryption_factors": factors * 33}, "does not have 1 to 64 entries"),
        ({"decryption_factors": [[], *factors[1:]]}, "not a list of lists of 1 to 201 entries"),
        ({"decryption_factors": [[factors[0][0]] * 202, *factors[1:]]}, "not a list of lists of 1 to 201"),
        ({"decryption_factors": ["x", *factors[1:]]}, "not a list of lists"),
        ({"decryption_factors": [[1, *factors[0][1:]], *factors[1:]]}, "a factor that is not a string"),
        ({"decryption_factors": [["0" * 64, *factors[0][1:]], *factors[1:]]}, "group element"),
        ({"decryption_proofs": proofs[:1]}, "does not have two proofs for every factor"),
        ({"strong_proofs": [proofs[0][:1], *proofs[1:]]}, "does not have two proofs for every factor"),
        ({"strong_proofs": [[{}], *proofs[1:]]}, "lacks the field"),
    ]
    for change, problem in changes:
        with pytest.raises(ParseError, match=problem):
            PartialDecryption.from_value(G, value | change)
    for name in value:
        with pytest.raises(ParseError, match="lacks the field"):
            PartialDecryption.from_value(G, {key: entry for key, entry in value.items() if key != name})


@pytest.mark.parametrize(("total", "threshold"), [(1, 1), (5, 3), (4, 4)])
def test_other_quorums(total: int, threshold: int) -> None:
    trustees, shares = hold(group("Ed25519"), total, threshold)
    G = trustees.group
    tally = [[encrypt(G, G.table(trustees.public_key), 42, random_scalar(G))]]
    chosen = {s.index: partially_decrypt(G, PHI, s.secret, tally) for s in shares[-threshold:]}
    opened = open_tally(trustees, PHI, tally, 50, chosen)
    assert (opened.counts, opened.owners) == (((42,),), tuple(sorted(chosen)))


@pytest.mark.parametrize("owners", [(1,), (1, 2), (2, 5, 9), (3, 1, 2)])
def test_lagrange_weights_recover_the_value_at_zero(owners: tuple[int, ...]) -> None:
    q = group("Ed25519").q
    f: Callable[[int], int] = lambda j: sum((17 + k) * j**k for k in range(len(owners)))  # noqa: E731
    assert sum(weight * f(d) for weight, d in zip(lagrange(owners, q), owners, strict=True)) % q == 17
