"""Several nodes as one ledger: whom it believes, whom it names, and what one liar can do (nothing)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from ippyo.canonical import sha256_b64
from ippyo.errors import CheckFailedError, InputError, RefusedError
from ippyo.ledger.blocks import Entry, SignedHeader
from ippyo.ledger.checkpoint import Checkpoint, LedgerFacts, SignedCheckpoint
from ippyo.ledger.comet import delivery, panel
from ippyo.ledger.comet.operators import OperatorsLedger
from ippyo.ledger.comet.report import Deviation, Evidence, NodeReport
from ippyo.ledger.engine import Accepted, BusyError, LedgerStoppedError, NotYetError


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "AGAIN", 0.01)
    # However busy the computer is, nobody who answers is passed over as slow, and nobody is asked before his turn.
    for module, name in (
        *((panel, name) for name in ("ASK_SECONDS", "GRACE_SECONDS")),
        *((delivery, name) for name in ("WAIT", "PATIENCE", "CONFIRMING")),
    ):
        monkeypatch.setattr(module, name, 100)


class Mirror:
    """A node that has what the others have; a test changes how it answers."""

    def __init__(self, ledger: Any) -> None:
        self.ledger = ledger
        self.handed_in: list[str] = []

    def describe(self) -> str:
        return "a node"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.ledger, name)

    def submit_and_wait(self, tx: str, timeout: float | None = None) -> Accepted:
        self.handed_in.append(tx)
        accepted: Accepted = self.ledger.submit_and_wait(tx, timeout)
        return accepted


class Silent(Mirror):
    """A node that does not answer."""

    def __getattr__(self, name: str) -> Any:
        def fail(*_: object) -> None:
            raise LedgerStoppedError("gone")

        return fail

    def submit_and_wait(self, tx: str, timeout: float | None = None) -> Accepted:
        raise LedgerStoppedError("gone")


@pytest.fixture
def town(toy: ModuleType, fake: ModuleType, start: Callable[..., Any], facts: LedgerFacts) -> Iterator[Any]:
    """Four nodes, each with a CometBFT of its own, that decide the same blocks."""
    nodes = [start(f"node-{number}", operator=number) for number in range(4)]
    comets = [fake.FakeComet(facts) for _ in nodes]
    for node, comet in zip(nodes, comets, strict=True):
        comet.connect(node.path)
    ledgers = [fake.ledger_of(*one) for one in zip(nodes, comets, "abcd", strict=True)]

    class Town:
        def __init__(self) -> None:
            self.facts = facts
            self.fronts: list[Any] = [Mirror(ledger) for ledger in ledgers]
            self.lock = threading.Lock()

        def decide(self, *txs: str, among: range = range(4)) -> None:
            for number in among:
                comets[number].decide([tx.encode() for tx in txs])

        def ledger(self, **options: Any) -> OperatorsLedger:
            return OperatorsLedger(facts, self.fronts, **options)

    yield Town()
    for ledger in ledgers:
        ledger.close()
    for comet in comets:
        comet.disconnect()


def test_receipts_are_under_a_quorum_s_signatures(town: Any, toy: ModuleType) -> None:
    town.decide(*(toy.note(str(n)) for n in range(5)))
    town.fronts[1] = Silent(None)
    with town.ledger() as ledger:
        receipt = ledger.receipt(2)
        assert receipt.verify(town.facts).digest == sha256_b64(toy.note("2"))
        assert receipt.checkpoint.cosigners(town.facts) == 3
        town.fronts[2] = Silent(None)
    with town.ledger() as ledger:
        with pytest.raises(NotYetError, match="2 operators answer, and 3 must sign"):
            ledger.receipt(2)
        with pytest.raises(NotYetError):
            ledger.checkpoint()
        assert not ledger.network().goes_on
        assert "no block can be made" in ledger.status().failure


def test_who_does_not_answer_does_not_say_that_nothing_is_there(town: Any, toy: ModuleType) -> None:
    """What is said to be nowhere is given up by the booth."""
    town.decide(toy.note("one"))
    with town.ledger() as ledger:
        assert ledger.find(sha256_b64(toy.note("two"))) is None
    for number in range(2):
        town.fronts[number] = Silent(None)
    with town.ledger() as ledger:
        assert ledger.find(sha256_b64(toy.note("two"))) is None
        assert ledger.find(sha256_b64(toy.note("one"))) == 0
    town.fronts[2] = Silent(None)
    with town.ledger() as ledger, pytest.raises(NotYetError, match="too few operators say"):
        ledger.find(sha256_b64(toy.note("two")))


def test_what_only_two_have_is_not_believed_yet(town: Any, toy: ModuleType) -> None:
    town.decide(toy.note("all"))
    town.decide(toy.note("two"), among=range(2))
    with town.ledger() as ledger:
        assert ledger.checkpoint().checkpoint.size == 1
        with pytest.raises(NotYetError):
            ledger.receipt(1)
        assert [one.lag for one in ledger.network().operators] == [0, 0, 1, 1]
        assert ledger.network().good
        assert ledger.status().size == 1


def test_the_last_header_is_one_that_an_honest_node_shows(town: Any, toy: ModuleType) -> None:
    with town.ledger() as ledger, pytest.raises(NotYetError):
        ledger.header()
    town.decide(toy.note("all"))
    town.decide(toy.note("one"), among=range(1))
    last = town.fronts[1].header()

    class Forging(Mirror):
        def report(self, height: int | None = None) -> NodeReport:
            forged: NodeReport = replace(self.ledger.report(height), header=replace(last, signature=bytes(64)))
            return forged

    with town.ledger() as ledger:
        assert ledger.header() == last
        assert ledger.header().verify(town.facts.log)
        town.fronts[1:] = [Forging(front.ledger) for front in town.fronts[1:]]
    with town.ledger() as ledger, pytest.raises(NotYetError, match="same block"):
        ledger.header()


def test_a_false_signature_spoils_nobody_s_checkpoint(town: Any, toy: ModuleType) -> None:
    town.decide(toy.note("one"))

    class Spoiling(Mirror):
        def checkpoint(self, size: int | None = None) -> SignedCheckpoint:
            signed = self.ledger.checkpoint(size)
            return SignedCheckpoint.from_parts(
                signed.checkpoint,
                [replace(line, signature=bytes(len(line.signature))) for line in signed.note.signatures],
            )

    town.fronts[0] = Spoiling(town.fronts[0].ledger)
    with town.ledger() as ledger:
        ledger.receipt(0).verify(town.facts)
        network = ledger.network()
        assert network.deviants == ["ippyo.node/a"]
        assert network.operators[0].to_value()["kind"] == "unsigned"


def test_a_node_with_another_state_is_named(town: Any, toy: ModuleType) -> None:
    town.decide(toy.note("same"))
    town.decide(toy.note("true"), among=range(3))
    town.decide(toy.note("false"), among=range(3, 4))
    town.decide(toy.note("more"), among=range(3))
    with town.ledger() as ledger:
        network = ledger.network()
        assert network.deviants == ["ippyo.node/d"]
        assert network.goes_on
        assert not network.good
        (line,) = [one for one in network.operators if one.agrees is False]
        assert "another block 2" in line.deviation
        assert line.kind is Deviation.OTHER_BLOCK
        assert "ippyo.node/d" in ledger.status().failure
        assert '"deviants":["ippyo.node/d"]' in network.to_text()
        assert ledger.receipt(1).entry.digest == sha256_b64(toy.note("true"))


def test_nobody_is_named_without_a_majority(town: Any, toy: ModuleType) -> None:
    town.decide(toy.note("one"), among=range(2))
    town.decide(toy.note("other"), among=range(2, 4))
    with town.ledger() as ledger:
        assert ledger.network().deviants == []
        with pytest.raises(NotYetError):
            ledger.checkpoint()


def test_headers_of_another_hand_and_of_another_poll(town: Any, toy: ModuleType) -> None:
    town.decide(toy.note("one"))

    class Unsigned(Mirror):
        def report(self, height: int | None = None) -> Any:
            report = self.ledger.report(height)
            return replace(report, header=SignedHeader(report.header.header, bytes(64)))

    class Elsewhere(Mirror):
        def report(self, height: int | None = None) -> Any:
            return replace(self.ledger.report(height), poll="A" * 43)

    for mirror, problem, kind in (
        (Unsigned, "did not sign", Deviation.FALSE_BLOCK),
        (Elsewhere, "another poll", Deviation.OTHER_POLL),
    ):
        town.fronts[0] = mirror(town.fronts[0].ledger)
        with town.ledger() as ledger:
            network = ledger.network()
            assert network.deviants == ["ippyo.node/a"]
            assert problem in network.operators[0].deviation
            assert network.operators[0].kind is kind


def test_handing_in_goes_to_two_and_two_must_say_where_it_is(town: Any, toy: ModuleType) -> None:
    with town.ledger() as ledger:
        assert ledger.submit_and_wait(toy.note("one")).index == 0
        assert 1 <= sum(len(front.handed_in) for front in town.fronts) <= 2
        assert ledger.submit(toy.note("two")).result(60).entry.kind == "note"


def test_silent_nodes_are_passed_over(town: Any, toy: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    town.fronts[0], town.fronts[1] = Silent(None), Silent(None)
    with town.ledger() as ledger:
        assert ledger.submit_and_wait(toy.note("one")).index == 0
    town.fronts[2], town.fronts[3] = Silent(None), Silent(None)
    # No time is left for a second try, however fast this machine is.
    monkeypatch.setattr(delivery, "AGAIN", 60)
    with town.ledger() as ledger, pytest.raises(LedgerStoppedError):
        ledger.submit_and_wait(toy.note("two"), 30)


class Refusing(Mirror):
    """A node that refuses what the rules allow."""

    def submit_and_wait(self, tx: str, timeout: float | None = None) -> Accepted:
        raise RefusedError("already-voted", "a lie")


class Waiting(Mirror):
    """A node that leaves everything out."""

    def submit_and_wait(self, tx: str, timeout: float | None = None) -> Accepted:
        time.sleep(min(timeout or 1, 1))
        raise NotYetError("in no block")


def test_one_node_s_refusal_is_not_believed(town: Any, toy: ModuleType) -> None:
    town.fronts[0] = Refusing(town.fronts[0].ledger)
    with town.ledger() as ledger:
        for number in range(4):
            assert ledger.submit_and_wait(toy.note(str(number))).entry.kind == "note"
        for _ in range(4):
            with pytest.raises(RefusedError) as refusal:
                ledger.submit_and_wait("{}")
            assert refusal.value.code == "malformed"


def test_busy_nodes_are_asked_again(town: Any, toy: ModuleType) -> None:
    class Busy(Mirror):
        asked = 0

        def submit_and_wait(self, tx: str, timeout: float | None = None) -> Accepted:
            Busy.asked += 1
            if Busy.asked < 12:
                raise BusyError("full")
            return super().submit_and_wait(tx, timeout)

    town.fronts = [Busy(front.ledger) for front in town.fronts]
    with town.ledger() as ledger:
        assert ledger.submit_and_wait(toy.note("one"), 60).index == 0
    assert Busy.asked >= 12


class Watch:
    """Keeps a transaction out of every block until the nodes have been looked at ``looks`` times (``fronts`` each)."""

    def __init__(self, looks: int, fronts: int) -> None:
        self.left = looks * fronts
        self.over = threading.Event()
        self._lock = threading.Lock()

    def report(self, report: NodeReport, height: Callable[[int], int]) -> NodeReport:
        """Count one look; ``height`` gives CometBFT's height from how many are left."""
        with self._lock:
            self.left -= 1
            left = self.left
            if left < 0:
                self.over.set()
        return replace(report, comet_height=height(left))

    def wait(self) -> Accepted:
        assert self.over.wait(60)
        raise NotYetError("in no block")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the nodes be looked at soon and often, and let there be no second try."""
    monkeypatch.setattr(delivery, "PATIENCE", 0.1)
    monkeypatch.setattr(delivery, "AGAIN", 1000)


@pytest.mark.usefixtures("impatient")
def test_what_is_left_out_goes_to_all_and_raises_the_alarm(town: Any, toy: ModuleType) -> None:
    watch = Watch(5, len(town.fronts))
    counting(town, watch)
    alarms: list[str] = []
    with town.ledger(alarm=alarms.append) as ledger, pytest.raises(NotYetError):
        ledger.submit_and_wait(toy.note("left out"), 500)
    (alarm,) = alarms
    assert "still in no block" in alarm
    assert all(front.handed_in for front in town.fronts)


def counting(town: Any, watch: Watch, first: int = 0) -> None:
    """Let all nodes from the ``first`` on tell of new blocks at every look, and put nothing into them."""

    class Counting(Mirror):
        def report(self, height: int | None = None) -> NodeReport:
            return watch.report(self.ledger.report(height), lambda left: 1000 - 3 * left)

        def submit_and_wait(self, tx: str, timeout: float | None = None) -> Accepted:
            self.handed_in.append(tx)
            return watch.wait()

    town.fronts[first:] = [Counting(front.ledger) for front in town.fronts[first:]]


@pytest.mark.usefixtures("impatient")
def test_blocks_made_while_nobody_told_of_them_raise_no_alarm(town: Any, toy: ModuleType) -> None:
    watch = Watch(5, len(town.fronts))
    first_look = watch.left - len(town.fronts)

    class Awaking(Mirror):
        def report(self, height: int | None = None) -> NodeReport:
            report = watch.report(self.ledger.report(height), lambda left: 0 if left >= first_look else 1000)
            if not report.comet_height:
                raise LedgerStoppedError("gone")
            return report

        def submit_and_wait(self, tx: str, timeout: float | None = None) -> Accepted:
            return watch.wait()

    town.fronts = [Awaking(front.ledger) for front in town.fronts]
    alarms: list[str] = []
    with town.ledger(alarm=alarms.append) as ledger, pytest.raises(NotYetError):
        ledger.submit_and_wait(toy.note("left out"), 500)
    assert alarms == []


def test_blocks_are_held_to_what_was_signed(town: Any, toy: ModuleType) -> None:
    for number in range(3):
        town.decide(toy.note(str(number)))

    class Changing(Mirror):
        change: Callable[[list[Any]], list[Any]]

        def blocks(self, start: int = 1) -> Any:
            return iter(type(self).change(list(self.ledger.blocks(start))))

    with town.ledger() as ledger:
        true = list(ledger.blocks())
        assert [block.header.height for block in true] == [1, 2, 3]
        assert list(ledger.blocks(2)) == true[1:]
    town.fronts = [Changing(front.ledger) for front in town.fronts]
    other = replace(true[1], transactions=(toy.note("other"),))
    unsigned = replace(true[1], signed=SignedHeader(true[1].header, bytes(64)))
    for change, problem in (
        (lambda blocks: blocks[:2], "not those that the operators signed"),
        (lambda blocks: blocks[1:], "block 2 is false"),
        (lambda blocks: [blocks[0], other, blocks[2]], "other transactions"),
        (lambda blocks: [blocks[0], unsigned, blocks[2]], "block 2 is false"),
    ):
        Changing.change = staticmethod(change)
        with town.ledger() as ledger, pytest.raises(CheckFailedError, match=problem):
            list(ledger.blocks())


def test_a_history_of_one_s_own_is_not_followed(town: Any, toy: ModuleType) -> None:
    """Every operator has the log's key, and can sign blocks with it that follow from each other."""
    for number in range(3):
        town.decide(toy.note(str(number)))
    _, second, third = town.fronts[0].blocks()
    earlier = replace(second.header, time=second.header.time - 1)
    forged = [
        replace(second, signed=earlier.sign(toy.LOG_KEY)),
        replace(third, signed=replace(third.header, previous=earlier.hash).sign(toy.LOG_KEY)),
    ]

    class Forging(Mirror):
        def blocks(self, start: int = 1) -> Any:
            return iter(forged[start - 2 :])

    # Each node is asked for blocks in turn, and each but one shows the true ones.
    town.fronts[0] = Forging(town.fronts[0].ledger)
    with town.ledger() as ledger:
        assert ledger.header(2) == second.signed
        with pytest.raises(CheckFailedError, match="block 3 is not the one that the others have"):
            for _ in town.fronts:
                assert list(ledger.blocks(2)) == [second, third]


