"""Following a ledger and cosigning what was executed, also over HTTP as witnesses do."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.waiting import until

from ippyo.errors import InputError
from ippyo.ledger.blocks import SignedHeader
from ippyo.ledger.chain import Block
from ippyo.ledger.checkpoint import Checkpoint, LedgerFacts, SignedCheckpoint
from ippyo.ledger.database import Database
from ippyo.ledger.embedded import EmbeddedLedger
from ippyo.ledger.engine import NotYetError
from ippyo.ledger.executing_witness import ExecutingWitness
from ippyo.ledger.follower import Follower, WrongBlockError
from ippyo.ledger.http.cosigning import cosigning
from ippyo.ledger.http.witness import HttpWitness, WitnessApp, WitnessUnreachableError
from ippyo.ledger.notes import KeyKind, NoteSignature, NoteSignatureError, SigningKey
from ippyo.ledger.witness import InconsistentCheckpointError, Witness, WitnessConflictError, WitnessRequest
from ippyo.sites.serving import served

KEY = SigningKey("witness.example/1", KeyKind.COSIGNATURE, b"\x07" * 32)


@pytest.fixture
def facts(toy: ModuleType) -> LedgerFacts:
    found: LedgerFacts = replace(toy.FACTS, witnesses=(KEY.verifier,), quorum=1)
    return found


@pytest.fixture
def ledger(toy: ModuleType, facts: LedgerFacts, database: Database) -> EmbeddedLedger:
    made = EmbeddedLedger(database, facts, toy.LOG_KEY, toy.ToyMachine, clock=lambda: 1000)
    for number in range(5):
        made.append_block([toy.note(f"{number}a"), toy.note(f"{number}b")])
    return made


@pytest.fixture
def follow(toy: ModuleType, facts: LedgerFacts, tmp_path: Path) -> Iterator[Callable[[], Follower]]:
    opened: list[Database] = []

    def begin() -> Follower:
        for database in opened:
            database.close()
        opened[:] = [Database(tmp_path / "followed.db")]
        return Follower(opened[0], facts, toy.ToyMachine, toy.DOCUMENTS)

    yield begin
    for database in opened:
        database.close()


@pytest.fixture
def witness(facts: LedgerFacts, tmp_path: Path) -> Iterator[Witness]:
    with Witness.create(KEY, [facts.log], tmp_path / "memory.json", clock=lambda: 5) as made:
        yield made


def test_what_was_followed_is_the_same_and_kept(ledger: EmbeddedLedger, follow: Callable[[], Follower]) -> None:
    blocks = list(ledger.blocks())
    follower = follow()
    for block in blocks[:3]:
        follower.add(block)
    again = follow()
    assert (again.height, again.size) == (3, 6)
    for block in blocks[3:]:
        again.add(block)
    assert again.root_at(10) == ledger.status().root
    assert again.consistency_proof(3, 10) == ledger.consistency_proof(3, 10)
    with pytest.raises(NotYetError, match="10 transactions have been followed, not 11"):
        again.root_at(11)


def test_another_poll_s_copy(toy: ModuleType, facts: LedgerFacts, follow: Any, tmp_path: Path) -> None:
    follow()
    other = replace(facts, poll="A" * 43)
    follow_database = tmp_path / "other.db"
    with Database(follow_database) as database:
        Follower(database, other, toy.ToyMachine, {})
        with pytest.raises(InputError, match="another poll"):
            Follower(database, facts, toy.ToyMachine, {})


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"state": "A" * 43}, "not what follows"),
        ({"root": bytes(32)}, "not what follows"),
        ({"height": 9}, "not what follows"),
        ({"previous": "A" * 43}, "not what follows"),
        ({"time": 999}, "earlier"),
        ({"unsigned": True}, "not signed"),
        ({"transactions": ()}, "empty"),
        ({"transactions": ("{}",)}, "rules refuse: malformed"),
    ],
)
def test_false_blocks(
    toy: ModuleType, ledger: EmbeddedLedger, follow: Any, change: dict[str, Any], problem: str
) -> None:
    first, second, *_ = ledger.blocks()
    follower = follow()
    follower.add(first)
    transactions = change.pop("transactions", second.transactions)
    unsigned = change.pop("unsigned", False)
    signed = replace(second.header, **change).sign(toy.LOG_KEY)
    if unsigned:
        signed = SignedHeader(signed.header, bytes(64))
    with pytest.raises(WrongBlockError, match=problem):
        follower.add(Block(signed, 2, transactions))
    follower.add(second)
    assert follower.height == 2


class Shown:
    """What is shown of a ledger: blocks up to a height, and a checkpoint that a test chooses."""

    def __init__(self, ledger: EmbeddedLedger) -> None:
        self.ledger = ledger
        self.height = 1000
        self.signed: SignedCheckpoint | None = None
        self.meanwhile: Callable[[], object] = lambda: None

    def blocks(self, start: int = 1) -> Iterator[Block]:
        return (block for block in self.ledger.blocks(start) if block.header.height <= self.height)

    def checkpoint(self) -> SignedCheckpoint:
        signed = self.signed or self.ledger.checkpoint()
        self.meanwhile()
        return signed


@pytest.fixture
def shown(ledger: EmbeddedLedger) -> Shown:
    return Shown(ledger)


Execute = Callable[..., ExecutingWitness]


@pytest.fixture
def execute(shown: Shown, witness: Witness, follow: Callable[[], Follower]) -> Execute:
    """Return a function that makes a witness of what is ``shown``."""
    return lambda **options: ExecutingWitness(witness, follow(), shown, **options)


def asking(signed: SignedCheckpoint) -> WitnessRequest:
    return WitnessRequest(0, (), signed)


def root_of(ledger: EmbeddedLedger, size: int) -> bytes:
    """Return the root of the ledger when it had so many transactions."""
    (root,) = [block.header.root for block in ledger.blocks() if block.header.size == size]
    return root


def at_size(toy: ModuleType, facts: LedgerFacts, size: int, root: bytes) -> SignedCheckpoint:
    return SignedCheckpoint.sign(Checkpoint(facts.origin, size, root), toy.LOG_KEY)


def test_a_witness_that_looks(ledger: EmbeddedLedger, execute: Execute, witness: Witness, facts: LedgerFacts) -> None:
    execute().look()
    cosigned = witness.last(facts.origin)
    assert cosigned is not None
    assert ledger.add_cosignatures(cosigned).verify(facts).size == 10
    ledger.receipt(3).verify(facts)


def test_a_witness_that_is_asked_follows_first(
    toy: ModuleType, ledger: EmbeddedLedger, shown: Shown, execute: Execute, facts: LedgerFacts
) -> None:
    executing = execute()
    shown.height = 3
    with pytest.raises(NotYetError, match="6 transactions have been followed, not 10"):
        executing.add_checkpoint(asking(ledger.checkpoint()))
    shown.height = 1000
    # What the log has not signed sets nothing off.
    stranger = SignedCheckpoint.sign(Checkpoint(facts.origin, 10, bytes(32)), SigningKey.generate(facts.origin))
    with pytest.raises(NoteSignatureError):
        executing.add_checkpoint(asking(stranger))
    with pytest.raises(WrongBlockError, match="size 4"):
        executing.add_checkpoint(asking(at_size(toy, facts, 4, bytes(32))))
    # Whoever has the log's key does not silence a witness by showing it something false.
    (line,) = executing.add_checkpoint(asking(ledger.checkpoint()))
    assert KEY.verifier.made(line)


@pytest.mark.parametrize("size", [4, 10])
def test_a_second_history_ends_all_cosigning(
    toy: ModuleType, ledger: EmbeddedLedger, shown: Shown, execute: Execute, facts: LedgerFacts, size: int
) -> None:
    executing = execute()
    shown.signed = at_size(toy, facts, size, bytes(32))
    with pytest.raises(WrongBlockError, match=f"size {size}"):
        executing.look()
    shown.signed = None
    with pytest.raises(WrongBlockError, match=f"size {size}"):
        executing.add_checkpoint(asking(ledger.checkpoint()))


def test_a_rolled_back_ledger(
    toy: ModuleType, ledger: EmbeddedLedger, shown: Shown, execute: Execute, follow: Any, facts: LedgerFacts
) -> None:
    executing = execute()
    executing.look()
    shown.signed = at_size(toy, facts, 4, root_of(ledger, 4))
    with pytest.raises(InconsistentCheckpointError, match="rolled back"):
        executing.look()
    with pytest.raises(InconsistentCheckpointError, match="rolled back"):
        executing.add_checkpoint(asking(ledger.checkpoint()))


def test_one_node_of_several_may_lag(
    toy: ModuleType, ledger: EmbeddedLedger, shown: Shown, execute: Execute, witness: Witness, facts: LedgerFacts
) -> None:
    executing = execute(may_lag=True)
    executing.look()
    shown.signed = at_size(toy, facts, 4, root_of(ledger, 4))
    executing.look()
    shown.signed = None
    ledger.append_block([toy.note("more")])
    executing.look()
    last = witness.last(facts.origin)
    assert last is not None
    assert last.checkpoint.size == 11


def test_a_newer_checkpoint_cosigned_meanwhile_is_no_rollback(
    toy: ModuleType, ledger: EmbeddedLedger, shown: Shown, execute: Execute
) -> None:
    executing = execute()

    def ask_for_more() -> None:
        shown.meanwhile = lambda: None
        ledger.append_block([toy.note("more")])
        executing.add_checkpoint(asking(ledger.checkpoint()))

    shown.meanwhile = ask_for_more
    executing.look()
    executing.look()


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (NotYetError("the witness sleeps"), "the witness sleeps"),
        (ZeroDivisionError(), "not cosigned: ZeroDivisionError"),
    ],
)
def test_cosigned_while_it_runs(
    toy: ModuleType,
    ledger: EmbeddedLedger,
    witness: Witness,
    facts: LedgerFacts,
    capsys: pytest.CaptureFixture[str],
    problem: Exception,
    words: str,
) -> None:
    refuses = threading.Event()
    asked = []

    class Moody:
        """Refuses until it is told not to."""

        def add_checkpoint(self, request: WitnessRequest) -> Sequence[NoteSignature]:
            if not refuses.is_set():
                asked.append(request)
                raise problem
            return witness.add_checkpoint(request)

    def wait_for(size: int) -> None:
        until(lambda: ledger.checkpoint().cosigners(facts) and ledger.checkpoint().checkpoint.size == size)
        assert ledger.checkpoint().verify(facts).size == size

    with cosigning(ledger, [Moody()], pause=0.01):
        until(lambda: len(asked) > 2)
        assert not ledger.checkpoint().cosigners(facts)
        refuses.set()
        wait_for(10)
        ledger.append_block([toy.note("more")])
        wait_for(11)
    # Said once, however often it was asked.
    assert capsys.readouterr().err == f"ippyo: {words}\n"


def test_over_http(toy: ModuleType, ledger: EmbeddedLedger, witness: Witness, facts: LedgerFacts) -> None:
    app = WitnessApp(witness, lambda: witness.last(facts.origin))
    with served(app, threads=2) as origin:
        ledger.cosign([HttpWitness(origin)])
        ledger.append_block([toy.note("more")])
        assert ledger.cosign([HttpWitness(origin)]).verify(facts).size == 11
    with pytest.raises(WitnessUnreachableError):
        HttpWitness("http://127.0.0.1:1").add_checkpoint(WitnessRequest(0, (), ledger.checkpoint()))
    assert ask(app, "GET", "/checkpoint")[0] == 200


def ask(app: WitnessApp, method: str, path: str, body: bytes = b"", length: str | None = None) -> tuple[int, str, Any]:
    seen: list[Any] = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "CONTENT_LENGTH": str(len(body)) if length is None else length,
        "wsgi.input": io.BytesIO(body),
    }
    text = b"".join(app(environ, lambda status, headers: seen.extend((status, headers))))  # type: ignore[arg-type]
    return int(seen[0].split()[0]), text.decode(), dict(seen[1])


def test_answers_by_number(
    toy: ModuleType, ledger: EmbeddedLedger, witness: Witness, facts: LedgerFacts, shown: Shown, execute: Execute
) -> None:
    app = WitnessApp(witness, lambda: witness.last(facts.origin))
    good = WitnessRequest(0, (), ledger.checkpoint()).to_text().encode()
    assert ask(app, "GET", "/checkpoint")[0] == 404
    assert ask(app, "GET", "/add-checkpoint")[0] == 405
    assert ask(app, "POST", "/elsewhere")[0] == 404
    for body, length in ((b"garbage", None), (b"\xff", None), (good, "x"), (good, "999999")):
        assert ask(app, "POST", "/add-checkpoint", body, length)[0] == 400
    stranger = SigningKey.generate("ippyo.poll/stranger")
    other = SignedCheckpoint.sign(Checkpoint("ippyo.poll/stranger", 1, bytes(32)), stranger)
    assert ask(app, "POST", "/add-checkpoint", WitnessRequest(0, (), other).to_text().encode())[0] == 404
    unsigned = SignedCheckpoint.sign(Checkpoint(facts.origin, 1, bytes(32)), stranger)
    assert ask(app, "POST", "/add-checkpoint", WitnessRequest(0, (), unsigned).to_text().encode())[0] == 403
    shown.height = 0
    behind = WitnessApp(execute(), lambda: None)
    assert ask(behind, "POST", "/add-checkpoint", good)[0] == 503
    assert ask(app, "POST", "/add-checkpoint", good)[0] == 200
    code, size, headers = ask(app, "POST", "/add-checkpoint", good)
    assert (code, size, headers["Content-Type"]) == (409, "10\n", "text/x.tlog.size")
    second = SignedCheckpoint.sign(Checkpoint(facts.origin, 11, bytes(32)), toy.LOG_KEY)
    assert ask(app, "POST", "/add-checkpoint", WitnessRequest(10, (), second).to_text().encode())[0] == 422


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        ("409 Conflict", b"7\n", WitnessConflictError),
        ("409 Conflict", b"seven", InconsistentCheckpointError),
        ("503 Service Unavailable", b"", NotYetError),
        ("422 Unprocessable Entity", b"", InconsistentCheckpointError),
        ("200 OK", b"garbage", WitnessUnreachableError),
        ("200 OK", b"\xff", WitnessUnreachableError),
    ],
)
def test_what_a_witness_may_answer(ledger: EmbeddedLedger, status: str, body: bytes, error: type[Exception]) -> None:
    def answer(environ: Any, start: Any) -> list[bytes]:
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start(status, [("Content-Length", str(len(body)))])
        return [body]

    with served(answer, threads=1) as origin, pytest.raises(error):
        HttpWitness(origin).add_checkpoint(WitnessRequest(0, (), ledger.checkpoint()))
