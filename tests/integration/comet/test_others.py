"""Who else may be there: an observer, a key that is used twice, and commands that refuse what cannot be."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from ippyo.canonical import sha256_b64
from ippyo.cli.children import lent_ports
from ippyo.cli.local_network import LocalNode, run_command
from ippyo.cli.main import main
from ippyo.crypto import age_file
from ippyo.ledger.comet.home import NodeHome, NodeSettings
from ippyo.ledger.http import LedgerClient

ATTACKED = Path(__file__).with_name("attacked_node.py")


def another_node(stack: ExitStack, poll: Any, home: NodeHome, command: Any = run_command) -> LocalNode:
    """Return one more node of the network, which is killed in the end; ``home`` has its keys."""
    front, p2p, rpc = (f"127.0.0.1:{port}" for port in stack.enter_context(lent_ports(3)))
    settings = NodeSettings(front, p2p, rpc, commit_ms=300, same_machine=True)
    home.write_network(poll.facts.poll, poll.network.operators, poll.small.documents, poll.small.log, settings)
    node = LocalNode(home, home.operator(), settings, command=command)
    stack.callback(node.kill)
    return node


def test_observer_evidence_and_a_front_killed(make_poll: Callable[..., Any], tmp_path: Path) -> None:
    with ExitStack() as stack:
        poll = make_poll(stack, 4)
        # Somebody runs the fourth operator's key a second time, on a machine that votes against everything.
        twin_home = NodeHome(tmp_path / "twin")
        shutil.copytree(poll.nodes[3].home.folder, twin_home.folder)
        stranger, spare = NodeHome(tmp_path / "stranger"), NodeHome(tmp_path / "spare")
        for home in (stranger, spare):
            home.make_keys("watcher", "127.0.0.1:1")
        shutil.copy(spare.comet / "config/node_key.json", twin_home.comet / "config/node_key.json")
        twin = another_node(stack, poll, twin_home, lambda home: [sys.executable, str(ATTACKED), "refuse", str(home)])
        observer = another_node(stack, poll, stranger)
        poll.network.start()
        poll.open(5)
        observer.start()
        twin.start()
        client = LedgerClient([observer.origin], poll.facts.poll, attempts=1)
        end = time.monotonic() + 180
        while not poll.ledger.network().evidence:
            assert time.monotonic() < end, "no evidence"
            poll.send(*poll.notes(1))
        network = poll.ledger.network()
        culprit = NodeHome(poll.nodes[3].home.folder).operator().validator
        assert {one.validator for one in network.evidence} == {_address(culprit)}
        assert not network.good
        (note,) = poll.notes(1)
        twin.kill()
        poll.send(note)
        poll.wait(lambda: client.find(sha256_b64(note)) is not None, "the observer has it, too")
        report = client.report()
        assert report.name == "watcher"
        # The log's line, which every node writes, and no operator's.
        assert client.checkpoint().cosigners(poll.facts) == 0


def _address(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()[:40]


def test_operators_make_keys_and_join_by_commands(
    make_poll: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        poll = make_poll(stack, 1)
        (node,) = poll.nodes
        folder = poll.small.write_documents(tmp_path / "poll")
        (tmp_path / "passphrase").write_text("correct horse battery")
        monkeypatch.setenv("IPPYO_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
        sealed = age_file.encrypt(poll.small.log.to_text().encode(), "correct horse battery")
        (tmp_path / "log-key.age").write_bytes(sealed)
        card, log = str(node.home.folder / "operator.json"), str(tmp_path / "log-key.age")
        home = str(node.home.folder)
        common = ["node", "join", home, "--poll", str(folder), "--log-key", log]
        assert main([*common, "--operator", card, "--front", node.settings.front, "--p2p", node.settings.p2p,
                     "--rpc", node.settings.rpc]) == 0  # fmt: skip
        # Keys are made once; and what does not fit the genesis is refused.
        assert main(["node", "init", home, "--name", "again", "--address", "a:1"]) == 2
        assert main(["node", "init", str(tmp_path / "other"), "--name", "other", "--address", "a:1"]) == 0
        assert main([*common, "--operator", str(tmp_path / "other/operator.json")]) == 2
        assert main([*common, "--operator", card, "--operator", card]) == 2
        assert main([*common, "--operator", card, "--rpc", "0.0.0.0:26657"]) == 2
        assert main([*common[:-1], card, "--operator", card]) == 2
        capsys.readouterr()
        optimised = subprocess.run(
            [sys.executable, "-O", "-m", "ippyo", "node", "run", home], capture_output=True, text=True, check=False
        )
        assert optimised.returncode == 2
        assert "-O" in optimised.stderr
        node.start()
        poll.open(2)
        assert poll.ledger.network().good
