"""``ippyo node``: an operator's part of a ledger that several keep together (docs/nodes.md, docs/operations.ja.md)."""

from __future__ import annotations

import logging
import os
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ippyo.audit.report import printable
from ippyo.cli import node_witness
from ippyo.cli.language import say, told
from ippyo.cli.log_key import read_log_key
from ippyo.contract.poll import Poll
from ippyo.errors import CheckFailedError, InputError
from ippyo.files import read_limited
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet.binary import find_comet
from ippyo.ledger.comet.fronts import operators_at
from ippyo.ledger.comet.home import NodeHome, NodeSettings, Operator
from ippyo.ledger.comet.node import NodeOptions, run_node
from ippyo.ledger.comet.node_ledger import SLOTS
from ippyo.ledger.comet.report import NetworkReport, OperatorReport
from ippyo.ledger.documents import read_documents
from ippyo.sites.addresses import LOOPBACK_NAMES
from ippyo.sites.serving import served
from ippyo.sites.slow_clients import Crowd

__all__ = ["app"]

CARD_LIMIT = 64 * 1024
DEFAULTS = NodeSettings()

app = typer.Typer(
    no_args_is_help=True,
    help=say("いくつもの運営者が一緒に動かす台帳のノード。", "A node of the ledger that several operators keep."),
)

Home = Annotated[Path, typer.Argument(metavar="HOME", help=say("ノードのフォルダー", "The node's folder."))]
PollFolder = Annotated[
    Path,
    typer.Option(
        "--poll", help=say("投票の文書（4 つの JSON）のあるフォルダー", "Folder with the poll's four documents.")
    ),
]

node_witness.register(app)


@app.command(
    help=say(
        "ノードの鍵をこの機械で作り、ほかの運営者に渡すカード（operator.json）を書く。",
        "Make the node's keys on this machine, and the card (operator.json) to give to the other operators.",
    )
)
def init(
    home: Home,
    name: Annotated[str, typer.Option("--name", help=say("運営者の短い名前（例: city）", "A short name, as city."))],
    address: Annotated[
        str,
        typer.Option("--address", help=say("ほかのノードから届く HOST:PORT", "HOST:PORT where other nodes reach it.")),
    ],
) -> None:
    """Make keys."""
    operator = NodeHome(home).make_keys(name, address)
    typer.echo(operator.to_text())
    typer.echo(
        say(
            f"この一行（{home / 'operator.json'}）だけを、ほかの運営者に渡します。鍵は渡しません。",
            f"Give this line ({home / 'operator.json'}) to the other operators, and none of the keys.",
        ),
        err=True,
    )


@app.command(
    help=say(
        "投票の文書と全員のカードで、このノードを動かせるようにする。",
        "Make this node ready to run, with the poll's documents and everybody's cards.",
    )
)
def join(
    home: Home,
    poll: PollFolder,
    operator: Annotated[
        list[Path],
        typer.Option("--operator", help=say("運営者のカード（人数分）", "An operator's card; one for each.")),
    ],
    log_key: Annotated[
        Path, typer.Option("--log-key", help=say("台帳の署名鍵のファイル", "The file with the log's key."))
    ],
    front: Annotated[
        str, typer.Option(help=say("窓口の HOST:PORT", "HOST:PORT of the node's front."))
    ] = DEFAULTS.front,
    p2p: Annotated[
        str, typer.Option(help=say("ノードどうしの HOST:PORT", "HOST:PORT to listen at for nodes."))
    ] = DEFAULTS.p2p,
    rpc: Annotated[
        str, typer.Option(help=say("CometBFT の RPC（この機械の中だけ）", "CometBFT's RPC, on this machine only."))
    ] = DEFAULTS.rpc,
    same_machine: Annotated[
        bool,
        typer.Option(
            "--same-machine",
            help=say("一台の機械にノードを並べて試す", "For trials: several nodes share the address of one machine."),
        ),
    ] = False,
) -> None:
    """Write the network."""
    the_poll, documents = _poll(poll)
    cards = [Operator.from_text(read_limited(path, CARD_LIMIT, "operator").removesuffix(b"\n")) for path in operator]
    operators = _in_order(the_poll, cards)
    key = read_log_key(log_key)
    if key.verifier.to_text() != the_poll.genesis.ledger.log:
        raise InputError(f"{log_key} is not the log key that genesis names")
    _require_loopback(rpc)
    settings = NodeSettings(front=front, p2p=p2p, rpc=rpc, same_machine=same_machine)
    NodeHome(home).write_network(the_poll.fingerprint, operators, documents, key, settings)
    typer.echo(
        say(
            f"準備ができました。運営者 {len(operators)} 者。動かすには: ippyo node run {home}",
            f"Ready, with {len(operators)} operators. To run it: ippyo node run {home}",
        )
    )


@app.command(
    help=say(
        "ノードを動かす（規則を確かめる側と CometBFT の両方）。止めるには Ctrl-C。",
        "Run the node, the rules and CometBFT, until Ctrl-C.",
    )
)
def run(
    home: Home,
    workers: Annotated[
        int,
        typer.Option(min=0, max=64, help=say("票の証明を確かめるプロセスの数", "Processes that check proofs.")),
    ] = max(1, (os.cpu_count() or 2) - 1),
) -> None:
    """Run it."""
    if not (home / "node.json").exists():
        raise InputError(f"the node in {home} has joined no poll yet; do that first: ippyo node join {home}")
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(message)s")
    # The booth hands in for everybody from one address; no address keeps the threads that are left for readers.
    serve = partial(served, crowd=Crowd(SLOTS))
    run_node(NodeHome(home), NodeOptions(find_comet(), serve, workers), lambda origin: print(origin, flush=True))


