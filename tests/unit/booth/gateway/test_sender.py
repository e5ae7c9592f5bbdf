"""The sender: every text gets its fate, whatever answers get lost; receipts are believed only when proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.waiting import until

from ippyo.booth.gateway.entrance import Entrance
from ippyo.booth.gateway.outbox import ItemState, Outbox
from ippyo.booth.gateway.receipts import Receipts
from ippyo.booth.gateway.sender import Sender, _Later
from ippyo.canonical import b64, sha256
from ippyo.errors import CheckFailedError, RefusedError
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.engine import BusyError, LedgerStoppedError, NotYetError

YES = (1, 0)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox(tmp_path / "outbox.sqlite") as opened:
        yield opened


@pytest.fixture
def receipts(small_poll: Any, booth_ledger: Any) -> Receipts:
    return Receipts(booth_ledger, LedgerFacts.of(small_poll.poll.genesis))


@pytest.fixture
def fate(small_poll: Any, booth_ledger: Any, outbox: Outbox, receipts: Receipts) -> Callable[..., Any]:
    """Return ``fate(*texts)``, which sends them and returns their items once nothing waits."""

    def settled() -> bool:
        counts = outbox.counts()
        return counts.waiting + counts.accepted == 0

    def send(*texts: str, pause: float = 0.01) -> Any:
        entrance = Entrance(small_poll.poll)
        digests = [outbox.put(entrance.admit(text.encode())).id for text in texts]
        with Sender(outbox, booth_ledger, receipts, lanes=4, pause=pause):
            until(settled, "all have their fate")
            return [outbox.find(digest) for digest in digests]

    return send


def test_many(small_poll: Any, booth_ledger: Any, fate: Callable[..., Any]) -> None:
    texts = [small_poll.voter().cast(bridge=YES) for _ in range(9)]
    items = fate(*texts)
    assert {item.state for item in items} == {ItemState.DONE}
    assert len({item.index for item in items}) == 9
    assert sorted(booth_ledger.handed_in) == sorted(texts)


@pytest.mark.parametrize("error", [BusyError("b"), LedgerStoppedError("s"), NotYetError("n"), ZeroDivisionError()])
def test_until_the_ledger_takes_it(
    small_poll: Any, booth_ledger: Any, fate: Callable[..., Any], error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    booth_ledger.errors = [error] * 3
    (item,) = fate(small_poll.voter().cast(bridge=YES))
    assert item.state is ItemState.DONE
    assert len(booth_ledger.handed_in) == 4
    assert small_poll.phi not in capsys.readouterr().err


def test_an_answer_that_got_lost(small_poll: Any, booth_ledger: Any, fate: Callable[..., Any]) -> None:
    booth_ledger.lost = [LedgerStoppedError("the answer was lost")]
    (item,) = fate(small_poll.voter().cast(bridge=YES))
    assert item.state is ItemState.DONE


def test_refused(small_poll: Any, fate: Callable[..., Any]) -> None:
    voter = small_poll.voter()
    (item,) = fate(voter.cast_ballots(17, bridge=voter.seal("bridge", YES)))
    assert (item.state, item.code) == (ItemState.REFUSED, "out-of-turn")


def test_what_was_refused_last_and_comes_again_is_sent(
    small_poll: Any, booth_ledger: Any, outbox: Outbox, receipts: Receipts
) -> None:
    booth_ledger.errors = [RefusedError("too-many")]
    admitted = Entrance(small_poll.poll).admit(small_poll.voter().cast(bridge=YES).encode())

    def fate() -> Any:
        item = outbox.find(admitted.digest)
        return item if item is not None and item.state is not ItemState.WAITING else None

    with Sender(outbox, booth_ledger, receipts, pause=0.01):
        outbox.put(admitted)
        assert until(fate).state is ItemState.REFUSED
        outbox.put(admitted)
        assert until(fate, "sent again").state in {ItemState.ACCEPTED, ItemState.DONE}


def test_a_disk_that_fails_for_a_while(
    small_poll: Any, outbox: Outbox, fate: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    left = dict.fromkeys(("waiting", "without_receipt", "accepted", "done"), 3)

    def failing(name: str) -> Callable[..., Any]:
        method = getattr(outbox, name)

        def attempt(*values: Any) -> Any:
            if left[name]:
                left[name] -= 1
                raise RefusedError("busy")
            return method(*values)

        return attempt

    for name in left:
        monkeypatch.setattr(outbox, name, failing(name))
    (item,) = fate(small_poll.voter().cast(bridge=YES))
    assert item.state is ItemState.DONE
    assert (left["waiting"], left["accepted"], left["done"]) == (0, 0, 0)


@pytest.mark.parametrize("code", ["not-open", "coins-exceed-issued"])
def test_a_refusal_that_may_be_lifted_is_none_yet(
    small_poll: Any, booth_ledger: Any, fate: Callable[..., Any], code: str
) -> None:
    booth_ledger.errors = [RefusedError(code)] * 4
    texts = [small_poll.voter().cast(bridge=YES) for _ in range(3)]
    assert {item.state for item in fate(*texts)} == {ItemState.DONE}
    assert len(booth_ledger.handed_in) == 7


def test_registration_s_totals_come_after_the_vote(
    small_poll: Any, booth_ledger: Any, outbox: Outbox, receipts: Receipts
) -> None:
    voters = [small_poll.voter("bridge-only") for _ in range(51)]
    digests = [outbox.put(Entrance(small_poll.poll).admit(voter.surrender().encode())).id for voter in voters]

    def states() -> list[ItemState]:
        items = [outbox.find(digest) for digest in digests]
        return [item.state for item in items if item is not None]

    with Sender(outbox, booth_ledger, receipts, lanes=8, pause=0.01):
        until(lambda: states().count(ItemState.DONE) == 50, "50 are in")
        until(lambda: len(booth_ledger.handed_in) >= 53, "the last one is tried again")
        assert states().count(ItemState.WAITING) == 1
        for text in small_poll.issued_by_all(60):
            booth_ledger.engine.submit_and_wait(text)
        until(lambda: states().count(ItemState.DONE) == 51, "all are in")


def test_a_text_that_waits_is_refused_at_the_close(
    small_poll: Any, booth_ledger: Any, fate: Callable[..., Any]
) -> None:
    booth_ledger.errors = [RefusedError("not-open"), RefusedError("not-open"), RefusedError("closed")]
    (item,) = fate(small_poll.voter().cast(bridge=YES))
    assert (item.state, item.code) == (ItemState.REFUSED, "closed")


def test_pauses_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("ippyo.booth.gateway.sender.time.monotonic", lambda: now[0])
    later = _Later(20)
    for pause in (20, 40, 60, 60):
        later.put_off(7)
        now[0] += pause - 1
        assert not later.take_due()
        assert later.waits(7)
        now[0] += 1
        assert later.take_due()
        assert not later.waits(7)


def test_a_receipt_of_another_text_is_not_believed(small_poll: Any, booth_ledger: Any, receipts: Receipts) -> None:
    text = small_poll.voter().cast(bridge=YES)
    index = booth_ledger.submit_and_wait(text).index
    with pytest.raises(CheckFailedError, match="another transaction"):
        receipts.of(sha256("another"), index)
    with pytest.raises(CheckFailedError, match="another transaction"):
        receipts.of(sha256(text), index - 1)
    assert receipts.of(sha256(text), index) == receipts.of(sha256(text), index)


def test_a_receipt_that_proves_nothing(small_poll: Any, booth_ledger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    text = small_poll.voter().cast(bridge=YES)
    index = booth_ledger.submit_and_wait(text).index
    receipt = booth_ledger.receipt(index)
    for false in (replace(receipt, poll="A" * 43), replace(receipt, proof=(bytes(32),))):
        receipts = Receipts(booth_ledger, LedgerFacts.of(small_poll.poll.genesis))
        monkeypatch.setattr(booth_ledger.engine, "receipt", lambda _, false=false: false)
        with pytest.raises(CheckFailedError):
            receipts.of(sha256(text), index)


def test_a_false_receipt_is_told_and_the_text_kept(
    small_poll: Any,
    booth_ledger: Any,
    outbox: Outbox,
    receipts: Receipts,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = booth_ledger.receipt(0)
    monkeypatch.setattr(booth_ledger.engine, "receipt", lambda _: first)
    admitted = Entrance(small_poll.poll).admit(small_poll.voter().cast(bridge=YES).encode())
    outbox.put(admitted)
    with Sender(outbox, booth_ledger, receipts, pause=0.01):
        until(lambda: "false receipt" in capsys.readouterr().err)
    item = outbox.find(admitted.digest)
    assert item is not None
    assert item.state in {ItemState.WAITING, ItemState.ACCEPTED}
    assert outbox._db.execute("SELECT text FROM item").fetchone() == (admitted.text,)


def test_one_receipt_that_cannot_be_used_keeps_no_other_away(
    small_poll: Any,
    booth_ledger: Any,
    outbox: Outbox,
    receipts: Receipts,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    entrance, receipt = Entrance(small_poll.poll), booth_ledger.engine.receipt
    first = [entrance.admit(small_poll.voter().cast(bridge=YES).encode()) for _ in range(2)]
    for number, admitted in enumerate(first):
        outbox.put(admitted)
        outbox.accepted(admitted.digest, 1_000_000 + number)
    errors = [RefusedError("odd"), ZeroDivisionError("a secret")]

    def some_fail(index: int) -> Any:
        if index >= 1_000_000:
            raise errors[index - 1_000_000]
        if late:
            raise late.pop()
        return receipt(index)

    # Not there at once, so that it is looked for after the two that cannot be used.
    late = [NotYetError("n")]
    monkeypatch.setattr(booth_ledger.engine, "receipt", some_fail)
    last = entrance.admit(small_poll.voter().cast(bridge=YES).encode())
    outbox.put(last)
    with Sender(outbox, booth_ledger, receipts, pause=0.01):
        until(lambda: outbox.counts().done == 1, "the last one has its receipt")
    found: list[Any] = [outbox.find(admitted.digest) for admitted in first]
    assert [item.state for item in found] == [ItemState.ACCEPTED] * 2
    assert "secret" not in capsys.readouterr().err


@pytest.mark.parametrize("pause", [0.01, 0.3])
def test_a_text_that_is_not_where_the_ledger_said_is_handed_in_again(
    small_poll: Any, booth_ledger: Any, fate: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, pause: float
) -> None:
    """The longer pause lets the sender look again while the text's lane is not free yet."""
    submit = booth_ledger.submit_and_wait
    lies = [replace(submit(small_poll.audit(f"another {n}")), index=0) for n in range(2)]
    monkeypatch.setattr(booth_ledger, "submit_and_wait", lambda tx, *rest: lies.pop() if lies else submit(tx, *rest))
    text = small_poll.voter().cast(bridge=YES)
    (item,) = fate(text, pause=pause)
    assert (item.state, lies) == (ItemState.DONE, [])
    assert booth_ledger.receipt(item.index).entry.digest == b64(sha256(text))


def test_no_room_at_the_entrance(small_poll: Any) -> None:
    entrance = Entrance(small_poll.poll, lanes=1, wait=0.01)
    assert entrance._lanes.acquire()
    with pytest.raises(RefusedError, match="busy"):
        entrance.admit(b"{}")
    entrance._lanes.release()
    with pytest.raises(RefusedError, match="malformed"):
        entrance.admit(b"{}")
