"""``ippyo count``: the counting station (集計), from a record on a medium to result files on a medium."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ippyo.audit.report import printable
from ippyo.cli.language import say, spoken, told
from ippyo.cli.passphrase import ask_passphrase
from ippyo.cli.progress import counting_progress
from ippyo.cli.verified import require_verified
from ippyo.cli.verify import Fingerprint, Kept
from ippyo.counting.station import ContestCount, Station
from ippyo.counting.trustee_home import TrusteeHome
from ippyo.poll.result import cut_decimal

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True, help=say("ネットにつながない機械で開票する。", "Count, on a computer without network.")
)

StationFolder = Annotated[
    Path, typer.Argument(metavar="STATION", help=say("開票用のフォルダー", "Folder of the counting station."))
]
Json = Annotated[bool, typer.Option("--json", help=say("JSON で出力", "Write JSON for machines."))]


@app.command(
    "import", help=say("媒体から記録を写し取り、写しをすべて検証する。", "Copy the record and verify the copy.")
)
def import_(
    station: StationFolder,
    record: Annotated[
        Path,
        typer.Argument(
            metavar="RECORD", help=say("媒体にある、締め切った投票の記録", "Record of the closed poll, on its medium.")
        ),
    ],
    poll: Fingerprint = None,
    checkpoint: Kept = None,
) -> None:
    """Take the record in."""
    place = Station(station)
    place.import_record(
        record, lambda copy: require_verified(copy, copied_from=record, poll=poll, checkpoints=checkpoint)
    )
    title = place.poll.manifest.title
    typer.echo(
        say(f"「{title.ja}」の記録を検証し、取り込みました。", f"Verified and imported the record of {title.en}.")
    )
    _next("tally", station)


@app.command(
    help=say(
        "数える票を、暗号のまま掛け合わせる。",
        "Multiply the ballots that count, and write the encrypted tally of every contest for the officers to sign.",
    )
)
def tally(station: StationFolder) -> None:
    """Count what is in the box."""
    place = Station(station)
    with counting_progress(say("票を集計しています", "Counting the ballots")) as progress:
        tallies = place.count_box(progress=progress)
    for path in place.write_tallies(tallies):
        typer.echo(say(f"{path} を書きました。", f"Wrote {path}."))
    for contest, sums in tallies.items():
        title = spoken(place.poll.manifest.contest(contest).title)
        typer.echo(say(f"{title}: {sums.num_tallied} 票", f"{title}: {sums.num_tallied} ballots"))
    _next("decrypt", station)


@app.command(
    help=say(
        "鍵の管理者が順に、自分の鍵で部分復号する。",
        "Let trustees decrypt their parts of the tally at this station, one after the other.",
    )
)
def decrypt(
    station: StationFolder,
    homes: Annotated[
        list[Path],
        typer.Argument(
            metavar="HOME...", help=say("来ている鍵の管理者のフォルダー", "Folders of the trustees who are here.")
        ),
    ],
) -> None:
    """Let the trustees who came decrypt."""
    place = Station(station)
    with counting_progress(say("票を集計しています", "Counting the ballots")) as progress:
        tallies = place.count_box(progress=progress)
    for home in homes:
        trustee = TrusteeHome(home)
        share = trustee.load_share(place.poll, ask_passphrase(say(f"{home} の合い言葉", f"Passphrase of {home}")))
        for path in place.decrypt(trustee, share, tallies):
            typer.echo(say(f"{path} を書きました。", f"Wrote {path}."))
    _next("result", station)


@app.command(
    help=say(
        "部分復号を合わせて得票数を出す。",
        "Combine the trustees' decryptions, decode the counts, and write the results for the officers to sign.",
    )
)
def result(station: StationFolder, as_json: Json = False) -> None:
    """Open the counts."""
    place = Station(station)
    counts = [place.open_contest(contest, sums) for contest, sums in place.read_tallies().items()]
    paths = [place.write_result(count) for count in counts]
    if as_json:
        typer.echo(json.dumps([_value(count) for count in counts], ensure_ascii=False))
        return
    for count, path in zip(counts, paths, strict=True):
        _show(count)
        typer.echo(say(f"{path} を書きました。", f"Wrote {path}."))
    typer.echo(
        say(
            "次: 集計と結果に担当者が署名し（ippyo officer sign）、集計・部分復号・結果の順に台帳に出します"
            "（ippyo officer send）",
            "Next: officers sign tallies and results; then tallies, decryptions and results go to the ledger, in this "
            "order (ippyo officer sign, ippyo officer send)",
        )
    )


def _next(command: str, station: Path) -> None:
    typer.echo(say(f"次: ippyo count {command} {station}", f"Next: ippyo count {command} {station}"))


def _value(count: ContestCount) -> dict[str, object]:
    return {
        "contest": count.result.contest.id,
        "ballots": count.result.ballots,
        "counts": list(count.result.counts),
        "trustees": list(count.owners),
        "faulty": [{"trustee": error.index, "problem": error.problem} for error in count.faulty],
    }


def _show(count: ContestCount) -> None:
    result = count.result
    title = spoken(result.contest.title)
    typer.echo(say(f"{title}（{result.ballots} 票）", f"{title} ({result.ballots} ballots)"))
    for row in result.ranking():
        share = f"  {row.percent} %" if row.percent is not None else ""
        typer.echo(f"  {row.count:>9,}  {spoken(row.answer.name)}{share}")
    if result.contest.blank:
        typer.echo(f"  {result.blank:>9,}  {say('白票', 'blank')}")
    if result.mean is not None:
        mean = cut_decimal(result.mean, 2)
        typer.echo(say(f"  平均 {mean}", f"  mean {mean}"))
    for error in count.faulty:
        typer.echo(f"{say('注意', 'warning')}: {printable(told(error))}", err=True)
