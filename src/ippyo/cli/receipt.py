"""``ippyo receipt``: what a voter's receipt proves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ippyo.audit.receipts import CheckedReceipt, check_receipt, check_receipt_in_record
from ippyo.canonical import dumps
from ippyo.cli.language import say
from ippyo.errors import InputError

__all__ = ["register"]

_app = typer.Typer(no_args_is_help=True, help=say("投票の受領証。", "Receipts."))


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(_app, name="receipt")


@_app.callback()
def _group() -> None:
    """Keep ``receipt`` a group, though it has one command so far."""


@_app.command(
    help=say(
        "受領証を確かめる（--record か --genesis のどちらかと）。",
        "Check a receipt, against a whole record or against the poll's genesis alone.",
    )
)
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=say("受領証のファイル", "The receipt."))],
    record: Annotated[Path | None, typer.Option(help=say("記録のフォルダー", "Folder of a record."))] = None,
    genesis: Annotated[
        Path | None, typer.Option(help=say("genesis.json のファイル", "The poll's genesis.json."))
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=say("JSON で出力", "Write JSON for machines."))] = False,
) -> None:
    """Check, and say what was proved; it never says how somebody voted, for the receipt does not know it."""
    if record is not None and genesis is None:
        checked = check_receipt_in_record(file, record)
    elif genesis is not None and record is None:
        checked = check_receipt(file, genesis)
    else:
        raise InputError(say("--record か --genesis のどちらか一つが必要です", "give either --record or --genesis"))
    if json:
        typer.echo(dumps(checked.to_value()))
        return
    _show(checked)


def _show(checked: CheckedReceipt) -> None:
    typer.echo(say(f"投票の指紋: {checked.poll}", f"Fingerprint of the poll: {checked.poll}"))
    for tracker in checked.entry.trackers:
        typer.echo(say(f"追跡番号: {tracker}", f"Tracker: {tracker}"))
    typer.echo(
        say(
            f"台帳の {checked.index + 1:,} 番目の記載（{checked.entry.kind}）。"
            f"受領証の時点の台帳の記載の数: {checked.size:,}",
            f"Entry {checked.index + 1:,} ({checked.entry.kind}) of a ledger that then had {checked.size:,}.",
        )
    )
    if checked.in_record:
        typer.echo(say("この記録の中に、そのとおりあります。", "The record holds it, in that place."))
    typer.secho(say("受領証は本物です。", "The receipt is genuine."), fg="green", bold=True)
