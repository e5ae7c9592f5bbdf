"""``ippyo node witness`` before four operators: it believes a quorum of them, and no single one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.witness_process import Place

from ippyo.cli.main import main
from ippyo.ledger.checkpoint import Checkpoint, SignedCheckpoint
from ippyo.ledger.http.witness import HttpWitness
from ippyo.ledger.witness import InconsistentCheckpointError, WitnessRequest


@pytest.fixture(scope="module")
def four_nodes(make_poll: Callable[..., Any]) -> Iterator[Any]:
    with ExitStack() as stack:
        poll = make_poll(stack, 4)
        poll.network.start()
        poll.open(5)
        yield poll


@pytest.fixture
def place(four_nodes: Any, tmp_path: Path) -> Place:
    return Place(tmp_path / "witness", four_nodes.small.write_documents(tmp_path / "poll"))


def named(poll: Any) -> list[str]:
    """Return the fronts with their operators' names, in another order than that of genesis."""
    return [f"{node.operator.name}={node.origin}" for node in reversed(poll.nodes)]


def test_it_follows_what_a_quorum_signed(four_nodes: Any, place: Place) -> None:
    poll = four_nodes
    key = place.make_key()
    poll.wait(poll.agree, "all nodes agree")
    size = poll.ledger.checkpoint().checkpoint.size
    with place.running(key, *named(poll)) as witness:
        witness.wait_for(size)
        # One operator alone, who has the log's key as all have, shows a history of its own.
        false = SignedCheckpoint.sign(Checkpoint(poll.facts.origin, size + 1, bytes(32)), poll.small.log)
        poll.nodes[0].stop()
        poll.send(*poll.notes(1))
        signed = witness.wait_for(size + 1)
        assert signed.checkpoint == poll.ledger.checkpoint().checkpoint
        with pytest.raises(InconsistentCheckpointError, match="refuses the checkpoint"):
            HttpWitness(witness.origin).add_checkpoint(WitnessRequest(size + 1, (), false))
        poll.send(*poll.notes(1))
        witness.wait_for(size + 2)
        poll.nodes[0].start()
        assert "the ledger is false" not in witness.errors.read_text()


def test_too_few_addresses(four_nodes: Any, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.make_key()
    addresses = [part for url in named(four_nodes)[:2] for part in ("--follow", url)]
    assert main(["node", "witness", str(place.folder), "--poll", str(place.poll), *addresses]) == 2
    assert "3" in capsys.readouterr().err


def test_names_of_fronts(four_nodes: Any, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    four_nodes.wait(four_nodes.agree, "all nodes agree")
    common = ["node", "status", "--poll", str(place.poll)]
    fronts = named(four_nodes)
    assert main([*common, *fronts]) == 0
    capsys.readouterr()
    assert main([*common, *fronts[:3], f"nobody={four_nodes.nodes[0].origin}"]) == 2
    assert "nobody" in capsys.readouterr().err
    # With the names exchanged, neither signs as the operator that it is taken for.
    first, second, *others = fronts
    exchanged = [
        f"{one.partition('=')[0]}={other.partition('=')[2]}" for one, other in ((first, second), (second, first))
    ]
    assert main([*common, *exchanged, *others]) == 1
    err = capsys.readouterr().err
    assert all(one.partition("=")[0] in err for one in exchanged)
