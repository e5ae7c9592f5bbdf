"""``ippyo export``: a record in the form of another program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ippyo.audit.belenios.export import export_belenios
from ippyo.audit.opened import OpenedRecord
from ippyo.audit.report import printable
from ippyo.cli.language import say

__all__ = ["register"]

_app = typer.Typer(no_args_is_help=True, help=say("別の形式で書き出す。", "Write a record in another form."))


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(_app, name="export")


@_app.callback()
def _group() -> None:
    """Keep ``export`` a group, though it has one command so far."""


@_app.command(
    help=say("選挙ごとに Belenios の書庫（.bel）を書く。", "Write one Belenios archive (.bel) for each contest.")
)
def belenios(
    record: Annotated[Path, typer.Argument(metavar="RECORD", help=say("記録のフォルダー", "Folder of the record."))],
    target: Annotated[Path, typer.Argument(metavar="DIR", help=say("新しいフォルダー", "New folder to write into."))],
) -> None:
    """Export, and say how to have the archives checked."""
    opened = OpenedRecord.open(record)
    exported = export_belenios(opened.poll, opened.texts, opened.last_time() // 1000, target)
    for contest in exported:
        left_out = say(f"、除いた票 {contest.left_out}", f", {contest.left_out} left out") if contest.left_out else ""
        file = printable(str(target / contest.file))
        typer.echo(
            say(
                f"{file} を書きました（{contest.ballots} 票{left_out}）。",
                f"Wrote {file} ({contest.ballots} ballots{left_out}).",
            )
        )
    folder = printable(str(target / exported[0].contest))
    typer.echo(say("検証: ", "To check: ") + f"belenios-tool election verify --dir {folder}")
