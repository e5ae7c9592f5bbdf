"""``ippyo trustee``: what a trustee (鍵の管理者) does, from the first secret to the partial decryption.

Everything is files: a folder of the trustee's own (HOME, secret) and the exchange folder of the ceremony (public).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ippyo.canonical import sha256_b64
from ippyo.cli.language import say
from ippyo.cli.passphrase import ask_passphrase, choose_passphrase
from ippyo.cli.progress import counting_progress
from ippyo.cli.verified import require_verified
from ippyo.cli.verify import Fingerprint, Kept
from ippyo.contract.genesis import ceremony_hash, trustees_hash
from ippyo.counting.exchange import Exchange
from ippyo.counting.station import Station
from ippyo.counting.trustee_home import TrusteeHome
from ippyo.crypto import ceremony
from ippyo.crypto.ceremony import BadShareError, Commit, Committed, Complained, KeyShare, Reveal, Revealed
from ippyo.errors import InputError

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True, help=say("鍵の一部を預かり、開票に加わる。", "Hold a share of the election key.")
)

Home = Annotated[
    Path,
    typer.Argument(
        metavar="HOME", help=say("秘密を入れる、自分だけのフォルダー", "Your own folder, which holds your secret.")
    ),
]
ExchangeFolder = Annotated[
    Path,
    typer.Option(
        "--exchange",
        "-x",
        envvar="IPPYO_EXCHANGE",
        help=say("鍵の管理者全員のメッセージを置くフォルダー", "Folder in which all trustees' messages lie."),
    ),
]
Json = Annotated[bool, typer.Option("--json", help=say("JSON で出力", "Write JSON for machines."))]


@app.command(help=say("秘密を作り、合い言葉で封じる。", "Draw your secret and seal it under a passphrase."))
def init(
    home: Home,
    number: Annotated[
        int,
        typer.Option(
            "--number",
            "-n",
            help=say("鍵の管理者としての自分の番号（1 から）", "Your number among the trustees, from 1."),
        ),
    ],
    exchange: ExchangeFolder = Path("exchange"),
) -> None:
    """Make the folder of a trustee."""
    folder = Exchange(exchange)
    folder.context.require_index(number)
    passphrase = choose_passphrase()
    TrusteeHome(home).begin(ceremony.commit(folder.context, number), passphrase)
    quorum, manifest = folder.context.quorum, folder.manifest
    typer.echo(
        say(
            f"「{manifest.title.ja}」の鍵の管理者 {number} の秘密を {home} に作りました"
            f"（{quorum.total} 人のうち {quorum.threshold} 人で開票）。",
            f"Made the secret of trustee {number} of {manifest.title.en} in {home}"
            f" ({quorum.threshold} of {quorum.total} trustees open the count).",
        )
    )
    typer.echo(say(f"選挙定義のハッシュ: {manifest.hash}", f"Hash of the manifest: {manifest.hash}"))
    _next(f"commit {home}")


@app.command(help=say("第1段: 鍵と約束を公開する。", "Step 1: publish your keys and your commitment."))
def commit(home: Home, exchange: ExchangeFolder = Path("exchange")) -> None:
    """Take step 1."""
    folder, state = _open(home, exchange)
    if isinstance(state, Complained):
        state.refuse()
    committed = state.committed if isinstance(state, Revealed) else state
    if not isinstance(committed, Committed):
        raise InputError(say("この鍵づくりの手続きはもう終わっています。", "you have finished this ceremony already"))
    _published(folder.publish(committed.commit))
    _waiting(folder.missing(Commit), f"reveal {home}")


@app.command(
    help=say(
        "第2段: 全員の約束がそろったら、約束を開き、分け前を送る。",
        "Step 2: when all have committed, open your commitment and send the others their shares.",
    )
)
def reveal(home: Home, exchange: ExchangeFolder = Path("exchange")) -> None:
    """Take step 2."""
    passphrase = _passphrase()
    folder, trustee = Exchange(exchange), TrusteeHome(home)
    state = trustee.load(folder.context, passphrase)
    if isinstance(state, Complained):
        state.refuse()
    if isinstance(state, KeyShare):
        raise InputError(say("この鍵づくりの手続きはもう終わっています。", "you have finished this ceremony already"))
    revealed = ceremony.reveal(state, folder.round(Commit))
    trustee.keep(revealed, passphrase)
    _published(folder.publish(revealed.reveal))
    typer.echo(
        say(
            f"約束の一覧のハッシュ（全員同じはずです）: {revealed.reveal.round}",
            f"Hash of the list of commitments (the same for everybody): {revealed.reveal.round}",
        )
    )
    _waiting(folder.missing(Reveal), f"confirm {home}")


@app.command(
    help=say(
        "第3段: 分け前を確かめて鍵を作る。おかしければ申し立て、手続きはやり直しになる。",
        "Step 3: check what the others sent and keep your key share, or publish a complaint, which ends the ceremony.",
    )
)
def confirm(home: Home, exchange: ExchangeFolder = Path("exchange")) -> None:
    """Take step 3."""
    passphrase = _passphrase()
    folder, trustee = Exchange(exchange), TrusteeHome(home)
    state = trustee.load(folder.context, passphrase)
    if isinstance(state, Committed):
        raise InputError(say("先に第2段を行ってください。", "do step 2 first: ippyo trustee reveal"))
    if isinstance(state, Complained):
        # Kept again, for the step may have been broken off before it removed the secrets.
        trustee.keep(state, passphrase)
        _published(folder.publish(state.complaint))
        state.refuse()
    commits = folder.round(Commit)
    try:
        share = ceremony.confirm(state, commits, folder.reveals(commits))
    except BadShareError as error:
        # Kept first: once the complaint can be read, these secrets must be of no more use.
        trustee.keep(error.state, passphrase)
        _published(folder.publish(error.state.complaint))
        raise
    trustee.keep(share, passphrase)
    _published(folder.publish(share.confirm))
    typer.echo(
        say("次に、全員がそろったら: ippyo trustee assemble", "Next, when all are there: ippyo trustee assemble")
    )


@app.command(
    help=say(
        "第4段: すべてを確かめて公開鍵にまとめる。",
        "Step 4: check all messages and write trustees.json and ceremony.json. Anybody may; no secret is needed.",
    )
)
def assemble(exchange: ExchangeFolder = Path("exchange"), as_json: Json = False) -> None:
    """Take step 4."""
    folder = Exchange(exchange)
    folder.assemble()
    _show_outcome(folder, as_json)


@app.command(
    help=say(
        "できた鍵と、自分がその手続きに加わったことを確かめる。",
        "Check the finished ceremony, and that it is the one you took part in.",
    )
)
def check(
    home: Annotated[
        Path | None,
        typer.Argument(
            metavar="HOME",
            help=say(
                "自分のフォルダー。なければ公開のものだけ確かめる", "Your own folder; without it, only what is public."
            ),
        ),
    ] = None,
    exchange: ExchangeFolder = Path("exchange"),
    as_json: Json = False,
) -> None:
    """Compare the outcome with what this trustee keeps."""
    folder = Exchange(exchange)
    transcript = folder.outcome()
    if home is not None:
        share = TrusteeHome(home).load(folder.context, _passphrase())
        if isinstance(share, Complained):
            share.refuse()
        if not isinstance(share, KeyShare):
            raise InputError(say("あなたはまだ第3段を終えていません。", "you have not finished step 3 yet"))
        ceremony.check_own_part(share, transcript)
    for complaint in folder.complaints(transcript.commits):
        raise ceremony.judge(complaint, transcript.commits, transcript.reveals)
    _show_outcome(folder, as_json)


@app.command(
    help=say(
        "申し立てを調べ、どちらに非があるかを示す。",
        "Say who is at fault: the trustee complained about, or the one who complains.",
    )
)
def judge(
    complaint: Annotated[
        Path, typer.Argument(metavar="COMPLAINT", help=say("申し立てのファイル", "File of the complaint."))
    ],
    exchange: ExchangeFolder = Path("exchange"),
) -> None:
    """Raise what the complaint proves."""
    folder = Exchange(exchange)
    commits = folder.round(Commit)
    raise ceremony.judge(folder.complaint(complaint, commits), commits, folder.reveals(commits))


@app.command(
    help=say(
        "記録を検証し、自分で集計し直したものだけを、自分の鍵で部分復号する。",
        "Verify the record, count it yourself, and decrypt your part of that count and of nothing else.",
    )
)
def decrypt(
    home: Home,
    record: Annotated[
        Path, typer.Option("--record", "-r", help=say("締め切った投票の記録", "Record of the closed poll."))
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help=say("部分復号を書くフォルダー", "Folder for your decryptions."))
    ] = Path(),
    poll: Fingerprint = None,
    checkpoint: Kept = None,
) -> None:
    """Decrypt this trustee's own count."""
    passphrase = _passphrase()
    require_verified(record, poll=poll, checkpoints=checkpoint)
    source, trustee = Station(out, record), TrusteeHome(home)
    share = trustee.load_share(source.poll, passphrase)
    with counting_progress(say("票を集計しています", "Counting the ballots")) as progress:
        tallies = source.count_box(progress=progress)
    for path in source.decrypt(trustee, share, tallies):
        _published(path)


