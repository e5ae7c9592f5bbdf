"""``ippyo poll``: write an election definition, check it, freeze it, read it back."""

from __future__ import annotations

import datetime as dt
import json
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ippyo import profiles
from ippyo.cli.japanese import translate
from ippyo.cli.language import is_japanese, say
from ippyo.errors import InputError
from ippyo.poll.election import contest_uuid
from ippyo.poll.manifest import MANIFEST_LIMIT, Contest, Manifest, Quorum
from ippyo.poll.rules import identifier
from ippyo.poll.text import Text
from ippyo.poll.toml_manifest import Finding, ManifestError, Reading, read_manifest_file

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Write, check and freeze an election definition. 選挙定義を作り、固める。")

_TIMES = re.compile(r"^(opens|closes) = (\S+)", re.MULTILINE)
_JAPAN = dt.timezone(dt.timedelta(hours=9))

Json = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]


class Language(StrEnum):
    """Languages a manifest is written in."""

    JA = "ja"
    EN = "en"


@app.command()
def new(
    file: Annotated[Path | None, typer.Argument(help="File to write; without it, the profiles are listed.")] = None,
    profile: Annotated[str, typer.Option("--profile", "-p", help="Profile to start from.")] = "residents-poll",
    poll_id: Annotated[str | None, typer.Option("--id", help="Id of the new poll: a-z, 0-9 and '-'.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Write a commented election definition from a profile.

    ひな型から選挙定義を作る。
    """
    if file is None:
        for name in profiles.names():
            manifest = profiles.load(name)
            typer.echo(f"{name:16} {say(manifest.title.ja, manifest.title.en)}")
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


@app.command()
def check(file: Annotated[Path, typer.Argument(help="Election definition (TOML).")], as_json: Json = False) -> None:
    """Check an election definition, without freezing it.

    選挙定義を確かめる。
    """
    reading = _read(file, as_json)
    warnings = [*reading.warnings, *_late(file, reading.manifest)]
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


@app.command()
def freeze(
    file: Annotated[Path, typer.Argument(help="Election definition (TOML).")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File for the frozen manifest.")] = Path("manifest.json"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    as_json: Json = False,
) -> None:
    """Freeze an election definition as canonical text and print its hash.

    選挙定義を固める。
    """
    reading = _read(file, as_json)
    warnings = [*reading.warnings, *_late(file, reading.manifest)]
    _write(out, f"{reading.manifest.to_text()}\n", force)
    if as_json:
        _echo_json({"ok": True, "warnings": _values(warnings), "file": str(out), "manifest": reading.manifest.hash})
        return
    _echo_warnings(warnings)
    typer.echo(say(f"{out} に固めました。選挙定義のハッシュ:", f"Frozen as {out}. Hash of the manifest:"))
    typer.echo(reading.manifest.hash)


@app.command()
def show(
    file: Annotated[Path, typer.Argument(help="Frozen manifest (JSON).")] = Path("manifest.json"),
    lang: Annotated[Language | None, typer.Option("--lang", help="Language of the table.")] = None,
    as_json: Json = False,
) -> None:
    """Show a frozen manifest as tables.

    固めた選挙定義を表で見る。
    """
    manifest = _read_frozen(file)
    uuids = {contest.id: contest_uuid(manifest.hash, contest.id) for contest in manifest.contests}
    if as_json:
        contests = [{"id": contest_id, "uuid": uuid} for contest_id, uuid in uuids.items()]
        _echo_json({"hash": manifest.hash, "contests": contests, "manifest": json.loads(manifest.to_text())})
        return
    _Sheet(lang or (Language.JA if is_japanese() else Language.EN)).show(manifest, uuids)


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
            raise
        _echo_json({"ok": False, "errors": _values(error.findings)})
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


def _late(file: Path, manifest: Manifest) -> list[Finding]:
    if manifest.closes > dt.datetime.now(dt.UTC).timestamp():
        return []
    return [Finding(str(file), 1, "the poll would have closed already; check opens and closes")]


def _echo_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _values(findings: list[Finding] | tuple[Finding, ...]) -> list[dict[str, object]]:
    return [{"file": finding.file, "line": finding.line, "message": finding.message} for finding in findings]


def _echo_warnings(warnings: list[Finding]) -> None:
    for warning in warnings:
        words = translate(str(warning)) if is_japanese() else str(warning)
        typer.echo(f"{say('注意', 'warning')}: {words}", err=True)


class _Sheet:
    """Prints a manifest in one language."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._console = Console(highlight=False, markup=False)

    def _say(self, ja: str, en: str) -> str:
        return ja if self._language is Language.JA else en

    def _words(self, text: Text) -> str:
        return text.in_language(self._language.value)

    def _time(self, seconds: int) -> str:
        return dt.datetime.fromtimestamp(seconds, _JAPAN).isoformat(" ")

    def _quorum(self, quorum: Quorum) -> str:
        return self._say(f"{quorum.total} 人のうち {quorum.threshold} 人", f"{quorum.threshold} of {quorum.total}")

    def show(self, manifest: Manifest, uuids: dict[str, str]) -> None:
        self._console.print(self._words(manifest.title), style="bold")
        if manifest.description:
            self._console.print(self._words(manifest.description))
        self._facts(manifest)
        for contest in manifest.contests:
            self._contest(contest, uuids[contest.id])

    def _facts(self, manifest: Manifest) -> None:
        policies = manifest.policies
        styles = [f"{self._words(style.name)}: {', '.join(style.contests)}" for style in manifest.styles]
        table = Table(show_header=False, box=None, pad_edge=False)
        for name, value in (
            (self._say("識別名", "Id"), manifest.id),
            (self._say("ハッシュ", "Hash"), manifest.hash),
            (self._say("投票の開始", "Opens"), self._time(manifest.opens)),
            (self._say("投票の終了", "Closes"), self._time(manifest.closes)),
            (self._say("暗号の方式", "Group"), manifest.group),
            (self._say("証明書", "Certificate"), policies.certificate),
            (self._say("読み取り方", "Channels"), ", ".join(policies.channels)),
            (self._say("もう一つの確認", "Second factor"), policies.second_factor),
            (self._say("切り離し方", "Anonymity"), policies.anonymity),
            (self._say("投票し直し", "Voting again"), policies.revote),
            (self._say("場所", "Places"), ", ".join(policies.places)),
            (self._say("鍵の管理者", "Trustees"), self._quorum(manifest.trustees)),
            (self._say("選挙管理の担当者", "Officers"), self._quorum(manifest.officers)),
            (self._say("投票券の発行者", "Issuers"), ", ".join(manifest.issuers)),
            (self._say("投票区・対象区分", "Ballot styles"), "\n".join(styles)),
        ):
            table.add_row(name, value)
        self._console.print(table)

    def _contest(self, contest: Contest, uuid: str) -> None:
        limits = f"{contest.kind}, {contest.min}–{contest.max}"
        blank = self._say(", 白票あり", ", blank allowed") if contest.blank else ""
        table = Table(
            title=f"{self._words(contest.title)} [{contest.id}]",
            caption=f"{limits}{blank}, {uuid}",
            title_justify="left",
        )
        table.add_column(self._say("番号", "No."), justify="right")
        table.add_column(self._say("選択肢・候補者", "Answer"))
        table.add_column(self._say("ふりがな", "Reading"))
        for answer in contest.answers:
            table.add_row(str(answer.number), self._words(answer.name), answer.furigana or "")
        self._console.print()
        self._console.print(table)
