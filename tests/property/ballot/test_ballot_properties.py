"""Every choice that a contest allows makes a good ballot; nothing altered is one, in either way of checking."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from gmpy2 import mpz
from hypothesis import given, settings
from hypothesis import strategies as st

from ippyo.ballot.ballot import Ballot
from ippyo.ballot.check import BadBallotError, all_hold, check_ballot
from ippyo.ballot.credential import Credential
from ippyo.ballot.election import Election
from ippyo.ballot.seal import seal
from ippyo.canonical import dumps, sha256_b64
from ippyo.crypto import schnorr
from ippyo.crypto.dlog import DiscreteLog
from ippyo.crypto.elgamal import product
from ippyo.crypto.groups import edwards, group
from ippyo.errors import ParseError
from ippyo.poll.choice import BLANK, Choice, plaintexts
from ippyo.poll.contest import Answer, Contest
from ippyo.poll.manifest import BallotStyle, Manifest, Policies, Quorum, Text

TRUSTEE, SECRET = 2**200 + 5, 2**199 + 7
ORDER_TWO = (mpz(0), edwards.P - 1, mpz(1), mpz(0))
ORDER_FOUR = (edwards.SQRT_MINUS_1, mpz(0), mpz(1), mpz(0))


@dataclass(frozen=True)
class Shape:
    group: str
    answers: int
    low: int
    high: int
    blank: bool


@cache
def election(shape: Shape) -> Election:
    word = Text("語", "word")
    contest = Contest(
        id="question",
        kind="choose",
        title=word,
        description=None,
        min=shape.low,
        max=shape.high,
        blank=shape.blank,
        tally="homomorphic",
        answers=tuple(Answer(f"a{n}", n, word) for n in range(shape.answers)),
    )
    manifest = Manifest(
        id="properties",
        title=word,
        description=None,
        group=shape.group,
        opens=1,
        closes=2,
        policies=Policies("user", ("card-reader",), "none", "blind-ticket", "last-counts", ("remote",)),
        trustees=Quorum(1, 1),
        issuers=("市",),
        officers=Quorum(1, 1),
        styles=(BallotStyle("all", word, ("question",)),),
        contests=(contest,),
    )
    G = group(shape.group)
    return Election.build(manifest, contest, G.encode(G.mul_base(TRUSTEE)))


def credential(name: str, secret: int = SECRET) -> Credential:
    G = group(name)
    return Credential(secret, G.mul_base(secret), G.encode(G.mul_base(secret)))


@st.composite
def shapes(draw: st.DrawFn, name: str) -> Shape:
    answers = draw(st.integers(1, 4 if name == "Ed25519" else 2))
    high = draw(st.integers(1, answers))
    return Shape(name, answers, draw(st.integers(0, high)), high, draw(st.booleans()))


@st.composite
def votes(draw: st.DrawFn, name: str) -> tuple[Shape, Choice]:
    shape = draw(shapes(name))
    if shape.blank and draw(st.integers(0, 3)) == 0:
        return shape, BLANK
    marked = draw(st.integers(shape.low, shape.high))
    return shape, tuple(draw(st.permutations([1] * marked + [0] * (shape.answers - marked))))


def accepted(e: Election, text: str) -> bool:
    """Return whether the ballot is good, and see that both ways of checking agree."""
    try:
        ballot = Ballot.from_text(e, text)
    except ParseError:
        return False
    try:
        check_ballot(e, ballot)
    except BadBallotError:
        good = False
    else:
        good = True
    if e.group.carries_commitments:
        assert all_hold(e.group, [(e, ballot)]) == good
    return good


def complete(vote: tuple[Shape, Choice]) -> None:
    shape, choice = vote
    e = election(shape)
    ballot = seal(e, credential(shape.group), choice)
    assert accepted(e, ballot.to_text())
    decrypted = [e.group.sub(c.beta, e.group.mul(TRUSTEE, c.alpha)) for c in ballot.choices]
    assert tuple(map(DiscreteLog(e.group, 1).find, decrypted)) == plaintexts(e.contest, choice)
    twice = product(e.group, [ballot.choices[0]] * 2)
    opened = e.group.sub(twice.beta, e.group.mul(TRUSTEE, twice.alpha))
    assert DiscreteLog(e.group, 2).find(opened) == 2 * plaintexts(e.contest, choice)[0]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(votes("Ed25519"))
def test_every_choice_makes_a_good_ballot(vote: tuple[Shape, Choice]) -> None:
    complete(vote)


@settings(max_examples=4, deadline=None, derandomize=True)
@pytest.mark.parametrize("name", ["BELENIOS-2048", "RFC-3526-2048"])
@given(data=st.data())
def test_every_choice_makes_a_good_ballot_in_finite_fields(name: str, data: st.DataObject) -> None:
    complete(data.draw(votes(name)))


# --- altered ballots


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all texts."""
    if isinstance(value, str):
        return [path]
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    return [leaf for key, entry in entries for leaf in leaves(entry, (*path, key))]


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def put(value: Any, path: tuple[Any, ...], text: str) -> None:
    at(value, path[:-1])[path[-1]] = text