def test_questions_are_answered_by_more_than_one(town: Any, toy: ModuleType) -> None:
    town.decide(toy.note("one"))

    class Lying(Mirror):
        def query(self, path: str, data: str = "") -> str:
            return '{"count":1000}'

    town.fronts[0] = Lying(town.fronts[0].ledger)
    with town.ledger() as ledger:
        assert ledger.query("count") == '{"count":1}'
        assert ledger.find(sha256_b64(toy.note("one"))) == 0
        assert ledger.find(sha256_b64(toy.note("two"))) is None
        assert "1 may fail or cheat" in ledger.describe()
    town.fronts[0] = town.fronts[1]
    with town.ledger() as ledger, pytest.raises(InputError, match="no such question"):
        ledger.query("nothing")
    town.fronts[:] = [Silent(None) for _ in town.fronts]
    with town.ledger() as ledger, pytest.raises(NotYetError, match="no operator's node answers"):
        ledger.query("count")


def test_a_receipt_that_a_liar_shows_is_passed_over(town: Any, toy: ModuleType) -> None:
    town.decide(toy.note("one"), toy.note("two"))

    class Lying(Mirror):
        def receipt(self, index: int, size: int | None = None) -> Any:
            return self.ledger.receipt(1 - index, size)

    town.fronts = [Lying(town.fronts[0].ledger), *town.fronts[1:]]
    with town.ledger() as ledger:
        for index in (0, 1, 0, 1):
            assert ledger.receipt(index).index == index
    town.fronts = [Lying(front.ledger) for front in town.fronts]
    with town.ledger() as ledger, pytest.raises(NotYetError, match="true receipt"):
        ledger.receipt(0)


