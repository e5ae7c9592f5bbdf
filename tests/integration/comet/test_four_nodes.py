"""Four operators with the real CometBFT: nodes die, are wiped, lie and cheat; the poll goes on, and they are named."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from ippyo.audit.verify import verify
from ippyo.canonical import dumps, loads, sha256_b64
from ippyo.cli.local_network import run_command
from ippyo.cli.main import main
from ippyo.errors import RefusedError
from ippyo.ledger.checkpoint import NotEnoughWitnessesError, SignedCheckpoint
from ippyo.ledger.comet.export import export_from_operators
from ippyo.ledger.engine import NotYetError
from ippyo.ledger.receipt import Receipt

ATTACKED = Path(__file__).with_name("attacked_node.py")
WAIT = 180.0


@pytest.fixture(scope="module")
def shared(make_poll: Callable[..., Any]) -> Iterator[Any]:
    with ExitStack() as stack:
        poll = make_poll(stack, 4)
        poll.network.start()
        poll.open()
        yield poll


@pytest.fixture
def town(shared: Any) -> Any:
    """Four nodes that run and agree, whatever the test before has done to them."""
    for node in shared.nodes:
        if node.process is None or node.process.poll() is not None:
            node.kill()
            node.start()
    shared.wait(shared.agree, "all nodes agree")
    return shared


def attacked(node: Any, mode: str) -> None:
    """Let ``node`` run with changed software from now on."""
    node.stop()
    node.command = lambda home: [sys.executable, str(ATTACKED), mode, str(home)]
    node.start()


def healed(node: Any) -> None:
    """Let ``node`` run with the true software again."""
    node.stop()
    node.command = run_command
    node.start()


def comet_processes(folder: Path) -> list[str]:
    """Return the processes that run in ``folder``."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve() == folder.resolve():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def test_a_vote_its_receipt_and_what_too_few_signed(town: Any) -> None:
    accepted = town.ledger.submit_and_wait(town.small.voter().cast(bridge=(1, 0), mayor=(0, 1, 0)))
    town.wait(lambda: town.ledger.checkpoint().checkpoint.size > accepted.index, "a checkpoint")
    receipt = Receipt.from_text(town.ledger.receipt(accepted.index).to_text())
    assert receipt.verify(town.facts).kind == "cast"
    log, *operators = receipt.checkpoint.of_known_keys(town.facts).note.signatures
    assert len(operators) >= 3
    for few in range(3):
        signed = SignedCheckpoint.from_parts(receipt.checkpoint.checkpoint, [log, *operators[:few]])
        with pytest.raises(NotEnoughWitnessesError):
            Receipt(receipt.poll, receipt.entry, receipt.index, receipt.proof, signed).verify(town.facts)


def test_refusals_have_the_names_of_every_engine(town: Any) -> None:
    voter = town.small.voter()
    cast = loads(voter.cast(bridge=(1, 0)), what="cast", limit=1 << 20)
    with pytest.raises(RefusedError) as refusal:
        town.ledger.submit_and_wait(dumps(cast | {"number": 3}))
    assert refusal.value.code == "bad-proof"


def test_one_node_killed_under_load(town: Any) -> None:
    victim = town.nodes[1]
    notes = town.notes(150)
    pending = [town.ledger.submit(note) for note in notes[:75]]
    victim.kill()
    pending += [town.ledger.submit(note) for note in notes[75:]]
    indices = [one.result(WAIT).index for one in pending]
    assert len(set(indices)) == 150
    town.wait(lambda: comet_processes(victim.home.folder) == [], "its CometBFT has died with it")
    network = town.ledger.network()
    assert network.silent == ["ippyo.node/operator-2"]
    assert network.goes_on
    victim.start()
    town.wait(town.agree, "the node catches up")
    assert all(town.ledger.find(sha256_b64(note)) is not None for note in notes)


def test_two_nodes_killed(town: Any) -> None:
    first, second = town.nodes[:2]
    first.kill()
    second.kill()
    (note,) = town.notes(1)
    pending = town.ledger.submit(note)
    with pytest.raises(NotYetError):
        pending.result(4)
    assert not town.ledger.network().goes_on
    with pytest.raises(NotYetError):
        town.ledger.checkpoint()
    first.start()
    back = time.monotonic()
    pending.result(WAIT)
    assert time.monotonic() - back < 20


def test_killed_between_finalizing_and_committing(town: Any) -> None:
    node = town.nodes[2]
    attacked(node, "die")
    try:
        town.wait(town.agree, "all nodes agree")
        (node.home.folder / "die").touch()
        town.send(*town.notes(3))
        town.wait(lambda: node.process.poll() is not None, "the node dies")
        town.send(*town.notes(3))
        node.kill()
    finally:
        healed(node)
    town.wait(town.agree, "the block is replayed to the same end")


def test_everybody_killed_at_once(town: Any) -> None:
    notes = town.notes(20)
    town.send(*notes)
    pending = [town.ledger.submit(note) for note in town.notes(20)]
    for node in town.nodes:
        node.process.kill()
    for node in town.nodes:
        node.kill()
    town.network.start()
    town.wait(town.agree, "the nodes find to each other again")
    assert all(town.ledger.find(sha256_b64(note)) is not None for note in notes)
    for one in pending:
        # Mempools have forgotten them, but whoever handed them in has not.
        one.result(WAIT)


