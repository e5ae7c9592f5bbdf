"""The index follows the ledger block by block, and believes none that genesis does not prove."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ippyo.booth.board.figures import MOST_HOURS, _hours, read_figures
from ippyo.booth.board.follower import Follower
from ippyo.booth.board.index import TILE, BoardIndex, Spot, UsedTicket
from ippyo.booth.board.pages import _hour
from ippyo.canonical import dumps, sha256_b64
from ippyo.crypto.merkle import Frontier
from ippyo.errors import CheckFailedError, ParseError
from ippyo.ledger.blocks import LAST_TIME, Entry, first_previous
from ippyo.ledger.chain import grow
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.engine import LedgerStoppedError

YES, NO = (1, 0), (0, 1)


@pytest.fixture
def index(small_poll: Any, tmp_path: Path) -> Iterator[BoardIndex]:
    with BoardIndex(tmp_path / "board.sqlite", small_poll.poll) as opened:
        yield opened


@pytest.fixture
def follower(small_poll: Any, booth_ledger: Any, index: BoardIndex) -> Follower:
    return Follower(small_poll.poll, LedgerFacts.of(small_poll.poll.genesis), booth_ledger, index)


def test_nothing_yet(index: BoardIndex, small_poll: Any) -> None:
    assert index.spot() is None
    figures = read_figures(index, small_poll.poll)
    assert (figures.tip.ballots, figures.hours, figures.results, figures.tip.phase) == (0, (), (), "setup")
    assert index.tile(0) == []
    assert index.number_of("A" * 43) is None
    assert index.ticket(small_poll.voter().credential.text) is None


def test_what_a_poll_leaves(small_poll: Any, booth_ledger: Any, index: BoardIndex, follower: Follower) -> None:
    first, second, third = small_poll.voter(), small_poll.voter(), small_poll.voter("bridge-only")
    old, new = first.seal("bridge", YES), first.seal("bridge", NO)
    mayor = first.seal("mayor", (0, 1, 0))
    for text in (
        first.cast_ballots(16, bridge=old),
        second.spoil(sha256_b64("sealed")),
        first.cast_ballots(32, bridge=new, mayor=mayor),
        second.cast(bridge=YES),
        third.surrender(),
    ):
        booth_ledger.submit_and_wait(text)
    follower.follow()
    figures = read_figures(index, small_poll.poll)
    assert figures.totals == {"voter": 2, "cast": 3, "revote": 1, "spoil": 1, "surrender": 1}
    assert [(row.id, row.counts["surrender"]) for row in figures.styles] == [("all", 0), ("bridge-only", 1)]
    assert [row.turnout for row in figures.hours] == [{"all": 2, "bridge-only": 0}]
    assert figures.hours[0].hour % 3600 == 0
    assert [one.tracker for one in index.tile(0)][:3] == [old.tracker, new.tracker, mayor.tracker]
    assert [one.contest for one in index.tile(0)][:3] == ["bridge", "bridge", "mayor"]
    assert index.number_of(mayor.tracker) == 2
    assert index.ticket(second.credential.text) == second.ticket
    assert index.tip().phase == "open"
    assert index.tip().size == booth_ledger.status().size
    value = figures.to_value()
    assert (value["ballots"], value["totals"]) == (4, figures.totals)


def test_it_goes_on_where_it_stood(
    small_poll: Any, booth_ledger: Any, index: BoardIndex, follower: Follower, tmp_path: Path
) -> None:
    booth_ledger.submit_and_wait(small_poll.voter().cast(bridge=YES))
    follower.follow()
    index.close()
    booth_ledger.submit_and_wait(small_poll.voter().cast(bridge=YES))
    with BoardIndex(tmp_path / "board.sqlite", small_poll.poll) as again:
        assert again.tip().ballots == 1
        Follower(small_poll.poll, LedgerFacts.of(small_poll.poll.genesis), booth_ledger, again).follow()
        assert again.tip().ballots == 2


def test_in_a_thread(small_poll: Any, booth_ledger: Any, index: BoardIndex, follower: Follower) -> None:
    with follower:
        booth_ledger.submit_and_wait(small_poll.voter().cast(bridge=YES))
        assert follower.catch_up(30)
        assert index.tip().ballots == 1
        assert follower.problem == ""


def test_nothing_ends_it(
    small_poll: Any, booth_ledger: Any, index: BoardIndex, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    booth_ledger.submit_and_wait(small_poll.voter().cast(bridge=YES))
    blocks = booth_ledger.engine.blocks
    errors: list[Exception] = [ZeroDivisionError("a fault of ours"), LedgerStoppedError("it has stopped")]

    def failing(start: int = 1) -> Any:
        if errors:
            raise errors.pop()
        return blocks(start)

    monkeypatch.setattr(booth_ledger.engine, "blocks", failing)
    with follower:
        while errors:
            assert follower.catch_up(30)
        assert follower.catch_up(30)
        assert (index.tip().ballots, follower.problem) == (1, "")


def changed(block: Any, **header: Any) -> Any:
    return replace(block, signed=replace(block.signed, header=replace(block.header, **header)))


@pytest.mark.parametrize(
    "alter",
    [
        lambda block, _: changed(block, poll="A" * 43),
        lambda block, _: changed(block, previous="A" * 43),
        lambda block, _: changed(block, height=block.header.height + 1),
        lambda block, _: changed(block, time=block.header.time + 1),
        lambda block, _: replace(block, signed=replace(block.signed, signature=bytes(64))),
        lambda block, text: replace(block, transactions=(text,)),
        lambda block, text: replace(block, transactions=(*block.transactions, text)),
        lambda block, _: replace(block, transactions=()),
    ],
)
def test_a_block_that_is_not_the_ledgers(
    small_poll: Any,
    booth_ledger: Any,
    index: BoardIndex,
    follower: Follower,
    monkeypatch: pytest.MonkeyPatch,
    alter: Any,
) -> None:
    booth_ledger.submit_and_wait(small_poll.voter().cast(bridge=YES))
    blocks = list(booth_ledger.blocks())
    blocks[-1] = alter(blocks[-1], small_poll.voter().cast(bridge=NO))
    monkeypatch.setattr(booth_ledger.engine, "blocks", lambda start=1: iter(blocks[start - 1 :]))
    with pytest.raises(CheckFailedError):
        follower.follow()
    assert index.tip().ballots == 0


def odd_blocks(box: Any, log: Any, text: str, **header: Any) -> list[Any]:
    """Return the ledger's blocks, and one with ``text`` that the log signed, whatever the contract says to it."""
    blocks = list(box.blocks())
    frontier = Frontier()
    for block in blocks:
        frontier, _ = grow(frontier, [Entry.of(tx) for tx in block.transactions])
    frontier, _ = grow(frontier, [Entry.of(text)])
    last = blocks[-1].header
    new = replace(last, height=last.height + 1, previous=last.hash, size=frontier.size, root=frontier.root, **header)
    return [*blocks, replace(blocks[-1], signed=new.sign(log), transactions=(text,))]


