"""Day 0 of docs/operations.ja.md by its own commands, and the nodes run as the image of deploy/ runs them."""

from __future__ import annotations

import io
import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests import commands

from ippyo.canonical import dumps
from ippyo.cli.children import ippyo_command, lent_ports
from ippyo.cli.local_network import LocalNode
from ippyo.cli.main import main
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet.fronts import operators_at
from ippyo.ledger.comet.home import NodeHome
from ippyo.ledger.documents import read_documents
from ippyo.ledger.http import LedgerClient

WAIT = 180.0
NAMES = ("city", "press", "university", "lawyers")
CONTAINERFILE = Path(__file__).resolve().parents[3] / "deploy" / "Containerfile"


def image_command(home: Path) -> list[str]:
    """Return what the image runs, with the folder where it would see ``home``."""
    text = CONTAINERFILE.read_text(encoding="utf-8")
    entry, command = (json.loads(found) for found in re.findall(r"^(?:ENTRYPOINT|CMD) (.*)$", text, re.MULTILINE))
    assert entry == ["ippyo"]
    return ippyo_command(*command[:-1], home)


@dataclass
class Founded:
    """The poll, its nodes, and the folder in which everything was done."""

    folder: Path
    small: Any
    nodes: list[LocalNode]

    @property
    def fronts(self) -> list[str]:
        return [f"{name}={node.origin}" for name, node in zip(NAMES, self.nodes, strict=True)]

    def wait_for_status(self, code: int, agreeing: int = 0) -> str:
        """Compare the nodes until the exit code is this one and so many are said to agree; return what was said."""
        arguments: list[str | Path] = ["node", "status", "--poll", self.folder / "poll", *reversed(self.fronts)]
        end = time.monotonic() + WAIT
        while True:
            ran = commands.run(*arguments, IPPYO_LANG="ja", PYTHONIOENCODING="utf-8")
            # A node that has just started has nothing to compare yet, which is no fault.
            if ran.returncode == code and ran.stdout.count("一致") >= agreeing:
                return ran.stdout + ran.stderr
            assert time.monotonic() < end, ran.stdout + ran.stderr
            time.sleep(0.5)


def done(*arguments: str | Path) -> None:
    """Run a command that must succeed."""
    assert main([str(one) for one in arguments]) == 0, arguments


@pytest.fixture(scope="module")
def founded(comet: Path, small_polls: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Founded]:
    now, folder = int(time.time()), tmp_path_factory.mktemp("operations")
    small = small_polls.SmallPoll.build(replace(small_polls.manifest(), opens=now - 60, closes=now + 3600))
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.chdir(folder)
        patch.setenv("IPPYO_PASSPHRASE_FILE", str(folder / "passphrase"))
        nodes = day_0(small, folder, stack.enter_context(lent_ports(3 * len(NAMES))))
        for node in nodes:
            stack.callback(node.stop)
            node.begin()
        for node in nodes:
            node.started()
        poll, _ = read_documents(folder / "poll")
        small = replace(small, poll=poll)
        yield Founded(folder, small, nodes)


def day_0(small: Any, folder: Path, free_ports: list[int]) -> list[LocalNode]:
    """Do what the guide says, in the order of the guide."""
    (folder / "passphrase").write_text("correct horse battery\n", encoding="utf-8")
    ports = iter(free_ports)
    homes = [folder / "nodes" / name for name in NAMES]
    cards: list[str | Path] = []
    for name, home in zip(NAMES, homes, strict=True):
        done("node", "init", home, "--name", name, "--address", f"127.0.0.1:{next(ports)}")
        cards += ["--operator", home / "operator.json"]
    log = io.StringIO()
    with redirect_stdout(log):
        done("ledger", "keygen", "log-key.age", "--poll", small.poll.manifest.id)
    genesis = small.poll.genesis
    issuers = {f"issuer-{number}.json": one for number, one in enumerate(genesis.issuers, start=1)}
    (folder / "poll").mkdir()
    for file, text in {
        "poll/manifest.json": small.poll.manifest.to_text(),
        "poll/trustees.json": small.poll.trustees.to_text(),
        "poll/ceremony.json": small.ceremony,
        **{file: dumps(one.to_value()) for file, one in issuers.items()},
    }.items():
        (folder / file).write_text(text + "\n", encoding="utf-8")
    keys = [part for file in issuers for part in ("--issuer", file)]
    keys += [part for key in genesis.officers.keys for part in ("--officer", key.to_text())]
    done("poll", "found", "poll", "--log", log.getvalue().strip(), *keys, *cards)
    return [joined(NodeHome(home), folder, next(ports), next(ports)) for home in homes]