def _passphrase() -> str:
    return ask_passphrase(say("合い言葉", "Passphrase"))


def _open(home: Path, exchange: Path) -> tuple[Exchange, ceremony.TrusteeState]:
    folder = Exchange(exchange)
    return folder, TrusteeHome(home).load(folder.context, _passphrase())


def _published(path: Path) -> None:
    typer.echo(say(f"{path} を書きました。", f"Wrote {path}."))


def _waiting(missing: list[int], command: str) -> None:
    if missing:
        names = ", ".join(map(str, missing))
        typer.echo(say(f"まだ届いていない人: {names}", f"Still waiting for trustee {names}."))
    _next(command)


def _next(command: str) -> None:
    typer.echo(say(f"次: ippyo trustee {command}", f"Next: ippyo trustee {command}"))


def _show_outcome(folder: Exchange, as_json: bool) -> None:
    transcript = folder.outcome()
    trustees = transcript.trustees()
    outcome = {
        "public_key": trustees.group.encode(trustees.public_key),
        "trustees": trustees_hash(trustees.to_text()),
        "ceremony": ceremony_hash(transcript.to_text()),
    }
    if as_json:
        typer.echo(json.dumps(outcome, ensure_ascii=False))
        return
    typer.echo(
        say("鍵づくりの手続きは正しく行われました。読み合わせてください。", "The ceremony is in order. Compare aloud:")
    )
    for ja, en, value in (
        ("公開鍵の指紋", "Fingerprint of the election key", sha256_b64(outcome["public_key"])),
        ("鍵の管理者の一覧", "Trustees", outcome["trustees"]),
        ("鍵づくりの手続きの記録", "Ceremony", outcome["ceremony"]),
    ):
        typer.echo(f"  {say(ja, en)}: {value}")