@pytest.mark.parametrize(
    "value",
    [
        {"type": "tally", "contest": "bridge", "num_tallied": "3"},
        {"type": "tally", "contest": "bridge", "num_tallied": -3},
        {"type": "tally", "contest": "bridge", "num_tallied": True},
        {"type": "tally", "contest": "bridge", "num_tallied": 2**30},
        {"type": "tally", "contest": "nothing", "num_tallied": 3},
        {"type": "tally", "contest": "bridge"},
        {"type": "result", "contest": ["bridge"], "result": [1, 2, 3]},
        {"type": "result", "contest": "nothing", "result": [1, 2, 3]},
        {"type": "result"},
        {"type": "cast", "ballots": []},
        {"type": "cast", "ballots": [5], "ticket": {}},
        {"type": "cast", "ballots": [{"election_uuid": {}}], "ticket": {}},
        {"type": "surrender", "ticket": 5},
        {"type": "surrender", "ticket": {"style": "all", "credential": 5, "signatures": []}},
        {"type": "surrender", "ticket": {"style": "all", "credential": "x", "signatures": []}},
        {"type": "surrender", "ticket": {"style": "all", "credential": "x", "signatures": ["AAAA", "AAAA"]}},
        {"type": "surrender", "ticket": {"style": "all", "credential": "x", "signatures": "AA"}},
        {"type": "surrender", "ticket": {"style": ["all"], "credential": "x", "signatures": []}},
    ],
    ids=str,
)
def test_what_the_log_signs_may_be_odd(
    small_poll: Any,
    booth_ledger: Any,
    index: BoardIndex,
    follower: Follower,
    monkeypatch: pytest.MonkeyPatch,
    value: Any,
) -> None:
    booth_ledger.submit_and_wait(small_poll.voter().cast(bridge=YES))
    blocks = odd_blocks(booth_ledger, small_poll.log, dumps(value))
    monkeypatch.setattr(booth_ledger.engine, "blocks", lambda start=1: iter(blocks[start - 1 :]))
    with pytest.raises(CheckFailedError, match="something else than transactions"):
        follower.follow()
    assert read_figures(index, small_poll.poll).results == ()