def test_no_front_at_all(facts: LedgerFacts) -> None:
    with pytest.raises(InputError, match="no address"):
        OperatorsLedger(facts, [])


def test_reports_travel(town: Any, toy: ModuleType) -> None:
    town.decide(toy.note("one"))
    report = town.fronts[0].report()
    report = replace(report, evidence=(Evidence(1, "ab" * 20, 3),))
    assert NodeReport.from_text(report.to_text()) == report
    assert NodeReport.from_text(replace(report, header=None).to_text()).header is None
    assert town.fronts[0].report(2).header is None


def test_an_unsigned_ledger_is_not_a_checkpoint(town: Any, toy: ModuleType) -> None:
    other = SignedCheckpoint.sign(Checkpoint(town.facts.origin, 0, bytes(32)), toy.LOG_KEY)

    class Alone(Mirror):
        def checkpoint(self, size: int | None = None) -> SignedCheckpoint:
            return other

    town.fronts = [Alone(front.ledger) for front in town.fronts]
    with town.ledger() as ledger, pytest.raises(NotYetError, match="one and the same ledger"):
        ledger.checkpoint()


class Inventing(Mirror):
    """A node that says of everything that it has it, at once."""

    def submit_and_wait(self, tx: str, timeout: float | None = None) -> Accepted:
        self.handed_in.append(tx)
        return Accepted(1, 7, Entry.of(tx))

    def find(self, digest: str) -> int | None:
        return 0


