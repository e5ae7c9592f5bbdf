"""``ippyo verify``: check a record from genesis to result, and say of every check how it went."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar

from ippyo.audit.report import CheckReport, ContestCounts, Cosigned, Report, Where, printable
from ippyo.audit.verify import Progress, verify
from ippyo.canonical import dumps
from ippyo.cli.japanese import translate
from ippyo.cli.language import say, spoken
from ippyo.ledger.record_layout import DOCUMENT_FILES
from ippyo.poll.result import cut_decimal
from ippyo.poll.text import Text

__all__ = ["Fingerprint", "Kept", "progress_bar", "register", "show", "show_cosigned"]

_INTERRUPTED = 130
_MARKS = {"pass": ("✓", "green"), "fail": ("✗", "red"), "not-reached": ("–", "yellow")}

Fingerprint = Annotated[
    str | None,
    typer.Option(
        metavar="FINGERPRINT",
        help=say("公示された指紋（43 文字）", "The poll must have this fingerprint, which you know from elsewhere."),
    ),
]
Kept = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE",
        help=say(
            "前に保存した checkpoint か受領証（複数可）",
            "The record must go on from this checkpoint, or receipt, that you kept. May be repeated.",
        ),
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "verify",
        help=say("記録を最初から結果まで検証する。", "Verify a record, from genesis to result."),
    )(_verify)


def _verify(
    record: Annotated[Path, typer.Argument(metavar="RECORD", help=say("記録のフォルダー", "Folder of the record."))],
    json: Annotated[bool, typer.Option("--json", help=say("JSON で出力", "Write JSON for machines."))] = False,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=256, help=say("使うプロセスの数", "Number of processes; all cores unless given.")),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help=say("問題だけを表示", "Show problems only."))] = False,
    unfinished: Annotated[
        bool, typer.Option("--unfinished", help=say("開票前の記録も認める", "Accept a poll that is not counted yet."))
    ] = False,
    poll: Fingerprint = None,
    checkpoint: Kept = None,
) -> None:
    try:
        with progress_bar(shown=not (json or quiet)) as progress:
            report = verify(
                record,
                workers=workers,
                unfinished=unfinished,
                progress=progress,
                poll=poll,
                checkpoints=checkpoint or (),
            )
    except KeyboardInterrupt:
        typer.echo(say("検証を中断しました。", "The verification was interrupted."), err=True)
        raise typer.Exit(_INTERRUPTED) from None
    if json:
        typer.echo(dumps(report.to_value()))
    else:
        _warn_of_another_folder(record)
        show(report, quiet=quiet)
        if report.ok and poll is None and not quiet:
            _ask_for_fingerprint()
    if not report.ok:
        raise typer.Exit(1)


def _warn_of_another_folder(record: Path) -> None:
    """Say it first where a person gave the wrong folder: what follows is true of it, and no help."""
    if not any((record / name).exists() for name in DOCUMENT_FILES):
        folder = printable(str(record))
        words = say(
            f"{folder} は投票の記録のフォルダーではないようです。",
            f"{folder} does not look like the folder of a record.",
        )
        typer.secho(words, fg="yellow")


def _ask_for_fingerprint() -> None:
    words = say(
        "この記録がその投票のものかは、公示された指紋と見比べてください（または --poll 指紋）",
        "Compare the fingerprint above with the published one (or give it with --poll).",
    )
    typer.echo(words)


def show(report: Report, *, quiet: bool = False) -> None:
    """Print a report for a person; with ``quiet`` only what is wrong."""
    if not quiet:
        _show_head(report)
    for check in report.checks:
        if check.status != "pass" or not quiet:
            _show_check(check)
    if quiet:
        return
    if report.results and not report.ok:
        typer.echo()
        words = say(
            "参考（検証に失敗した記録の数字です。結果として使えません）",
            "For reference only: numbers of a record that did NOT verify",
        )
        typer.secho(words, fg="red")
    for result in report.results:
        _show_result(result)
    typer.echo()
    if report.cosigned is not None:
        show_cosigned(report.cosigned)
    _show_verdict(report)


def _show_head(report: Report) -> None:
    if report.title is not None:
        typer.echo(spoken(report.title))
    if report.poll is not None:
        typer.echo(say(f"投票の指紋: {report.poll}", f"Fingerprint of the poll: {report.poll}"))
    typer.echo()


def _show_check(check: CheckReport) -> None:
    mark, color = _MARKS[check.status]
    state = {
        "pass": say(f"{check.examined:,} 件", f"{check.examined:,} examined"),
        "fail": say(f"問題 {check.failures:,} 件", f"{check.failures:,} failed"),
        "not-reached": say("ここまで進めませんでした", "not reached"),
    }[check.status]
    typer.secho(f"{mark} {check.check.number:>2} {spoken(check.check.title)}  ({state})", fg=color)
    for finding in check.findings:
        typer.echo(f"       {_place(finding.where)}{spoken(_said(finding.problem))}")
    hidden = check.failures - len(check.findings)
    if hidden:
        typer.echo(say(f"       ほかに {hidden:,} 件", f"       and {hidden:,} more"))


def _place(where: Where) -> str:
    """Return where something is, as ``FILE:LINE (block 3, transaction 7): ``."""
    place = printable(where.file or "")
    if where.line is not None:
        place += f":{where.line}"
    details = [
        f"{name} {printable(str(value))}"
        for name, value in (
            (say("ブロック", "block"), where.height),
            (say("台帳の記載", "transaction"), where.transaction),
            (say("追跡番号", "tracker"), where.tracker),
            (say("選挙", "contest"), where.contest),
            (say("鍵の管理者", "trustee"), where.trustee),
        )
        if value is not None
    ]
    if details:
        place += f" ({', '.join(details)})" if place else ", ".join(details)
    return f"{place}: " if place else ""


def _show_result(result: ContestCounts) -> None:
    typer.echo()
    title = spoken(result.title)
    typer.echo(say(f"{title}（{result.ballots:,} 票）", f"{title} ({result.ballots:,} ballots)"))
    for name, count in result.counts:
        typer.echo(f"  {count:>10,}  {spoken(name)}")
    if result.mean is not None:
        mean = cut_decimal(result.mean, 2)
        typer.echo(say(f"  平均 {mean}", f"  mean {mean}"))


def show_cosigned(cosigned: Cosigned, *, err: bool = False) -> None:
    """Say how many witnesses vouch for a record, and warn where none had to; ``err`` says it beside the output."""
    by, of, needed = cosigned.by, cosigned.of, cosigned.needed
    typer.echo(
        say(
            f"立会署名: 台帳の立会者 {of} 者のうち {by} 者（必要なのは {needed} 者）",
            f"Cosigned by {by} of {of} witnesses; {needed} needed.",
        ),
        err=err,
    )
    if needed == 0:
        warning = say(
            "注意: この投票は台帳の立会者の署名を求めていません。台帳の運営者が記録を丸ごと差し替えても、"
            "ここでは分かりません。前に保存したチェックポイントか受領証があれば --checkpoint で比べてください。",
            "warning: this poll demands no witnesses. Had the operator of the ledger replaced the whole record by "
            "another, this would not show it; compare with a checkpoint or receipt that you kept (--checkpoint).",
        )
        typer.secho(warning, fg="yellow", err=err)


def _show_verdict(report: Report) -> None:
    checked = say(f"台帳の記載 {report.transactions:,} 件、", f"{report.transactions:,} transactions, ")
    time = say(f"{report.seconds:.1f} 秒", f"{report.seconds:.1f} s")
    if not report.ok:
        numbers = ", ".join(str(check.check.number) for check in report.checks if check.status == "fail") or "–"
        verdict = say(f"検証に失敗しました（項目 {numbers}）。", f"NOT VERIFIED (failed: {numbers}).")
        typer.secho(f"{verdict} {checked}{time}", fg="red", bold=True)
        return
    verdict = say("すべての項目に合格しました。", "VERIFIED: every check passed.")
    if report.phase != "counted":
        verdict = say("ここまでは正しい記録です（開票前）。", "Verified so far; the poll is NOT COUNTED yet.")
    typer.secho(f"{verdict} {checked}{time}", fg="green", bold=True)


def _said(problem: Text) -> Text:
    """Put into Japanese what another room said of a problem, in its one language."""
    return Text(translate(problem.ja), problem.en)


@contextmanager
def progress_bar(*, shown: bool) -> Iterator[Progress | None]:
    """Show a bar on a terminal, and nothing elsewhere."""
    console = Console(stderr=True)
    if not (shown and console.is_terminal):
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with ProgressBar(*columns, console=console, transient=True) as bar:
        task = bar.add_task(say("検証しています", "Verifying"), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
