"""The contract against a model in a dozen lines, and against texts that make no sense."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from ippyo.canonical import dumps, sha256_b64
from ippyo.contract.coin import Coin
from ippyo.contract.coin_tree import CoinTree
from ippyo.contract.interface import BlockContext
from ippyo.contract.stateless import check_transactions
from ippyo.contract.store import MemoryStore
from ippyo.poll.choice import BLANK

CHOICES: dict[str, list[Any]] = {"bridge": [BLANK, (1, 0), (0, 1)], "mayor": [(1, 0, 0), (0, 1, 0), (0, 0, 1)]}
QUICK = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
TICKETS = 4
PICKS = st.dictionaries(st.sampled_from(["bridge", "mayor"]), st.integers(0, 2), min_size=1)
STEPS = st.sampled_from([1] * 6 + [2, 3, 16, 17, 0])
"""How far the number of a cast is from the last one that was accepted."""


@dataclass(frozen=True)
class Sealed:
    """A cast that is on its way."""

    voter: int
    number: int
    picks: dict[str, int]
    ballots: dict[str, Any]
    tx: str


def model_of(small_polls: ModuleType, small: Any, voters: list[Any]) -> type[RuleBasedStateMachine]:
    """Return the state machine of tests in which ``voters`` do as they like, and the model keeps plain counts."""
    who = st.integers(0, len(voters) - 1)
    final = not small.poll.manifest.policies.may_revote

    class Model(RuleBasedStateMachine):
        @initialize()
        def start(self) -> None:
            self.box = small_polls.Box(small).open(TICKETS)
            self.coins: dict[int, dict[str, int]] = {}
            self.barred: set[int] = set()
            self.sent: list[tuple[int, dict[str, Any], str]] = []
            self.current: dict[tuple[int, str], Any] = {}
            self.last = dict.fromkeys(range(len(voters)), 0)
            self.held: list[Sealed] = []

        def refused_at_the_door(self, voter: int) -> str:
            if voter in self.barred:
                return "surrendered"
            return "coins-exceed-issued" if voter not in self.coins and len(self.coins) == TICKETS else ""

        def refused_by_number(self, voter: int, number: int) -> str:
            in_turn = self.last[voter] < number <= self.last[voter] + 16
            return self.refused_at_the_door(voter) or ("" if in_turn else "out-of-turn")

        def seal(self, voter: int, picks: dict[str, int], step: int) -> Sealed:
            number = max(1, self.last[voter] + step)
            ballots = {c: voters[voter].seal(c, CHOICES[c][n]) for c, n in picks.items()}
            return Sealed(voter, number, picks, ballots, voters[voter].cast_ballots(number, **ballots))

        def arrive(self, cast: Sealed) -> None:
            expected = self.refused_by_number(cast.voter, cast.number)
            if not expected and final and set(cast.picks) & set(self.coins.get(cast.voter, {})):
                expected = "already-voted"
            assert self.box.code(cast.tx) == (expected or "ok")
            if not expected:
                self.coins.setdefault(cast.voter, {}).update(cast.picks)
                self.sent.append((cast.voter, cast.ballots, cast.tx))
                self.current.update({(cast.voter, c): ballot for c, ballot in cast.ballots.items()})
                self.last[cast.voter] = cast.number

        @rule(voter=who, picks=PICKS, step=STEPS)
        def vote(self, voter: int, picks: dict[str, int], step: int) -> None:
            self.arrive(self.seal(voter, picks, step))

        @rule(voter=who, picks=PICKS, step=STEPS)
        def hold_back(self, voter: int, picks: dict[str, int], step: int) -> None:
            self.held.append(self.seal(voter, picks, step))

        @precondition(lambda self: self.held)
        @rule(data=st.data())
        def let_go(self, data: st.DataObject) -> None:
            self.arrive(self.held.pop(data.draw(st.integers(0, len(self.held) - 1))))

        @precondition(lambda self: self.sent)
        @rule(data=st.data())
        def replay(self, data: st.DataObject) -> None:
            voter, ballots, tx = data.draw(st.sampled_from(self.sent))
            assert self.box.code(tx) == "duplicate"
            contest = data.draw(st.sampled_from(sorted(ballots)))
            counts = self.current.get((voter, contest)) == ballots[contest]
            expected = "surrendered" if voter in self.barred else "duplicate" if counts else "old-ballot"
            # A text of its own: with the ballot of one contest only, where the cast had two.
            if len(ballots) > 1:
                part = voters[voter].cast_ballots(self.last[voter] + 1, **{contest: ballots[contest]})
                assert self.box.code(part) == expected

        @rule(voter=who, step=STEPS)
        def surrender(self, voter: int, step: int) -> None:
            number = max(1, self.last[voter] + step)
            expected = self.refused_by_number(voter, number)
            if not expected and final and self.coins.get(voter):
                expected = "already-voted"
            assert self.box.code(voters[voter].surrender(number)) == (expected or "ok")
            if not expected:
                self.coins[voter] = {}
                self.barred.add(voter)
                self.current = {key: ballot for key, ballot in self.current.items() if key[0] != voter}

        @rule(voter=who, contest=st.sampled_from(["bridge", "mayor"]))
        def spoil(self, voter: int, contest: str) -> None:
            ballot = voters[voter].seal(contest, CHOICES[contest][1])
            expected = self.refused_at_the_door(voter)
            assert self.box.code(voters[voter].spoil(ballot.tracker)) == (expected or "ok")
            if not expected:
                self.coins.setdefault(voter, {})
                cast = voters[voter].cast_ballots(self.last[voter] + 1, **{contest: ballot})
                assert self.box.code(cast) == "spoiled-ballot"

        def teardown(self) -> None:
            """Count, and find what the model found."""
            if not hasattr(self, "box"):
                return
            self.box.close()
            for contest, choices in CHOICES.items():
                votes = [picks[contest] for picks in self.coins.values() if contest in picks]
                counts = [votes.count(n) for n in range(len(choices))]
                assert self.box.num_tallied(contest) == len(votes)
                acts = [self.box.tally(contest), self.box.decrypt(contest, 1), self.box.decrypt(contest, 3)]
                acts.append(small.result(contest, *counts))
                assert self.box.send(*acts, at=small_polls.AFTER) == ["ok"] * 4
            status = json.loads(self.box.contract.query("status"))
            assert status["phase"] == "counted"
            assert sum(entry["count"] for entry in status["state"]["coins"]) == len(self.coins)

    return Model


@pytest.mark.parametrize("revote", ["last-counts", "never"])
def test_the_contract_counts_as_the_model_does(small_polls: ModuleType, small_poll: Any, revote: str) -> None:
    small = small_poll if revote == "last-counts" else small_polls.SmallPoll.build(small_polls.manifest(revote=revote))
    voters = [small.voter() for _ in range(5)]
    model = model_of(small_polls, small, voters)
    run_state_machine_as_test(model, settings=settings(QUICK, max_examples=8, stateful_step_count=20))


@pytest.fixture(scope="module")
def texts(small_poll: Any) -> list[str]:
    voter = small_poll.voter()
    return [
        voter.cast(bridge=(1, 0)),
        voter.spoil(sha256_b64("x")),
        voter.surrender(),
        small_poll.open(),
        small_poll.issued(1, "all", 5),
        small_poll.audit(),
        small_poll.result("bridge", 0, 0, 0),
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def damaged(value: Any, data: st.DataObject) -> Any:
    """Replace one thing, somewhere in a JSON value."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 5)):
        key = data.draw(st.sampled_from(sorted(value)))
        return value | {key: damaged(value[key], data)}
    if isinstance(value, list) and value and data.draw(st.integers(0, 5)):
        place = data.draw(st.integers(0, len(value) - 1))
        return [*value[:place], damaged(value[place], data), *value[place + 1 :]]
    return data.draw(JSON)