def test_one_node_s_acceptance_is_not_believed(town: Any, toy: ModuleType) -> None:
    town.decide(toy.note("first"))
    town.fronts[0] = Inventing(town.fronts[0].ledger)
    with town.ledger() as ledger:
        for number in range(1, 5):
            assert ledger.submit_and_wait(toy.note(str(number))).index == number
        assert ledger.find(sha256_b64(toy.note("nowhere"))) is None
        assert ledger.find(sha256_b64(toy.note("3"))) == 3
    town.fronts[1:] = [Waiting(front.ledger) for front in town.fronts[1:]]
    with town.ledger() as ledger, pytest.raises(NotYetError):
        ledger.submit_and_wait(toy.note("withheld"), 0.5)


def test_what_one_node_alone_has_is_found_by_its_receipt(town: Any, toy: ModuleType) -> None:
    town.decide(toy.note("first"))

    class Forgetting(Mirror):
        def find(self, digest: str) -> int | None:
            return None

    town.fronts[1:] = [Forgetting(front.ledger) for front in town.fronts[1:]]
    with town.ledger() as ledger:
        assert ledger.find(sha256_b64(toy.note("first"))) == 0


HANGING = 200


class Hanging(Mirror):
    """A node that takes for ever over everything."""

    until = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return lambda *_: Hanging.until.wait(HANGING)

    def submit_and_wait(self, tx: str, timeout: float | None = None) -> Accepted:
        Hanging.until.wait(HANGING)
        raise BusyError("full")