def wipe(node: Any) -> None:
    """Delete what the node has, but for its keys and what it has signed."""
    home = node.home.folder
    for path in home.glob("ledger.sqlite*"):
        path.unlink()
    for path in (home / "comet/data").iterdir():
        if path.name != "priv_validator_state.json":
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def test_a_wiped_node_catches_up(town: Any) -> None:
    node = town.nodes[3]
    node.stop()
    wipe(node)
    node.start()
    town.wait(town.agree, "the node has fetched everything")


def test_a_full_disk_on_one_node(town: Any) -> None:
    node = town.nodes[0]
    node.stop()
    with pytest.MonkeyPatch.context() as patch:
        # What coverage.py writes would be cut off as well, and be no file that can be read.
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        node.start()
    town.wait(town.agree, "all nodes agree")
    # No file may grow any more; the log, which the limit is for as well, has room for the reason.
    os.truncate(node.home.folder / "node.log", 0)
    resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE, (4096, 4096))
    town.send(*town.notes(10))
    town.wait(lambda: node.process.poll() is not None, "the node stops")
    assert "check the disk" in (node.home.folder / "node.log").read_text(encoding="utf-8")
    town.send(*town.notes(3))
    node.kill()
    node.start()
    town.wait(town.agree, "with room again, the node catches up")


FALSIFICATIONS = {
    "a coin moved": "UPDATE state SET value = CAST(CAST(value AS TEXT) + 1 AS BLOB) "
    "WHERE key = CAST('coins/all' AS BLOB)",
    "a ballot removed": "DELETE FROM state WHERE key IN "
    "(SELECT key FROM state WHERE key >= CAST('contest/' AS BLOB) AND key < CAST('contest0' AS BLOB))",
}


@pytest.mark.parametrize("what", FALSIFICATIONS)
def test_a_falsified_node_stops_alone_and_is_named(
    town: Any, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town.send(town.small.voter().cast(bridge=(1, 0), mayor=(0, 1, 0)))
    node = town.nodes[3]
    town.wait(town.agree, "all nodes agree")
    node.stop()
    with closing(sqlite3.connect(node.home.database)) as connection, connection:
        assert connection.execute(FALSIFICATIONS[what]).rowcount > 0
    node.start()
    town.send(*town.notes(2))
    town.wait(lambda: bool(node_report(town, 3).failure), "the node notices")
    town.send(*town.notes(2))
    network = town.ledger.network()
    assert network.deviants == ["ippyo.node/operator-4"]
    assert network.goes_on
    assert not network.good
    assert not any("cometbft" in command for command in comet_processes(node.home.folder))
    folder = town.small.write_documents(tmp_path / "poll")
    capsys.readouterr()
    assert main(["node", "status", "--poll", str(folder), *(one.origin for one in town.nodes)]) == 1
    shown = capsys.readouterr()
    assert "operator-4" in shown.err
    assert "operator-1" not in shown.err
    node.stop()
    wipe(node)
    node.start()


def node_report(town: Any, number: int) -> Any:
    return town.network.fronts(town.facts)[number].report()


def test_all_is_well(town: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = town.small.write_documents(tmp_path / "poll")
    capsys.readouterr()
    assert main(["node", "status", "--json", "--poll", str(folder), *(one.origin for one in town.nodes)]) == 0
    report = loads(capsys.readouterr().out.strip(), what="report", limit=1 << 20)
    assert report["good"]
    assert report["deviants"] == report["silent"] == report["evidence"] == []


def test_a_stuffing_proposer_is_refused(town: Any) -> None:
    node = town.nodes[2]
    forged = loads(town.small.voter().cast(bridge=(1, 0)), what="cast", limit=1 << 20)
    # A ticket whose signatures are those of other issuers.
    forged["ticket"]["signatures"].reverse()
    forged_text = dumps(forged)
    (node.home.folder / "stuff.txt").write_text(forged_text + "\n")
    honest = [other.home.folder / "node.log" for other in town.nodes if other is not node]

    def refusals() -> int:
        return sum(log.read_text(encoding="utf-8").count("was refused") for log in honest)

    before = refusals()
    attacked(node, "stuff")
    try:
        notes = town.notes(12)
        for note in notes:
            town.send(note)

        def refused() -> bool:
            # The node may have been away when it was its turn: every note brings the next one's.
            town.send(*town.notes(1))
            return refusals() > before

        town.wait(refused, "its proposal is refused")
        assert town.ledger.find(sha256_b64(forged_text)) is None
    finally:
        healed(node)
        (node.home.folder / "stuff.txt").unlink()


def test_an_omitting_proposer_only_delays(town: Any) -> None:
    node = town.nodes[1]
    cast = town.small.voter().cast(bridge=(0, 1))
    (node.home.folder / "omit.txt").write_text(cast + "\n")
    attacked(node, "omit")
    try:
        assert town.ledger.submit_and_wait(cast, WAIT).entry.kind == "cast"
    finally:
        healed(node)


def test_the_record_verifies_as_any_other(town: Any, tmp_path: Path) -> None:
    size = export_from_operators(town.ledger, town.small.documents, tmp_path / "record")
    assert size > 0
    assert verify(tmp_path / "record", unfinished=True, workers=1).ok