@settings(QUICK, max_examples=60)
@given(data=st.data())
def test_no_text_however_broken_stops_the_machine(
    small_polls: ModuleType, small_poll: Any, texts: list[str], data: st.DataObject
) -> None:
    good = data.draw(st.sampled_from(texts))
    broken: Callable[[], str] = data.draw(
        st.sampled_from(
            [
                lambda: data.draw(st.text(alphabet=st.characters(), max_size=40)),
                lambda: good[: data.draw(st.integers(0, len(good) - 1))],
                lambda: good.replace(data.draw(st.sampled_from(list(good))), data.draw(st.characters()), 1),
                lambda: dumps_anything(damaged(json.loads(good), data)),
            ]
        )
    )
    tx = broken()
    if tx in texts:
        return
    box = small_polls.Box(small_poll)
    app_hash = box.contract.genesis()
    verdicts, after = box.contract.apply(BlockContext(1, small_polls.DURING), [tx])
    assert [bool(verdict.code) for verdict in verdicts] == [True]
    assert after == app_hash
    assert box.contract.apply(BlockContext(1, small_polls.DURING), [tx]) == (verdicts, after)


def dumps_anything(value: Any) -> str:
    try:
        return dumps(value)
    except ValueError:
        return json.dumps(value)


@settings(QUICK, max_examples=20)
@given(st.lists(st.text(max_size=600), max_size=8))
def test_stateless_checks_answer_for_every_text(small_poll: Any, junk: list[str]) -> None:
    results = check_transactions(small_poll.poll, junk)
    assert [checked.verdict.code for checked in results] == ["malformed"] * len(junk)
    assert all(checked.transaction is None for checked in results)


@settings(QUICK, max_examples=30)
@given(st.lists(st.integers(0, 300), max_size=30), st.integers(1, 5), st.randoms(use_true_random=False))
def test_the_coin_root_does_not_depend_on_the_order_of_the_coins(names: list[int], parts: int, order: Any) -> None:
    coins = [Coin(f"{name:04}", "all", name) for name in sorted(set(names))]
    one, other = CoinTree(MemoryStore()), CoinTree(MemoryStore())
    for coin in coins:
        one.put(coin)
    order.shuffle(coins)
    for position, coin in enumerate(coins):
        other.put(coin)
        if position % parts == 0:
            other.root()
    root = one.root()
    assert root == other.root()
    for name in ("0000", "0007", "0299", "none"):
        expected = next((coin for coin in coins if coin.credential == name), None)
        assert one.prove(name).verify(root, name) == expected