class Breaking(Mirror):
    """A node whose answers set off errors that nobody thought of."""

    def __getattr__(self, name: str) -> Any:
        nothing: dict[str, object] = {}
        return lambda *_: nothing[name]

    def submit_and_wait(self, tx: str, timeout: float | None = None) -> Accepted:
        raise ZeroDivisionError


@pytest.mark.parametrize("kind", [Hanging, Breaking])
def test_one_front_keeps_nobody_waiting(
    town: Any, toy: ModuleType, kind: type[Mirror], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panel, "GRACE_SECONDS", 1.0)
    monkeypatch.setattr(panel, "ASK_SECONDS", 5.0)
    monkeypatch.setattr(delivery, "CONFIRMING", 1.0)
    Hanging.until.clear()
    town.decide(toy.note("first"))
    town.fronts[0] = kind(None)
    before = time.monotonic()
    with town.ledger() as ledger:
        for _ in range(4):
            assert ledger.receipt(0).index == 0
        assert ledger.checkpoint().checkpoint.size == 1
        assert ledger.find(sha256_b64(toy.note("first"))) == 0
        assert ledger.query("count") == '{"count":1}'
        assert [block.header.height for block in ledger.blocks()] == [1]
        network = ledger.network()
        assert (network.silent, network.deviants) == (["ippyo.node/a"], [])
        assert ledger.submit_and_wait(toy.note("second")).index == 1
        Hanging.until.set()
    assert time.monotonic() - before < 20


