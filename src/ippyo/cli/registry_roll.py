"""``ippyo registry import-roll``, ``update-roll``, ``sample`` and ``retention``: the roll, from first day to last."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ippyo.audit.report import printable
from ippyo.cli.language import say
from ippyo.cli.registry_home import By, Home, Json, numbered, open_database, staff
from ippyo.errors import InputError
from ippyo.files import write_new

if TYPE_CHECKING:
    from ippyo.registry.roll.rows import RowProblem

__all__ = ["register"]

# Models can be imported only once Django is set up: what needs them is imported where it is used.

_COLUMNS = {
    "": ("行全体", "the whole row"),
    "number": ("名簿番号", "number"),
    "name": ("氏名", "name"),
    "kana": ("カナ", "kana"),
    "address": ("住所", "address"),
    "sex": ("性別", "sex"),
    "born": ("生年月日", "date of birth"),
    "district": ("投票区", "district"),
    "style": ("対象区分", "ballot style"),
    "group": ("申請区分", "applicant group"),
}
_REASONS = {
    "missing": ("空です", "is empty"),
    "too-long": ("長すぎます", "is too long"),
    "control-character": ("制御文字があります", "holds a control character"),
    "bad-date": ("日付として読めません", "is no date that can be read"),
    "bad-sex": ("男・女・その他・不明のどれでもありません", "is not one of 男, 女, その他, 不明"),
    "unknown-style": ("この投票にない対象区分です", "is no ballot style of this poll"),
    "unknown-group": ("registry.toml にない申請区分です", "is no group of registry.toml"),
    "number-of-columns": ("列が足りません", "has too few columns"),
    "duplicate-number": ("同じ番号がほかにあります", "is another's number, too"),
    "duplicate-person": ("同じ人がほかにあります", "is there twice"),
    "namesake": (
        "同じ氏名・生年月日の人がほかにあります（別の人なら --namesakes）",
        "has the name and date of birth of another entry (if it is another person: --namesakes)",
    ),
}


def import_roll(
    home: Home,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=say("名簿の CSV ファイル", "CSV file of the roll."))],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=say("確かめるだけで、書き込まない", "Only check; write nothing."))
    ] = False,
    encoding: Annotated[
        str, typer.Option(help=say("文字コード：auto・utf-8・cp932", "Encoding: auto, utf-8 or cp932."))
    ] = "auto",
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="NAME=見出し",
            help=say("見出しの読み替え（例: name=選挙人名）", "What a column is called, as in name=選挙人名."),
        ),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(metavar="TOML", help=say("見出しの読み替えのファイル", "File that says what columns are called.")),
    ] = None,
    show_values: Annotated[
        bool,
        typer.Option(
            "--show-values", help=say("誤りのある値も表示（個人情報）", "Show the wrong values: personal data.")
        ),
    ] = False,
    namesakes: Annotated[
        bool,
        typer.Option(
            "--namesakes",
            help=say(
                "同じ氏名・生年月日の行は、別の人だと確かめてある",
                "Rows of one name and date of birth are different persons: somebody has looked.",
            ),
        ),
    ] = False,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Import, or tell every row that is wrong."""
    config, poll = open_database(home)
    from ippyo.registry.roll.columns import read_mapping  # noqa: PLC0415
    from ippyo.registry.roll.groups import group_labels  # noqa: PLC0415
    from ippyo.registry.roll.importer import import_roll as run  # noqa: PLC0415
    from ippyo.registry.roll.importer import style_labels  # noqa: PLC0415

    headings = (read_mapping(mapping) if mapping else {}) | _headings(column or [])
    report = run(
        file,
        style_labels(poll.manifest),
        staff(by),
        mapping=headings,
        encoding=encoding,
        dry_run=dry_run,
        namesakes=namesakes,
        groups=group_labels(config.groups),
    )
    if as_json:
        problems = [_problem_value(problem, show_values) for problem in report.problems]
        typer.echo(json.dumps({"rows": report.rows, "written": report.written, "problems": problems}, indent=2))
    else:
        for problem in report.problems:
            typer.echo(_problem_line(problem, show_values), err=True)
        _summary(report.rows, len(report.problems), report.written)
    if report.problems:
        raise typer.Exit(2)


def _headings(pairs: list[str]) -> dict[str, str]:
    split = [pair.partition("=") for pair in pairs]
    if not all(name and heading for name, _, heading in split):
        raise InputError("write --column as name=heading")
    return {name: heading for name, _, heading in split}


def _problem_value(problem: RowProblem, show: bool) -> dict[str, object]:
    shown = {"value": problem.value} if show else {}
    other = {} if problem.other is None else {"other": problem.other}
    return {"line": problem.line, "column": problem.column, "reason": str(problem.reason)} | other | shown


