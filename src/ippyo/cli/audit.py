"""``ippyo audit``: what auditors and officials ask of a ledger before and during the poll."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated

import typer

from ippyo.audit.zero import EmptyBox, confirm_empty_box
from ippyo.canonical import dumps
from ippyo.cli.language import say
from ippyo.cli.plain import plain

__all__ = ["register"]

_JAPAN = timezone(timedelta(hours=9), "JST")

_app = typer.Typer(no_args_is_help=True, help=say("監査する。", "Audit."))


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(_app, name="audit")


@_app.callback()
def _group() -> None:
    """Keep ``audit`` a group, though it has one command so far."""


@_app.command(
    help=say("ゼロ票確認: 開始時に投票箱が空だったことを示す。", "Show that the box was empty when it was opened.")
)
def zero(
    record: Annotated[Path, typer.Argument(metavar="RECORD", help=say("記録のフォルダー", "Folder of the record."))],
    json: Annotated[bool, typer.Option("--json", help=say("JSON で出力", "Write JSON for machines."))] = False,
) -> None:
    """Print the proof, from the ledger alone."""
    proof = confirm_empty_box(record)
    if json:
        typer.echo(dumps(proof.to_value()))
        return
    for line in _lines(proof):
        typer.echo(line)


def _lines(proof: EmptyBox) -> list[str]:
    time = datetime.fromtimestamp(proof.time / 1000, _JAPAN).strftime("%Y-%m-%d %H:%M:%S JST")
    officers = ", ".join(map(str, proof.officers))
    before = ", ".join(f"{kind} {count}" for kind, count in sorted(proof.before.items())) or "0"
    title = plain(say(proof.title.ja, proof.title.en))
    return [
        say("ゼロ票確認", "The box was empty"),
        "",
        say(f"投票　　　　: {title}", f"Poll               : {title}"),
        say(f"指紋　　　　: {proof.poll}", f"Fingerprint        : {proof.poll}"),
        say(
            f"開始　　　　: {time}（ブロック {proof.height}、取引 {proof.position}、選挙管理者 {officers}）",
            f"Opened             : {time} (block {proof.height}, transaction {proof.position}, officers {officers})",
        ),
        say(f"それ以前　　: {before}", f"Before             : {before}"),
        say("投票・確認・返上: 0 件", "Casts, spoils, surrenders: 0"),
        say(
            f"状態の根　　: {proof.proved.state}（ブロック {proof.proved.height}）",
            f"State root         : {proof.proved.state} (block {proof.proved.height})",
        ),
        say("空の箱から計算した状態の根と一致しました。", "It is the state root of an empty box, computed here."),
        "",
        say("投票箱は空でした（0 票）。", "THE BOX WAS EMPTY (0 ballots)."),
    ]