def test_the_last_time_that_a_block_can_have(
    small_poll: Any, booth_ledger: Any, index: BoardIndex, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    booth_ledger.submit_and_wait(small_poll.voter().cast(bridge=YES))
    blocks = odd_blocks(booth_ledger, small_poll.log, small_poll.voter().cast(bridge=NO), time=LAST_TIME)
    monkeypatch.setattr(booth_ledger.engine, "blocks", lambda start=1: iter(blocks[start - 1 :]))
    follower.follow()
    hours = read_figures(index, small_poll.poll).hours
    assert (len(hours), hours[-1].counts["cast"]) == (MOST_HOURS, 1)
    assert _hour(hours[-1]).year == 9999


def test_hours_are_bounded_whatever_the_span() -> None:
    hours = _hours({0, 3600 * 10**13})
    assert (len(hours), hours[-1]) == (MOST_HOURS, 3600 * 10**13)
    assert _hours({7200, 14400}) == [7200, 10800, 14400]
    assert _hours(set()) == []


def test_an_index_of_another_poll_or_version_is_made_anew(small_poll: Any, small_polls: Any, tmp_path: Path) -> None:
    path = tmp_path / "board.sqlite"
    with BoardIndex(path, small_poll.poll) as index, index.writing() as writer:
        writer.phase("open")
    with BoardIndex(path, small_polls.SmallPoll.build().poll) as other:
        assert other.tip().phase == "setup"


def test_full_pages_and_a_result(index: BoardIndex, small_poll: Any) -> None:
    ticket = UsedTicket("all", "credential", (bytes(384), bytes(384)))
    with index.writing() as writer:
        for number in range(TILE + 1):
            writer.cast(number * 3_600_000, number, ticket, {"bridge": sha256_b64(str(number))})
        writer.tallied("bridge", 3)
        assert index.results() == {}
        writer.result("bridge", [0, 2, 1])
        writer.stand_at(Spot(1, first_previous(small_poll.phi), 5, Frontier()))
    figures = read_figures(index, small_poll.poll)
    assert (len(index.tile(0)), len(index.tile(1)), index.tile(2)) == (TILE, 1, [])
    assert figures.tip.phase == "setup"
    (result,) = figures.results
    lines = [(line.answer.name.en, line.count, line.percent) for line in result.lines()]
    assert (lines, result.blank) == ([("For", 2, "66.66"), ("Against", 1, "33.33")], 0)
    with index.writing() as writer:
        writer.tallied("mayor", 1)
        writer.result("mayor", [1, 0, 0])
    assert index.tip().phase == "counted"


@pytest.mark.parametrize(
    "counts",
    ["abc", None, [1, 2], [1, 2, -3], [1, 2, True], [1, 2, "3"], [1, 2, 1], [1, 1, 0], [4, 0, 0], [0, 0, 0, 3]],
    ids=str,
)
def test_a_result_that_no_three_ballots_give(index: BoardIndex, counts: Any) -> None:
    with pytest.raises((ParseError, CheckFailedError)), index.writing() as writer:
        writer.tallied("bridge", 3)
        writer.result("bridge", counts)
    assert index.results() == {}


def test_a_result_without_a_tally(index: BoardIndex) -> None:
    with pytest.raises(CheckFailedError, match="without a tally"), index.writing() as writer:
        writer.result("bridge", [0, 2, 1])


def test_a_block_that_fails_leaves_nothing(index: BoardIndex) -> None:
    ticket = UsedTicket("all", "credential", (bytes(384),))
    with pytest.raises(KeyError), index.writing() as writer:
        writer.cast(0, 0, ticket, {"bridge": "A" * 43})
        writer.cast(0, 1, ticket, {"nothing": "A" * 43})
    assert index.tallies() == []
    assert index.tile(0) == []