@pytest.mark.parametrize("turn", range(4))
def test_a_silent_front_keeps_no_voter_waiting_for_its_word(
    town: Any, toy: ModuleType, monkeypatch: pytest.MonkeyPatch, turn: int
) -> None:
    """Once one node has said where the transaction is, or refused it, others need no time to say so as well."""
    monkeypatch.setattr(delivery, "PATIENCE", 2 * HANGING)
    monkeypatch.setattr(delivery, "CONFIRMING", 0.05)
    Hanging.until.clear()
    town.fronts[turn] = Hanging(None)
    before = time.monotonic()
    with town.ledger() as ledger:
        try:
            assert ledger.submit_and_wait(toy.note("one"), 2 * HANGING).index == 0
            for _ in range(2):
                with pytest.raises(RefusedError, match="malformed"):
                    ledger.submit_and_wait("{}", 2 * HANGING)
            assert time.monotonic() - before < 50
        finally:
            Hanging.until.set()


@pytest.mark.usefixtures("impatient")
def test_a_liar_that_says_it_is_there_stops_no_alarm(
    town: Any, toy: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CONFIRMING", 0.05)
    town.fronts[0] = Inventing(town.fronts[0].ledger)
    watch = Watch(5, len(town.fronts) - 1)
    counting(town, watch, first=1)
    alarms: list[str] = []
    with town.ledger(alarm=alarms.append) as ledger, pytest.raises(NotYetError):
        ledger.submit_and_wait(toy.note("left out"), 500)
    (alarm,) = alarms
    assert "still in no block" in alarm


def test_a_front_speaks_for_its_own_operator_only(town: Any, toy: ModuleType) -> None:
    town.decide(toy.note("one"))
    other = town.fronts[0].ledger

    class Posing(Mirror):
        def report(self, height: int | None = None) -> NodeReport:
            posing: NodeReport = replace(self.ledger.report(height), name="a")
            return posing

        def checkpoint(self, size: int | None = None) -> SignedCheckpoint:
            signed: SignedCheckpoint = other.checkpoint(size)
            return signed

    d = Posing(town.fronts[3].ledger)
    a, b, c = town.fronts[:3]
    for fronts, names in (([a, b, c, d], ""), ([d, a, b, c], "dabc"), ([d, c], "dc")):
        with OperatorsLedger(town.facts, fronts, names=names) as ledger:
            assert ledger.network().deviants == ["ippyo.node/d"]
    for names, problem in (("ab", "either every address"), ("aabc", "'a' has two"), ("abcx", "no operator 'x'")):
        with pytest.raises(InputError, match=problem):
            OperatorsLedger(town.facts, [a, b, c, d], names=names)
    with pytest.raises(InputError, match="there are 5 addresses, and 4 operators"):
        OperatorsLedger(town.facts, [a, b, c, d, a])


def test_one_node_s_word_on_heights_and_evidence(town: Any, toy: ModuleType) -> None:
    town.decide(toy.note("one"))
    proof = Evidence(1, "ab" * 20, 3)

    class Telling(Mirror):
        def report(self, height: int | None = None) -> NodeReport:
            report: NodeReport = self.ledger.report(height)
            return replace(report, evidence=(proof, proof))

    class Boasting(Mirror):
        def report(self, height: int | None = None) -> NodeReport:
            report: NodeReport = self.ledger.report(height)
            return replace(report, height=10**12)

    town.fronts[0], town.fronts[1] = Telling(town.fronts[0].ledger), Boasting(town.fronts[1].ledger)
    with town.ledger() as ledger:
        network = ledger.network()
        assert [one.lag for one in network.operators] == [0, 0, 0, 0]
        assert network.evidence == ()
        assert network.deviants == ["ippyo.node/b"]
        assert "does not show the block" in network.operators[1].deviation
        assert [one.kind for one in network.operators] == [None, Deviation.HIDDEN_BLOCK, None, None]
    town.fronts[2] = Telling(town.fronts[2].ledger)
    with town.ledger() as ledger:
        assert ledger.network().evidence == (proof,)


def test_two_headers_of_one_height_are_no_majority(town: Any, toy: ModuleType) -> None:
    town.decide(toy.note("one"))
    town.decide(toy.note("two"))
    first = town.fronts[0].report(1).header

    class Double(Mirror):
        def report(self, height: int | None = None) -> NodeReport:
            double: NodeReport = replace(self.ledger.report(height), header=first)
            return double

    town.fronts[3] = Double(town.fronts[3].ledger)
    with town.ledger() as ledger:
        assert ledger.network().deviants == ["ippyo.node/d"]