def _problem_line(problem: RowProblem, show: bool) -> str:
    column, reason = say(*_COLUMNS[problem.column]), say(*_REASONS[problem.reason])
    value = f"（{printable(problem.value)}）" if show and problem.value else ""
    other = "" if problem.other is None else say(f"（{problem.other} 行目）", f" (line {problem.other})")
    return say(
        f"{problem.line} 行目 {column}{value}: {reason}{other}",
        f"line {problem.line}, {column}{value}: {reason}{other}",
    )


def _summary(rows: int, problems: int, written: bool) -> None:
    if written:
        typer.echo(say(f"{rows} 人を名簿に入れました。", f"{rows} persons are on the roll now."))
    elif problems:
        typer.echo(
            say(
                f"{rows} 行のうち、誤りが {problems} 件あります。何も書き込んでいません。",
                f"{problems} mistakes in {rows} rows. Nothing was written.",
            )
        )
    else:
        typer.echo(
            say(f"{rows} 行に誤りはありません。書き込んでいません。", f"{rows} rows, no mistake. Nothing was written.")
        )


def update_roll(
    home: Home,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help=say("名簿番号", "Number on the roll."))],
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help=say("moved 転出・died 死亡・lost 失権・restored 回復", "moved, died, lost, or restored."),
        ),
    ],
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help=say("異動日", "The day it happened."))],
    reason: Annotated[str, typer.Option(help=say("理由", "Why; kept in the history."))],
    by: By = None,
) -> None:
    """Note that somebody's right ended, or came back."""
    open_database(home)
    from ippyo.registry.roll.models import RollChange  # noqa: PLC0415
    from ippyo.registry.roll.updates import end_right, restore_right  # noqa: PLC0415

    voter = numbered(number)
    kind = next((kind for kind in RollChange.Kind if kind.value == what), RollChange.Kind.CHANGED)
    if kind is RollChange.Kind.RESTORED:
        restore_right(voter, on.date(), reason, staff(by))
    else:
        end_right(voter, kind, on.date(), reason, staff(by))
    typer.echo(say("名簿に記録しました。", "Noted on the roll."))


def sample(
    home: Home,
    size: Annotated[int, typer.Argument(metavar="N", min=1, help=say("人数", "How many persons."))],
    seed: Annotated[str, typer.Option(help=say("抽せんの種：公開の場で決めた文字", "Seed, found in public."))],
    out: Annotated[Path, typer.Option("--out", "-o", help=say("書き出すファイル", "File to write."))],
) -> None:
    """Draw, and write the list."""
    open_database(home)
    from ippyo.registry.roll.sample import draw_sample  # noqa: PLC0415

    drawn = draw_sample(size, seed)
    rows = [voter.number or f"id {voter.pk}" for voter in drawn]
    write_new(out, "".join(f"{row}\n" for row in rows).encode(), private=True)
    typer.echo(say(f"{size} 人を選び、{out} に番号を書きました。", f"Drew {size}; their numbers are in {out}."))


def retention(
    home: Home,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=say("期限を表示するだけで、消さない", "Only show what is due."))
    ] = False,
    as_json: Json = False,
) -> None:
    """Delete what is due."""
    config, poll = open_database(home)
    from django.utils import timezone  # noqa: PLC0415

    from ippyo.registry import retention as schedule  # noqa: PLC0415
    from ippyo.registry.order import forget_order  # noqa: PLC0415

    now = timezone.now()
    closes = datetime.fromtimestamp(poll.manifest.closes, timezone.get_current_timezone())
    due = schedule.due(closes, config.retention_days)
    gone: Counter[str] = Counter()
    if not dry_run:
        gone.update(schedule.sweep(now))
        gone.update(schedule.when_over(closes, config.retention_days, now))
        forget_order()
    if as_json:
        typer.echo(json.dumps({"due": due.isoformat(), "deleted": dict(gone)}, indent=2))
        return
    total = gone.total()
    typer.echo(
        say(
            f"{total} 件を消しました。名簿などすべてを消す日: {due:%Y-%m-%d}",
            f"Deleted {total} rows. All of the roll and the rest goes on {due:%Y-%m-%d}.",
        )
    )


def register(app: typer.Typer) -> None:
    """Add the commands to ``ippyo registry``."""
    app.command(
        "import-roll",
        help=say("名簿を取り込む。誤りが一つでもあれば、何も書き込まない。", "Import the roll: all rows or none."),
    )(import_roll)
    app.command(
        "update-roll",
        help=say(
            "転出・死亡・失権・回復を記録する。", "Note that somebody moved, died, lost the right, or has it again."
        ),
    )(update_roll)
    app.command(
        help=say(
            "名簿から無作為に人を選ぶ（同じ種なら同じ結果）。", "Draw a random sample; the same for the same seed."
        )
    )(sample)
    app.command(help=say("保存期限の過ぎた個人情報を消す。", "Delete personal data whose time has passed."))(retention)
