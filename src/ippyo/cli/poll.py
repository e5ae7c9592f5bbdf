"""``ippyo poll``: write an election definition, check it, freeze it, read it back."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ippyo import profiles
from ippyo.cli import poll_found
from ippyo.cli.language import is_japanese, say, spoken, told
from ippyo.cli.poll_sheet import Sheet
from ippyo.errors import InputError
from ippyo.poll.election import contest_uuid
from ippyo.poll.manifest import MANIFEST_LIMIT, Manifest
from ippyo.poll.rules import identifier
from ippyo.poll.toml_manifest import Finding, ManifestError, Reading, read_manifest_file

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    help=say("選挙定義を作り、確かめ、固める。", "Write, check and freeze an election definition."),
)

_TIMES = re.compile(r"^(opens|closes) = (\S+)", re.MULTILINE)

Json = Annotated[bool, typer.Option("--json", help=say("JSON で出力", "Write JSON for machines."))]
Definition = Annotated[
    Path, typer.Argument(metavar="FILE", help=say("選挙定義のファイル（TOML）", "Election definition (TOML)."))
]
Force = Annotated[bool, typer.Option("--force", help=say("今あるファイルに上書き", "Overwrite an existing file."))]


class Language(StrEnum):
    """Languages a manifest is written in."""

    JA = "ja"
    EN = "en"


@app.command(
    help=say("ひな型から、説明つきの選挙定義を作る。", "Write a commented election definition from a profile.")
)
def new(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help=say(
                "作るファイル。書かなければ、ひな型の一覧を表示", "File to write; without it, the profiles are listed."
            ),
        ),
    ] = None,
    profile: Annotated[
        str, typer.Option("--profile", "-p", help=say("もとにするひな型", "Profile to start from."))
    ] = "residents-poll",
    poll_id: Annotated[
        str | None,
        typer.Option(
            "--id",
            help=say("投票の名前：半角の英小文字・数字・ハイフン", "Id of the new poll: a-z, 0-9 and '-'."),
        ),
    ] = None,
    force: Force = False,
) -> None:
    """Write a profile with its times moved ahead."""
    if file is None:
        for name in profiles.names():
            manifest = profiles.load(name)
            typer.echo(f"{name:16} {spoken(manifest.title)}")
        return
    text = _in_the_future(profiles.text(profile))
    if poll_id is not None:
        if problem := next(identifier("id", poll_id), None):
            raise InputError(f"{problem}.")
        text = re.sub(r'^id = "[^"]*"', f'id = "{poll_id}"', text, count=1, flags=re.MULTILINE)
    _write(file, text, force)
    typer.echo(
        say(f"{file} を作りました。直したら: ippyo poll check {file}", f"Wrote {file}. Next: ippyo poll check {file}")
    )


@app.command(help=say("選挙定義を、固めずに確かめる。", "Check an election definition, without freezing it."))
def check(file: Definition, as_json: Json = False) -> None:
    """Tell all mistakes, or that there are none."""
    reading = _read(file, as_json)
    warnings = [*reading.warnings, *_late(file, reading)]
    if as_json:
        _echo_json({"ok": True, "errors": [], "warnings": _values(warnings), "manifest": reading.manifest.hash})
        return
    _echo_warnings(warnings)
    contests = len(reading.manifest.contests)
    typer.echo(
        say(
            f"{file} に誤りはありません（選挙・問い {contests} 件）。固めるには: ippyo poll freeze {file}",
            f"{file} has no mistakes (contests: {contests}). To freeze it: ippyo poll freeze {file}",
        )
    )


@app.command(
    help=say(
        "選挙定義を固めて、そのハッシュを表示する。",
        "Freeze an election definition as canonical text and print its hash.",
    )
)
def freeze(
    file: Definition,
    out: Annotated[
        Path, typer.Option("--out", "-o", help=say("固めた定義を書くファイル", "File for the frozen manifest."))
    ] = Path("manifest.json"),
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write the canonical text."""
    reading = _read(file, as_json)
    warnings = [*reading.warnings, *_late(file, reading)]
    _write(out, f"{reading.manifest.to_text()}\n", force)
    if as_json:
        _echo_json({"ok": True, "warnings": _values(warnings), "file": str(out), "manifest": reading.manifest.hash})
        return
    _echo_warnings(warnings)
    typer.echo(say(f"{out} に固めました。選挙定義のハッシュ:", f"Frozen as {out}. Hash of the manifest:"))
    typer.echo(reading.manifest.hash)


@app.command(help=say("固めた選挙定義を表で見る。", "Show a frozen manifest as tables."))
def show(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=say("固めた選挙定義（JSON）", "Frozen manifest (JSON)."))
    ] = Path("manifest.json"),
    lang: Annotated[Language | None, typer.Option("--lang", help=say("表の言葉", "Language of the table."))] = None,
    as_json: Json = False,
) -> None:
    """Print a sheet for people, or JSON."""
    manifest = _read_frozen(file)
    uuids = {contest.id: contest_uuid(manifest.hash, contest.id) for contest in manifest.contests}
    if as_json:
        contests = [{"id": contest_id, "uuid": uuid} for contest_id, uuid in uuids.items()]
        _echo_json({"hash": manifest.hash, "contests": contests, "manifest": json.loads(manifest.to_text())})
        return
    Sheet(japanese=lang is Language.JA if lang else is_japanese()).show(manifest, uuids)


def _in_the_future(template: str) -> str:
    """Move the example times of a profile by whole weeks, so that the poll opens two to three weeks from now."""
    times = {match[1]: dt.datetime.fromisoformat(match[2]) for match in _TIMES.finditer(template)}
    week = dt.timedelta(weeks=1)
    shift = ((dt.datetime.now(dt.UTC) - times["opens"]) // week + 3) * week
    return _TIMES.sub(lambda match: f"{match[1]} = {(times[match[1]] + shift).isoformat()}", template)


def _read(file: Path, as_json: bool) -> Reading:
    try:
        return read_manifest_file(file)
    except ManifestError as error:
        if not as_json:
            _echo_warnings(error.warnings)
            raise
        _echo_json({"ok": False, "errors": _values(error.findings), "warnings": _values(error.warnings)})
        raise typer.Exit(2) from None


def _read_frozen(file: Path) -> Manifest:
    try:
        with file.open("rb") as stream:
            data = stream.read(MANIFEST_LIMIT + 2)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from None
    if not data.endswith(b"\n"):
        raise InputError(f"{file} is not a frozen manifest: it does not end with a newline.")
    return Manifest.from_text(data[:-1])


def _write(file: Path, text: str, force: bool) -> None:
    try:
        with file.open("w" if force else "x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        raise InputError(f"{file} exists already; use --force to overwrite it.") from None
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}.") from None


def _late(file: Path, reading: Reading) -> list[Finding]:
    if reading.manifest.closes > dt.datetime.now(dt.UTC).timestamp():
        return []
    return [Finding(str(file), reading.closes_line, "the poll would have closed already; check opens and closes")]


def _echo_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _values(findings: Sequence[Finding]) -> list[dict[str, object]]:
    return [{"file": finding.file, "line": finding.line, "message": finding.message} for finding in findings]


def _echo_warnings(warnings: Sequence[Finding]) -> None:
    for warning in warnings:
        typer.echo(f"{say('注意', 'warning')}: {told(warning)}", err=True)


poll_found.register(app)