def signed_again(e: Election, value: dict[str, Any]) -> str:
    """Sign altered contents, as the voter could who made them."""
    body = {name: entry for name, entry in value.items() if name != "signature"}
    h = sha256_b64(dumps(body))
    proof = schnorr.prove(e.group, f"sig|{h}|", SECRET).to_value()
    return dumps({**body, "signature": {"hash": h, "proof": proof}})


def other_text(draw: Any, e: Election, value: Any, path: tuple[Any, ...]) -> str:
    """Return another text for this place: another member of the same set, one from elsewhere, or damage."""
    G, old = e.group, at(value, path)
    kind = draw(st.sampled_from(["member", "elsewhere", "damage", "torsion"]))
    if kind == "elsewhere":
        return str(at(value, draw(st.sampled_from(leaves(value)))))
    if path[-1] in {"challenge", "response"} and kind != "damage":
        return str((int(old) + draw(st.integers(1, G.q - 1))) % G.q)
    try:
        element = G.decode(old)
    except ParseError:
        kind = "damage"
    if kind == "member":
        return G.encode(G.add(element, G.mul_base(draw(st.integers(1, 2**64)))))
    if kind == "torsion" and G.name == "Ed25519":
        point = edwards.decompress(bytes.fromhex(old)[::-1])
        assert point is not None
        return edwards.compress(edwards.add(point, draw(st.sampled_from([ORDER_TWO, ORDER_FOUR]))))[::-1].hex()
    # Numbers are longer and shorter by chance, and Hypothesis wants the same question where the answers were the same.
    position = draw(st.integers(0, 10**6)) % len(old)
    return str(old[:position] + draw(st.sampled_from("0123456789abcdefZ-")) + old[position + 1 :])


def sound(data: st.DataObject, name: str) -> None:
    shape, choice = data.draw(votes(name))
    e = election(shape)
    text = seal(e, credential(name), choice).to_text()
    value = json.loads(text)
    path = data.draw(st.sampled_from(leaves(value)))
    new = other_text(data.draw, e, value, path)
    if new == at(value, path):
        return
    put(value, path, new)
    assert not accepted(e, dumps(value))
    if path[0] != "signature":
        assert not accepted(e, signed_again(e, value))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_nothing_altered_is_accepted(data: st.DataObject) -> None:
    sound(data, "Ed25519")


@settings(max_examples=6, deadline=None, derandomize=True)
@pytest.mark.parametrize("name", ["BELENIOS-2048", "RFC-3526-2048"])
@given(data=st.data())
def test_nothing_altered_is_accepted_in_finite_fields(name: str, data: st.DataObject) -> None:
    sound(data, name)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([ORDER_TWO, ORDER_FOUR]), min_size=2, max_size=8), st.data())
def test_small_order_components_that_cancel_out_are_refused(
    torsion: list[edwards.Extended], data: st.DataObject
) -> None:
    """Without membership checks, a batch would take these for good with a fair chance."""
    e = election(Shape("Ed25519", 3, 1, 1, blank=False))
    value = json.loads(seal(e, credential("Ed25519"), (0, 1, 0)).to_text())
    commitments = value["answers"][0]["commitments"]
    places = data.draw(
        st.lists(st.integers(0, len(commitments) - 1), min_size=len(torsion), max_size=len(torsion), unique=True)
    )
    for place, small in zip(places, torsion, strict=True):
        point = edwards.decompress(bytes.fromhex(commitments[place])[::-1])
        assert point is not None
        commitments[place] = edwards.compress(edwards.add(point, small))[::-1].hex()
    assert not accepted(e, signed_again(e, value))


@settings(max_examples=10, deadline=None, derandomize=True)
@given(votes("Ed25519"), st.integers(1, 2**64))
def test_nobody_can_copy_a_ballot(vote: tuple[Shape, Choice], thief: int) -> None:
    shape, choice = vote
    e = election(shape)
    value = json.loads(seal(e, credential("Ed25519", thief + SECRET), choice).to_text())
    value["credential"] = credential("Ed25519").text
    assert not accepted(e, signed_again(e, value))
