"""The command: choose what to measure, measure it, print a table or JSON."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ippyo.audit.verify import verify
from ippyo.cli.bench.method import METHOD, machine, measure
from ippyo.cli.bench.peer import belenios_tool, verify_with_peer
from ippyo.cli.bench.subjects import Subject, bench_manifest, workers
from ippyo.cli.demo.narrator import Narrator
from ippyo.cli.language import say
from ippyo.crypto.groups import GROUP_NAMES, Group, group
from ippyo.errors import CheckFailedError, InputError

__all__ = ["register"]

BALLOTS = 8


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="bench", help=say("このマシンの速さを測る。", "Measure this machine."))(bench)


def bench(
    groups: Annotated[str, typer.Option("--groups", help=", ".join(GROUP_NAMES))] = "Ed25519,BELENIOS-2048",
    answers: Annotated[str, typer.Option(help=say("答えの数", "Numbers of answers."))] = "2,10,40",
    seconds: Annotated[
        float, typer.Option(min=0.0, max=600.0, help=say("一つの値にかける秒", "Seconds a figure."))
    ] = 1.0,
    record: Annotated[
        int,
        typer.Option(
            min=0, max=1_000_000, help=say("検証を測る票数（0 で省く）", "Ballots of the verified record; 0: none.")
        ),
    ] = 100,
    json_output: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Measure sealing, checking, tallying, decrypting and verifying."""
    chosen = [group(name.strip()) for name in groups.split(",")]
    numbers = [_answers(text) for text in answers.split(",")]
    rows = []
    for subject_group in chosen:
        for number in numbers:
            row: dict[str, Any] = {"group": subject_group.name, "answers": number}
            row |= _measure_parts(subject_group, number, seconds)
            if record:
                row |= _measure_record(subject_group, number, record)
            rows.append(row)
            if not json_output:
                print(f"  {subject_group.name}, {number} …")
    if json_output:
        print(json.dumps({"machine": machine(), "method": METHOD, "figures": rows}, ensure_ascii=False, indent=1))
    else:
        _print(rows, record)


def _answers(text: str) -> int:
    if not text.strip().isdigit() or not 1 <= int(text) <= 200:
        raise InputError(f"--answers takes numbers from 1 to 200, not {text[:20]!r}")
    return int(text)


def _measure_parts(subject_group: Group, answers: int, seconds: float) -> dict[str, Any]:
    subject = Subject.make(subject_group, answers, BALLOTS)
    ballots = subject.decoded(subject.texts)
    tally = subject.tally(ballots)
    one = {
        "seal": measure(lambda: subject.seal(1), units=1, seconds=seconds),
        "check": measure(lambda: subject.check(subject.texts), units=BALLOTS, seconds=seconds),
        "tally": measure(lambda: subject.tally(ballots), units=BALLOTS, seconds=seconds),
        "decrypt": measure(lambda: subject.decrypt(tally), units=1, seconds=seconds),
    }
    with workers(subject) as pool:
        every = {
            "seal": measure(lambda: pool.seal(2), units=2 * pool.count, seconds=seconds),
            "check": measure(lambda: pool.check(subject.texts), units=BALLOTS * pool.count, seconds=seconds),
        }
    return {
        "ballot_bytes": len(subject.texts[0].encode()),
        "one_core": {name: figure.to_value() for name, figure in one.items()},
        "all_cores": {name: figure.to_value() for name, figure in every.items()},
    }


def _measure_record(subject_group: Group, answers: int, voters: int) -> dict[str, Any]:
    # The demonstration's parts, which touch every room, are needed for this only.
    from ippyo.cli.bench.records import make_record  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="ippyo-bench-") as name:
        folder = Path(name)
        record = make_record(bench_manifest(subject_group.name, answers), voters, folder, Narrator())
        with (record / "transactions" / "00000000.jsonl").open(encoding="utf-8") as lines:
            casts = sum(line.startswith('{"type":"cast"') for line in lines)
        figures = {
            "ballots": casts,
            "one_core": _verify(record, 1) * 1000 / casts,
            "all_cores": _verify(record, os.cpu_count() or 1) * 1000 / casts,
        }
        tool = belenios_tool()
        if tool is not None and subject_group.name != "Ed25519":
            figures["belenios_tool"] = verify_with_peer(tool, record, folder / "peer") * 1000 / casts
    return {"verify": figures}


def _verify(record: Path, workers_wanted: int) -> float:
    start = time.perf_counter()
    report = verify(record, workers=workers_wanted)
    if not report.ok:
        raise CheckFailedError("the record made for the benchmark does not verify")
    return time.perf_counter() - start


def _print(rows: Sequence[Mapping[str, Any]], record: int) -> None:
    # Rich takes 80 columns where there is no terminal, too few for the table.
    console = Console(width=None if Console().is_terminal else 150)
    facts = ", ".join(f"{name} {value}" for name, value in machine().items())
    console.print(facts, highlight=False, soft_wrap=True)
    console.print(METHOD, highlight=False, soft_wrap=True)
    table = Table(title=say("一票あたりミリ秒", "milliseconds a ballot"), title_justify="left")
    for name in ("", *_HEADINGS, *(_VERIFY_HEADINGS if record else ())):
        table.add_column(name, justify="right" if name else "left")
    for row in rows:
        table.add_row(f"{row['group']}, {row['answers']}", *_cells(row))
    console.print(table)
    console.print(
        say(
            "decrypt は鍵の管理者一人が一つの選挙を開く時間。全コアの値は全体の処理量から。",
            "decrypt: one trustee opens one contest. All cores: from the throughput of all of them together.",
        ),
        highlight=False,
        soft_wrap=True,
    )


_HEADINGS = ("kB", "seal", "seal, all", "check", "check, all", "tally", "decrypt")
_VERIFY_HEADINGS = ("verify", "verify, all", "belenios-tool")


def _cells(row: Mapping[str, Any]) -> list[str]:
    one, every = row["one_core"], row["all_cores"]
    cells = [f"{row['ballot_bytes'] / 1000:.1f}"]
    cells += [f"{figures['median_ms']:.2f}" for figures in (one["seal"], every["seal"], one["check"], every["check"])]
    cells += [f"{one[name]['median_ms']:.2f}" for name in ("tally", "decrypt")]
    if "verify" in row:
        verify = row["verify"]
        cells += [f"{verify['one_core']:.2f}", f"{verify['all_cores']:.2f}"]
        cells.append(f"{verify['belenios_tool']:.2f}" if "belenios_tool" in verify else "–")
    return cells
