"""``ippyo registry staff``: the accounts of those who use the registry's console, from its server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ippyo.cli.language import say
from ippyo.cli.registry_home import By, Home, Json, open_database, staff
from ippyo.files import write_new

__all__ = ["register"]

# Models can be imported only once Django is set up: what needs them is imported where it is used.

app = typer.Typer(
    no_args_is_help=True,
    help=say("管理画面の担当者: アカウント、役割、操作記録。", "The console's staff: accounts, roles, access log."),
)

Name = Annotated[str, typer.Argument(metavar="NAME", help=say("担当者の名前（英数字）", "Name of the staff member."))]
Roles = Annotated[
    list[str],
    typer.Option(
        "--role",
        metavar="ROLE",
        help=say(
            "役割：roll-clerk 名簿担当・support-desk 窓口・auditor 監査・administrator 管理",
            "roll-clerk, support-desk, auditor or administrator; once for each.",
        ),
    ),
]


@app.command(help=say("担当者を加える。最初のパスワードを一度だけ表示する。", "Add somebody; shows a password once."))
def add(home: Home, name: Name, role: Roles, by: By = None) -> None:
    """Make an account."""
    open_database(home)
    from ippyo.registry.console.accounts import add_account  # noqa: PLC0415
    from ippyo.registry.console.roles import parse_role  # noqa: PLC0415

    _show_password(add_account(name, [parse_role(one) for one in role], staff(by)))


@app.command(help=say("担当者の役割を決め直す。", "Give somebody these roles and no others."))
def roles(home: Home, name: Name, role: Roles, by: By = None) -> None:
    """Replace the roles."""
    open_database(home)
    from ippyo.registry.console.accounts import change_roles  # noqa: PLC0415
    from ippyo.registry.console.roles import parse_role  # noqa: PLC0415

    change_roles(name, [parse_role(one) for one in role], staff(by))
    typer.echo(say("役割を変えました。", "The roles have been changed."))


@app.command(
    help=say(
        "パスワードと2つ目の確認を消し、新しい最初のパスワードを表示する。",
        "Remove password and second factor; shows a new password once.",
    )
)
def reset(home: Home, name: Name, by: By = None) -> None:
    """Let somebody set up again."""
    open_database(home)
    from ippyo.registry.console.accounts import reset_account  # noqa: PLC0415

    _show_password(reset_account(name, staff(by)))


@app.command(help=say("担当者がサインインできないようにする。", "Let somebody sign in no more."))
def close(home: Home, name: Name, by: By = None) -> None:
    """Close an account."""
    open_database(home)
    from ippyo.registry.console.accounts import close_account  # noqa: PLC0415

    close_account(name, staff(by))
    typer.echo(say("サインインできないようにしました。", "This account is closed."))


@app.command("list", help=say("担当者と役割の一覧を表示する。", "List the members of staff with their roles."))
def list_staff(home: Home, as_json: Json = False) -> None:
    """List the accounts."""
    open_database(home)
    from ippyo.registry.console import accounts  # noqa: PLC0415
    from ippyo.registry.console.roles import roles_of  # noqa: PLC0415

    rows = [
        {
            "name": user.username,
            "roles": sorted(roles_of(user)),
            "active": user.is_active,
            "second_factor": accounts.has_second_factor(user),
        }
        for user in accounts.staff()
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        names = ", ".join(sorted(str(role) for role in row["roles"]))  # type: ignore[attr-defined]
        ready = say("設定済み", "set up") if row["second_factor"] else say("設定前", "not set up")
        typer.echo(f"{row['name']}: {names if row['active'] else say('停止中', 'closed')} ({ready})")


@app.command(
    help=say(
        "操作記録を確かめて書き出し、台帳に記す SHA-256 を表示する。",
        "Check and write the access log; shows the SHA-256 for the ledger.",
    )
)
def log(
    home: Home,
    out: Annotated[Path, typer.Option("--out", "-o", help=say("書き出すファイル", "File to write."))],
    by: By = None,
) -> None:
    """Write the log as JSON lines, and its digest."""
    open_database(home)
    from ippyo.canonical import sha256_hex  # noqa: PLC0415
    from ippyo.errors import CheckFailedError  # noqa: PLC0415
    from ippyo.registry.console import log as access_log  # noqa: PLC0415

    entry = access_log.record(staff(by), "export-log", reason="ippyo registry staff log")
    data = "".join(access_log.entries_text(entry.number)).encode()
    write_new(out, data, private=True)
    digest = sha256_hex(data)
    typer.echo(say(f"{entry.number} 件、SHA-256 {digest}", f"{entry.number} entries, SHA-256 {digest}"))
    broken = access_log.broken_at()
    if broken is not None:
        raise CheckFailedError(f"the access log is not whole: entry {broken} was changed or removed")


def _show_password(password: str) -> None:
    typer.echo(
        say(
            "最初のパスワードです。本人だけに渡してください。二度と表示しません。",
            "The first password; give it to its owner only. It is not shown again.",
        ),
        err=True,
    )
    typer.echo(password)


def register(registry: typer.Typer) -> None:
    """Add the commands to ``ippyo registry``."""
    registry.add_typer(app, name="staff")