@app.command(
    help=say(
        "ノードの窓口をくらべ、ほかと違うノード・止まったノードを名指しする。",
        "Compare the operators' nodes, and name those that deviate or have stopped.",
    )
)
def status(
    front: Annotated[
        list[str],
        typer.Argument(
            metavar="[NAME=]URL...",
            help=say(
                "各ノードの窓口。運営者の名を付けるか、genesis の順に並べる",
                "The nodes' fronts: each with its operator's name, or all in the order of genesis.",
            ),
        ),
    ],
    poll: PollFolder,
    as_json: Annotated[bool, typer.Option("--json", help=say("JSON で出力", "Write JSON for machines."))] = False,
) -> None:
    """Compare. The exit code is 1 when a node deviates, has stopped, is silent or alone, or evidence is there."""
    the_poll, _ = _poll(poll)
    with operators_at(front, LedgerFacts.of(the_poll.genesis)) as ledger:
        network = ledger.network()
    if as_json:
        typer.echo(network.to_text())
    else:
        _show(network)
    if not network.good:
        bad = {*network.deviants, *network.silent, *network.unconnected}
        named = ", ".join(sorted({*bad, *(one.validator for one in network.evidence)}))
        raise CheckFailedError(f"not all nodes are well: {named}")


@app.command(
    help=say(
        "この機械にノードを並べ、1 秒に受け付ける票数と、受領書までの時間を測る。",
        "Run nodes on this machine, and measure ballots a second and the time to a receipt.",
    )
)
def bench(
    nodes: Annotated[int, typer.Option(min=1, max=7, help=say("ノードの数", "How many nodes."))] = 4,
    ballots: Annotated[int, typer.Option(min=20, max=1_000_000, help=say("票数", "How many ballots."))] = 500,
    answers: Annotated[int, typer.Option(min=1, max=200, help=say("答えの数", "Answers of a ballot."))] = 10,
    at_once: Annotated[
        int, typer.Option(min=1, max=200, help=say("同時に投じる人数", "How many vote at the same time."))
    ] = 64,
    stretch: Annotated[
        int,
        typer.Option(
            min=20, help=say("この票数ごとに途中の値を出す", "After so many ballots each, say how it goes so far.")
        ),
    ] = 5000,
    seal_ahead: Annotated[
        bool,
        typer.Option(
            "--seal-ahead/--seal-first",
            help=say("票を、計測と並行して封じる／計測の前に封じる", "Seal ballots during the measurement, or before."),
        ),
    ] = False,
) -> None:
    """Measure."""
    from ippyo.cli.bench.nodes import NodesRun, measure_nodes  # noqa: PLC0415 - it touches every room

    find_comet()
    run = NodesRun(nodes, ballots, answers, at_once, stretch, seal_ahead)
    typer.echo(measure_nodes(run, lambda line: typer.echo(line, err=True)).to_text())


def _show(network: NetworkReport) -> None:
    # A node says of itself what it likes: it must not steer the terminal, and so wipe out what is said of it.
    for one in network.operators:
        typer.echo(printable(f"{one.name:28} {_state(one)}"))
    for evidence in network.evidence:
        validator = printable(evidence.validator)
        typer.echo(
            say(
                f"証拠: 検証者 {validator} が高さ {evidence.height} で二つの違う署名をした",
                f"evidence: validator {validator} signed two different things at height {evidence.height}",
            )
        )
    if not network.goes_on:
        typer.echo(say("ブロックを作れない（3 分の 2 を超えるノードが必要）", "no block can be made"))


def _state(one: OperatorReport) -> str:
    report = one.sighting.report
    if report is None:
        return say("応答なし", "does not answer")
    if not (report.comet_height or report.failure or one.agrees is False):
        # Before its first block a node has shown nothing but that it runs.
        return say(
            f"ほかのノードと、まだひとつもブロックを作っていない（相手 {report.peers}）",
            f"has made no block with the others yet ({report.peers} peers)",
        )
    facts = say(
        f"ブロック {report.height}（遅れ {one.lag}） 記載 {report.size} 版 {report.version} 相手 {report.peers}",
        f"block {report.height} (lag {one.lag}), {report.size} entries, version {report.version}, {report.peers} peers",
    )
    agreement = {
        True: say("一致", "agrees"),
        False: say("ほかと違う", "DEVIATES") + f": {told(one.deviation)}",
        None: say("くらべるものがまだない", "nothing to compare yet"),
    }[one.agrees]
    return f"{facts} — {agreement}" + (f" — {say('停止', 'stopped')}: {told(report.failure)}" if report.failure else "")


def _poll(folder: Path) -> tuple[Poll, dict[str, str]]:
    poll, documents = read_documents(folder)
    if poll.genesis.ledger.engine != "comet":
        raise InputError("this poll's ledger runs another engine than comet; use: ippyo ledger serve")
    return poll, documents


def _in_order(poll: Poll, cards: list[Operator]) -> list[Operator]:
    """Return the cards in the order of genesis, which must name just these operators."""
    by_key = {card.cosigner.to_text(): card for card in cards}
    named = poll.genesis.ledger.operators
    if set(by_key) != set(named) or len(cards) != len(named):
        raise InputError("the operators' cards are not those of the operators that genesis names")
    return [by_key[key] for key in named]


def _require_loopback(rpc: str) -> None:
    # It has no authentication, and tells and takes everything.
    if rpc.rpartition(":")[0] not in LOOPBACK_NAMES:
        raise InputError("CometBFT's RPC has no authentication: it may listen on this machine only")
