"""What surrounds CometBFT: its folder, its program, its supervision, and the checks in worker processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ippyo.canonical import dumps
from ippyo.contract.stateless import check_transactions
from ippyo.errors import InputError, ParseError
from ippyo.ledger.comet import binary, supervisor
from ippyo.ledger.comet.home import NodeHome, NodeSettings, Operator, quorum_of
from ippyo.ledger.comet.prechecks import Prechecks
from ippyo.ledger.comet.supervisor import Supervisor
from ippyo.ledger.comet.tether import tethered
from ippyo.ledger.notes import SigningKey
from ippyo.ledger.record_layout import DOCUMENT_FILES


class TestHome:
    def test_keys_are_made_once_and_kept_from_others(self, tmp_path: Path) -> None:
        home = NodeHome(tmp_path / "node")
        operator = home.make_keys("city", "node.example:26656")
        assert home.operator() == operator
        assert Operator.from_text(operator.to_text()) == operator
        assert home.operator_key().verifier == operator.cosigner
        key = home.comet / "config/priv_validator_key.json"
        assert key.stat().st_mode & 0o077 == 0
        with pytest.raises(InputError):
            home.make_keys("again", "node.example:26656")
        assert home.operator() == operator
        key.write_text("{}")
        with pytest.raises(InputError, match="not one that CometBFT wrote"):
            home.operator_key()

    @pytest.mark.parametrize("name", ["with space", "a+b", "", "x" * 61])
    def test_names_that_no_key_can_have(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(ParseError):
            NodeHome(tmp_path / "node").make_keys(name, "a:1")

    def test_a_network(self, tmp_path: Path, toy: ModuleType) -> None:
        homes = [NodeHome(tmp_path / name) for name in "abcd"]
        operators = [home.make_keys(home.folder.name, f"{home.folder.name}.example:26656") for home in homes]
        log = SigningKey.generate("ippyo.poll/toy")
        settings = NodeSettings(front="127.0.0.1:1", p2p="0.0.0.0:2", rpc="127.0.0.1:3", same_machine=True)
        documents = dict.fromkeys(DOCUMENT_FILES, "{}")
        for home in homes:
            home.write_network(toy.POLL, operators, documents, log, settings)
        geneses = {(home.comet / "config/genesis.json").read_bytes() for home in homes}
        (genesis,) = map(json.loads, geneses)
        assert [one["power"] for one in genesis["validators"]] == ["1"] * 4
        assert genesis["consensus_params"]["block"]["max_bytes"] == str(2 << 20)
        config = tomllib.loads((homes[0].comet / "config/config.toml").read_text())
        peers = config["p2p"]["persistent_peers"].split(",")
        assert len(peers) == 3
        assert not any(peer.startswith(operators[0].node_id) for peer in peers)
        assert config["rpc"]["laddr"] == "tcp://127.0.0.1:3"
        assert not config["p2p"]["pex"]
        assert not config["consensus"]["create_empty_blocks"]
        assert homes[0].settings() == settings
        assert homes[0].log_key() == log
        with pytest.raises(InputError, match="1 to 32 operators"):
            homes[0].write_network(toy.POLL, [operators[0]] * 2, documents, log)

    @pytest.mark.parametrize(("operators", "needed"), [(1, 1), (3, 3), (4, 3), (6, 5), (7, 5), (10, 7)])
    def test_more_than_two_thirds(self, operators: int, needed: int) -> None:
        assert quorum_of(operators) == needed
        assert 3 * needed > 2 * operators >= 3 * (needed - 1)


class TestBinary:
    @pytest.mark.parametrize(
        ("version", "problem"),
        [("v0.38.22", "is 0.38.22"), ("v0.39.1", "is 0.39.1"), ("v1.0.1", "is 1.0.1"), ("", "unknown version")],
    )
    def test_other_versions(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, problem: str) -> None:
        program = tmp_path / "cometbft"
        program.write_bytes(b"\0mod\tgithub.com/cometbft/cometbft\t%s\th1:x\n" % version.encode())
        monkeypatch.setenv(binary.VARIABLE, str(program))
        with pytest.raises(InputError, match=problem):
            binary.find_comet()

    def test_found(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        program = tmp_path / "cometbft"
        program.write_bytes(b"\0mod\tgithub.com/cometbft/cometbft\tv0.38.24\th1:x\n")
        monkeypatch.setenv(binary.VARIABLE, str(program))
        assert binary.find_comet() == program
        monkeypatch.setenv(binary.VARIABLE, str(tmp_path / "missing"))
        with pytest.raises(InputError, match="not on this machine"):
            binary.find_comet()


def wait_gone(pid: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return
        # It may go while its file is open.
        except (FileNotFoundError, ProcessLookupError):
            return
        time.sleep(0.02)
    raise AssertionError(f"{pid} is still there")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent has died")
def test_a_child_dies_with_its_parent() -> None:
    script = (
        "import subprocess, sys, time\n"
        "from ippyo.ledger.comet.tether import tethered\n"
        "child = subprocess.Popen(tethered([sys.executable, '-c', 'import time; time.sleep(600)']))\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        time.sleep(0.5)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        wait_gone(child)


def test_a_child_of_a_dead_parent_does_not_begin(tmp_path: Path) -> None:
    command = tethered([sys.executable, "-c", f"open({str(tmp_path / 'ran')!r}, 'w')"])
    if str(os.getpid()) in command:
        command[command.index(str(os.getpid()))] = "1"
        subprocess.run(command, check=False)
        assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("address", "node_id"),
    [
        ('h:1"\nmax_num_inbound_peers = 0\nx = "', "ab" * 20),
        ("h:1,evil:2", "ab" * 20),
        ("h", "ab" * 20),
        ("h:1\n", "ab" * 20),
        ("[::1:1", "ab" * 20),
        ("h:1", "AB" * 20),
        ("h:1", "ab" * 19 + '",'),
        ("h:1", ""),
    ],
)
def test_an_operator_s_card_writes_into_no_configuration(address: str, node_id: str) -> None:
    with pytest.raises(ParseError, match="has a"):
        Operator.from_text(Operator("d", SigningKey.generate("d").verifier.public, node_id, address).to_text())


@pytest.mark.parametrize("address", ["node.example.jp:26656", "192.0.2.1:1", "[2001:db8::1]:26656"])
def test_addresses_of_operators(address: str) -> None:
    operator = Operator("d", SigningKey.generate("d").verifier.public, "ab" * 20, address)
    assert Operator.from_text(operator.to_text()) == operator


class TestSupervisor:
    @pytest.fixture(autouse=True)
    def _quick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(supervisor, "RESTART_SECONDS", 0.01)
        monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 0.02)

    def supervised(self, folder: Path, script: str, until: str = "") -> Supervisor:
        """Run ``script`` under supervision until it fails for good, or the file ``until`` is there."""
        one = Supervisor([sys.executable, "-u", "-c", script], folder)

        async def run() -> None:
            task = asyncio.create_task(one.run())
            while not task.done() and not (until and (folder / until).exists()):
                await asyncio.sleep(0.02)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        asyncio.run(asyncio.wait_for(run(), 120))
        return one

    def logged(self, message: str, error: str) -> str:
        """Return a line as CometBFT's JSON logger writes it."""
        return json.dumps({"_msg": message, "err": error, "height": 7, "level": "error", "module": "consensus"})

    def test_it_is_started_again_whatever_its_exit_code(self, tmp_path: Path) -> None:
        script = (
            "import pathlib, time\nstarts = pathlib.Path('starts')\n"
            "n = len(starts.read_text()) if starts.exists() else 0\n"
            "starts.write_text('x' * (n + 1))\nprint('start', n, flush=True)\n"
            "while n == 2 and b'start 2' not in pathlib.Path('comet.log').read_bytes(): time.sleep(0.02)\n"
            "if n == 2: pathlib.Path('enough').touch()\n"
        )
        assert self.supervised(tmp_path, script, "enough").failure == ""
        assert b"start 0\nstart 1\nstart 2" in (tmp_path / "comet.log").read_bytes()

    def test_a_state_of_one_s_own_stops_it_for_good(self, tmp_path: Path) -> None:
        words = self.logged("CONSENSUS FAILURE!!!", "+2/3 committed an invalid block: wrong Block.Header.AppHash")
        one = self.supervised(tmp_path, f"import time\nprint({words!r})\ntime.sleep(60)")
        assert "does not follow from this node's state" in one.failure

    def test_words_that_a_proposer_chose_stop_nothing(self, tmp_path: Path) -> None:
        # A header's chain id is up to its proposer, and quoted in the log of whoever refuses it.
        chosen = "CONSENSUS FAILURE!!! +2/3 committed an invalid block: "
        invalid = "prevote step: consensus deems this block invalid; prevoting nil"
        plain = f'E[2026-11-22|01:50:00.000] {invalid} err="wrong Block.Header.ChainID. got {chosen}"'
        lines = [
            plain,
            self.logged(invalid, f"wrong Block.Header.ChainID. Expected ippyo-0123, got {chosen}"),
            self.logged(invalid, f'got ","_msg":"CONSENSUS FAILURE!!!","err":"{chosen}"'),
            self.logged(chosen, chosen),
            self.logged(invalid, "+2/3 committed an invalid block: "),
            "\t" + self.logged("CONSENSUS FAILURE!!!", "+2/3 committed an invalid block: "),
            '{"_msg":"CONSENSUS FAILURE!!!","err":"+2/3 committed an invalid block: ',
            "[" * 100_000,
        ]
        script = f"import pathlib, time\nfor line in {lines!r}: print(line)\npathlib.Path('lived').touch()\n"
        assert self.supervised(tmp_path, script, "lived").failure == ""

    def test_the_words_within_another_failure_are_a_new_start(self, tmp_path: Path) -> None:
        words = self.logged("CONSENSUS FAILURE!!!", "got +2/3 committed an invalid block: ")
        script = (
            "import pathlib, time\nif pathlib.Path('once').exists(): pathlib.Path('twice').touch()\n"
            f"pathlib.Path('once').touch()\nprint({words!r})\ntime.sleep(60)\n"
        )
        assert self.supervised(tmp_path, script, "twice").failure == ""

    def test_another_failure_of_consensus_is_a_new_start(self, tmp_path: Path) -> None:
        words = self.logged("CONSENSUS FAILURE!!!", "no space left")
        script = (
            "import pathlib, time\nif pathlib.Path('once').exists(): pathlib.Path('twice').touch()\n"
            f"pathlib.Path('once').touch()\nprint({words!r})\ntime.sleep(60)\n"
        )
        assert self.supervised(tmp_path, script, "twice").failure == ""

    def test_who_is_told_twice_to_stop_leaves_no_process_behind(self, tmp_path: Path) -> None:
        script = (
            "import os, pathlib, signal, sys, time\n"
            "def slowly(*_): pathlib.Path('told').touch(); time.sleep(0.3); print('x' * 9_000_000); sys.exit()\n"
            "signal.signal(signal.SIGTERM, slowly)\n"
            "pathlib.Path('pid.part').write_text(str(os.getpid())); os.rename('pid.part', 'pid')\n"
            "time.sleep(60)\n"
        )
        one = Supervisor([sys.executable, "-u", "-c", script], tmp_path)

        async def there(name: str) -> None:
            while not (tmp_path / name).exists():
                await asyncio.sleep(0.02)

        async def run() -> None:
            task = asyncio.create_task(one.run())
            await there("pid")
            task.cancel()
            await there("told")
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        asyncio.run(asyncio.wait_for(run(), 120))
        wait_gone(int((tmp_path / "pid").read_text()))

    def test_the_log_does_not_grow_for_ever(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(supervisor, "LOG_BYTES", 1000)
        script = "for n in range(100): print('line', n, 'x' * 50)"
        self.supervised(tmp_path, script, "comet.log.1")
        assert (tmp_path / "comet.log").stat().st_size < 3000


class TestPrechecks:
    def test_each_text_is_checked_once(self, small_poll: Any) -> None:
        texts = [*small_poll.issued_by_all(3), small_poll.open(), "garbage"]
        checked: list[str] = []
        prechecks = Prechecks(small_poll.poll)

        def check(some: Sequence[str]) -> Any:
            checked.extend(some)
            return check_transactions(small_poll.poll, some)

        prechecks._check = check
        asyncio.run(prechecks.prepare(texts))
        assert prechecks.results(texts) == check_transactions(small_poll.poll, texts)
        assert checked == texts

    def test_what_is_refused_drives_out_nothing_good(self, small_poll: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ippyo.ledger.comet.prechecks.REFUSED_BYTES", 10_000)
        monkeypatch.setattr("ippyo.ledger.comet.prechecks.CACHE_BYTES", 20_000)
        prechecks = Prechecks(small_poll.poll)
        good, act = small_poll.voter().cast(bridge=(1, 0)), json.loads(small_poll.audit())
        asyncio.run(prechecks.prepare([good]))
        refused = [dumps(act | {"subject": f"{number:08}"}) for number in range(50)]
        asyncio.run(prechecks.prepare(refused))
        assert {checked.verdict.accepted for checked in prechecks.results(refused[-2:])} == {False}
        assert prechecks.knows(good)
        assert prechecks.knows(refused[-1])
        assert not prechecks.knows(refused[0])

    def test_what_is_in_a_block_is_forgotten(self, small_poll: Any) -> None:
        prechecks = Prechecks(small_poll.poll)
        good, refused = small_poll.audit(), dumps(json.loads(small_poll.audit()) | {"subject": "another"})
        asyncio.run(prechecks.prepare([good, refused]))
        assert prechecks.knows(good)
        prechecks.forget([good, "never seen"])
        assert not prechecks.knows(good)
        assert prechecks.knows(refused)
        prechecks.forget([refused])
        assert not prechecks.knows(refused)

    def test_room_that_was_given_back_is_used_again(self, small_poll: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ippyo.ledger.comet.prechecks.CACHE_BYTES", 5_000)
        prechecks = Prechecks(small_poll.poll)
        waiting = small_poll.audit("waiting")
        asyncio.run(prechecks.prepare([waiting]))
        for number in range(50):
            text = small_poll.audit(f"note {number}")
            asyncio.run(prechecks.prepare([text]))
            prechecks.forget([text])
        assert prechecks.knows(waiting)

    def test_urgent_texts_go_first(self, small_poll: Any) -> None:
        order: list[str] = []
        texts = [small_poll.audit(f"note {number}") for number in range(130)]
        with ThreadPoolExecutor(1) as pool:
            prechecks = Prechecks(small_poll.poll, pool)

            def check(some: Sequence[str]) -> Any:
                time.sleep(0.02)
                order.extend(some)
                return check_transactions(small_poll.poll, some)

            prechecks._check = check

            async def run() -> None:
                flood = asyncio.create_task(prechecks.prepare(texts[:120]))
                await asyncio.sleep(0.005)
                # New ones, and one that waits far behind.
                await prechecks.prepare([*texts[120:], texts[119]], urgent=True)
                assert len(order) < 120
                await flood

            asyncio.run(run())
        assert sorted(order) == sorted(texts)
        assert order.index(texts[119]) < 60

    def test_workers_that_die_are_told(self, small_poll: Any) -> None:
        with ThreadPoolExecutor(1) as pool:
            prechecks = Prechecks(small_poll.poll, pool)

            def check(_: Sequence[str]) -> Any:
                raise MemoryError

            prechecks._check = check
            with pytest.raises(MemoryError):
                asyncio.run(prechecks.prepare([small_poll.open()]))