def joined(home: NodeHome, folder: Path, front: int, rpc: int) -> LocalNode:
    """Have a node with keys join the operators of the poll, who are all that genesis names."""
    cards = [part for name in NAMES for part in ("--operator", folder / "nodes" / name / "operator.json")]
    listening = ["--front", f"127.0.0.1:{front}", "--p2p", home.operator().address, "--rpc", f"127.0.0.1:{rpc}"]
    done("node", "join", home.folder, "--poll", "poll", "--log-key", "log-key.age", *cards, *listening)
    # Four organisations have four addresses; here they share one.
    config = home.comet / "config/config.toml"
    config.write_text(config.read_text().replace("allow_duplicate_ip = false", "allow_duplicate_ip = true"))
    return LocalNode(home, home.operator(), home.settings(), command=image_command)


def test_the_rehearsal(founded: Founded) -> None:
    """Everybody agrees; one stops, and the poll goes on; it is named, and comes back by itself."""
    founded.wait_for_status(0)
    small = founded.small
    with operators_at(founded.fronts, LedgerFacts.of(small.poll.genesis)) as ledger:
        for tx in (*small.issued_by_all(5), small.open()):
            ledger.submit_and_wait(tx)
        founded.nodes[1].stop()
        ledger.submit_and_wait(small.voter().cast(bridge=(1, 0), mayor=(0, 1, 0)))
    assert "ippyo.node/press" in founded.wait_for_status(1)
    founded.nodes[1].start()
    founded.wait_for_status(0, agreeing=len(NAMES))


def test_a_damaged_node_is_restored(founded: Founded) -> None:
    small, node = founded.small, founded.nodes[2]
    with operators_at(founded.fronts, LedgerFacts.of(small.poll.genesis)) as ledger:
        ledger.submit_and_wait(small.audit("before the damage"))
    founded.wait_for_status(0)
    node.stop()
    for line in guide_lines("rm ledger", "find comet/data"):
        subprocess.run(["sh", "-c", line], cwd=node.home.folder, check=True, timeout=30)
    kept = sorted(path.name for path in (node.home.comet / "data").iterdir())
    assert kept == ["priv_validator_state.json"]
    assert not list(node.home.folder.glob("ledger.sqlite*"))
    node.start()
    founded.wait_for_status(0, agreeing=len(NAMES))


@pytest.fixture
def ports() -> Iterator[list[int]]:
    with lent_ports(3) as lent:
        yield lent


def test_an_observer(founded: Founded, ports: list[int]) -> None:
    folder, facts = founded.folder, LedgerFacts.of(founded.small.poll.genesis)
    p2p, front, rpc = ports
    done("node", "init", folder / "watcher", "--name", "watcher", "--address", f"127.0.0.1:{p2p}")
    node = joined(NodeHome(folder / "watcher"), folder, front, rpc)
    with operators_at(founded.fronts, facts) as ledger:
        size = ledger.checkpoint().checkpoint.size
    try:
        node.start()
        client = LedgerClient([node.origin], facts.poll)
        end = time.monotonic() + WAIT
        while client.status().size < size:
            assert time.monotonic() < end, node.log()
            time.sleep(0.5)
        assert client.checkpoint().witnesses(facts) == []
    finally:
        node.stop()


def guide_lines(*beginnings: str) -> list[str]:
    """Return the guide's lines that begin so, one for each."""
    text = (CONTAINERFILE.parents[1] / "docs" / "operations.ja.md").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]
    return [next(line for line in lines if line.startswith(beginning)) for beginning in beginnings]
