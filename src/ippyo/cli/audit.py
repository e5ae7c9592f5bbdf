"""``ippyo audit``: what auditors and officials ask of a ledger before and during the poll."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated

import typer

from ippyo.audit.zero import EmptyBox, confirm_empty_box
from ippyo.canonical import dumps
from ippyo.cli.language import say, spoken

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
    help=say("ゼロ票確認: 開箱のときに投票箱が空だったことを示す。", "Show that the box was empty when it was opened.")
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


_KINDS = {"issued": ("投票券の発行数", "issued totals"), "audit": ("監査の記載", "audit notes")}
"""What can stand before the opening, in the reader's words."""


def _lines(proof: EmptyBox) -> list[str]:
    time = datetime.fromtimestamp(proof.time / 1000, _JAPAN).strftime("%Y-%m-%d %H:%M:%S JST")
    officers = ", ".join(map(str, proof.officers))
    before = [(say(*_KINDS.get(kind, (kind, kind))), count) for kind, count in sorted(proof.before.items())]
    seen_ja = "、".join(f"{kind} {count:,} 件" for kind, count in before) or "0 件"
    seen_en = ", ".join(f"{kind} {count:,}" for kind, count in before) or "0"
    title = spoken(proof.title)
    rows = [
        ("題名", "Poll", title, title),
        ("投票の指紋", "Fingerprint", proof.poll, proof.poll),
        ("開箱", "Opened", time, time),
        (
            "開箱の記載",
            "Opening",
            f"台帳の記載 {proof.position}（ブロック {proof.height}、選挙管理の担当者 {officers} の署名）",
            f"transaction {proof.position} (block {proof.height}, signed by officers {officers})",
        ),
        ("それ以前", "Before it", seen_ja, seen_en),
        ("投票", "Casts", "0 件", "0"),
        ("確認", "Spoils", "0 件", "0"),
        ("返上", "Surrenders", "0 件", "0"),
        (
            "状態の根",
            "State root",
            f"{proof.proved.state}（ブロック {proof.proved.height}）",
            f"{proof.proved.state} (block {proof.proved.height})",
        ),
    ]
    return [
        say("ゼロ票確認", "The box was empty"),
        "",
        *(say(_wide(ja, 5) + f" : {value_ja}", f"{en:11} : {value_en}") for ja, en, value_ja, value_en in rows),
        "",
        say("空の箱から計算した状態の根と一致しました。", "It is the state root of an empty box, computed here."),
        say("開箱のとき、投票箱は空でした（0 票）。", "THE BOX WAS EMPTY (0 ballots)."),
    ]


def _wide(word: str, width: int) -> str:
    """Fill up with spaces that are as wide as a kanji."""
    return word + "\u3000" * (width - len(word))
