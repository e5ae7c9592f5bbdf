"""``ippyo officer``: keys of the election officers, and acts that k of n of them sign (open, close, tally, result).

An act travels from officer to officer as one file; each adds a signature, and one of them sends it to the ledger.
Irreversible steps thus need two persons.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ippyo.audit.report import printable
from ippyo.canonical import sha256_b64, sha256_hex
from ippyo.cli.acts import act_name, act_words, sentence
from ippyo.cli.language import say
from ippyo.cli.passphrase import ask_passphrase, choose_passphrase
from ippyo.contract.acts import check_quorum, sign_act
from ippyo.contract.poll import Poll
from ippyo.contract.transactions import (
    TRANSACTION_LIMIT,
    Act,
    Audit,
    Close,
    Decrypt,
    Open,
    Transaction,
    parse_transaction,
)
from ippyo.counting.exchange import read_line, write_line
from ippyo.counting.record_copy import read_poll
from ippyo.crypto import age_file, ed25519
from ippyo.errors import InputError, IppyoError, ParseError, RefusedError
from ippyo.files import read_limited, replace_file, write_new
from ippyo.ledger.addresses import ledger_at

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    help=say("選挙管理の担当者の鍵と、開箱・締切などの手続き。", "Officers' keys and the acts they sign."),
)

KeyFile = Annotated[
    Path,
    typer.Argument(
        metavar="KEY", help=say("鍵のファイル（合い言葉で封じたもの）", "Your key file (age, under a passphrase).")
    ),
]
ActFile = Annotated[Path, typer.Argument(metavar="FILE", help=say("手続きのファイル", "The act's file."))]
PollFolder = Annotated[
    Path,
    typer.Option("--poll", "-p", help=say("投票の文書があるフォルダー", "Folder with manifest, genesis, trustees.")),
]


@app.command(
    help=say(
        "鍵を作り、公開鍵を表示する。公開鍵は、はじめの設定（genesis）に入れる。",
        "Make a key, and print its public half, which goes into genesis.",
    )
)
def keygen(key: KeyFile) -> None:
    """Make a key and seal it."""
    secret = ed25519.generate()
    write_new(key, age_file.encrypt(secret.to_text().encode(), choose_passphrase()), private=True)
    typer.echo(secret.public.to_text())


@app.command(
    help=say(
        "署名のない手続きのファイルを書く。集計と結果のものは ippyo count が書く。",
        "Write an act without signatures; tallies and results come from ippyo count.",
    )
)
def act(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help=say("open 開箱、close 締切、audit 監査の記載", "open, close or audit."),
        ),
    ],
    file: ActFile,
    poll: PollFolder,
    report: Annotated[
        Path | None,
        typer.Option(help=say("audit のときの、報告書のファイル", "audit: the report to put on the ledger.")),
    ] = None,
) -> None:
    """Write an act for the officers to sign."""
    fingerprint = read_poll(poll).fingerprint
    write_line(file, _new_act(kind, fingerprint, report).to_text(), kind)


def _new_act(kind: str, fingerprint: str, report: Path | None) -> Act:
    if kind == "audit":
        if report is None:
            raise InputError(say("--report で報告書を示してください。", "name the report with --report"))
        data = read_limited(report, REPORT_LIMIT, "report")
        return Audit(fingerprint, _subject(report), _digest(data))
    acts: dict[str, type[Act]] = {"open": Open, "close": Close}
    if kind not in acts:
        raise InputError(say("手続きは open, close, audit のどれかです。", "an act is one of open, close, audit"))
    return acts[kind](fingerprint)


def _subject(report: Path) -> str:
    """Return the report's name, which goes onto the ledger as text."""
    try:
        report.name.encode("utf-8")
    except UnicodeEncodeError:
        problem = say(
            "報告書のファイル名が UTF-8 ではありません。名前を変えてください。",
            "the name of the report's file is not UTF-8 text; rename the file",
        )
        raise InputError(problem) from None
    return report.name


REPORT_LIMIT = 64 * 2**20


def _digest(data: bytes) -> bytes:
    return bytes.fromhex(sha256_hex(data))


@app.command(
    help=say(
        "手続きの内容を表示して、そのファイルに署名を加える。", "Show the act, and add your signature to its file."
    )
)
def sign(key: KeyFile, file: ActFile, poll: PollFolder) -> None:
    """Say what is signed, and sign it."""
    bundle = read_poll(poll)
    unsigned = _read_act(bundle, file)
    for line in act_words(bundle, unsigned):
        typer.echo(line)
    # Another officer may have written it, and a report may be called what a terminal obeys.
    typer.echo(printable(unsigned.body))
    sealed = read_limited(key, age_file.MAX_CIPHERTEXT, "key file")
    passphrase = ask_passphrase(say("合い言葉", "Passphrase"))
    secret = _secret_in(age_file.decrypt(sealed, passphrase, what=str(key)), key)
    number = _number_of(bundle, secret)
    others = [signature for signature in unsigned.signatures if signature.officer != number]
    mine = sign_act({number: secret}, bundle.fingerprint, unsigned.body)
    signatures = tuple(sorted([*others, *mine], key=lambda signature: signature.officer))
    replace_file(file, f"{replace(unsigned, signatures=signatures).to_text()}\n".encode())
    needed = bundle.genesis.officers.threshold
    typer.echo(
        say(
            f"選挙管理の担当者 {number} として署名しました（{len(signatures)} / {needed} 人）。",
            f"signed as officer {number} ({len(signatures)} of {needed} needed)",
        )
    )


@app.command(
    help=say(
        "だれが署名したか、足りているかを示す。足りなければ終了コード 1。",
        "Say who has signed an act, and whether that is enough. Exit code 1 if not.",
    )
)
def check(
    file: ActFile,
    poll: PollFolder,
    json_output: Annotated[bool, typer.Option("--json", help=say("JSON で出力", "Write JSON for machines."))] = False,
) -> None:
    """Check the signatures as the contract will."""
    bundle = read_poll(poll)
    found = _read_act(bundle, file)
    try:
        check_quorum(bundle.genesis.officers, bundle.fingerprint, found.body, found.signatures)
        problem = ""
    except RefusedError as refusal:
        problem = refusal.detail
    signers = [signature.officer for signature in found.signatures]
    if json_output:
        typer.echo(json.dumps({"act": found.kind, "officers": signers, "enough": not problem, "problem": problem}))
    else:
        typer.echo(f"{act_name(bundle, found)}{say('。', '. ')}{_signers(signers)}")
        if problem:
            typer.echo(sentence(problem))
        else:
            typer.echo(say("必要な署名がそろっています。", "That is enough."))
    if problem:
        raise typer.Exit(1)


@app.command(
    help=say(
        "署名のそろった手続きと、鍵の管理者の部分復号を、並べた順に台帳に出す。すでに台帳にあるものは、とばす。",
        "Put signed acts and trustees' decryptions onto the ledger, in the order given; what is there is passed over.",
    )
)
def send(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help=say("手続きか部分復号のファイル", "Files of acts or decryptions.")),
    ],
    poll: PollFolder,
    ledger: Annotated[
        list[str],
        typer.Option(
            metavar="[NAME=]URL",
            help=say(
                "台帳の URL（すべて。運営者が複数なら 名前=URL）",
                "Each address of the ledger; of several operators, NAME=URL.",
            ),
        ),
    ],
) -> None:
    """Read all files before the first is sent: what is on the ledger stays there."""
    bundle = read_poll(poll)
    complete = [(file, *_complete(bundle, file)) for file in files]
    with ledger_at(ledger, bundle) as keepers:
        for file, text, found in complete:
            try:
                index = keepers.find(sha256_b64(text))
                if index is None:
                    _require_time(bundle, found)
                    index = keepers.submit_and_wait(text).index
            except IppyoError:
                words = say(
                    f"{file} で止まりました。この命令は、何度くり返してもかまいません。",
                    f"Stopped at {file}. The same command may be run again, as often as need be.",
                )
                typer.echo(words, err=True)
                raise
            typer.echo(say(f"{file}: 台帳の {index + 1:,} 番目の記載", f"{file}: entry {index + 1:,} of the ledger"))


def _complete(poll: Poll, file: Path) -> tuple[str, Transaction]:
    """Return an act that enough officers signed, or a decryption: its text, and what it says."""
    text = read_line(file, TRANSACTION_LIMIT, "act")
    found = parse_transaction(poll, text)
    if not isinstance(found, Decrypt):
        act = _as_act(poll, file, found)
        check_quorum(poll.genesis.officers, poll.fingerprint, act.body, act.signatures)
    return text, found


def _require_time(poll: Poll, found: Transaction) -> None:
    """Refuse to close too early: nodes would not say so, but keep it, for in a later block it may be in time."""
    if isinstance(found, Close) and time.time() < poll.manifest.closes:
        raise RefusedError("too-early", "the voting hours are not over")


def _signers(numbers: list[int]) -> str:
    if not numbers:
        return say("まだだれも署名していません。", "Nobody has signed it yet.")
    names = ", ".join(map(str, numbers))
    return say(f"署名した選挙管理の担当者: {names}", f"Signed by officers: {names}")


def _read_act(poll: Poll, file: Path) -> Act:
    return _as_act(poll, file, parse_transaction(poll, read_line(file, TRANSACTION_LIMIT, "act")))


def _as_act(poll: Poll, file: Path, found: Transaction) -> Act:
    if not isinstance(found, Act):
        raise InputError(
            say(f"{file} は選挙管理の担当者の手続きではありません。", f"{file} is not an act of the officers")
        )
    if found.poll != poll.fingerprint:
        raise InputError(say(f"{file} は別の投票のものです。", f"{file} is an act of another poll"))
    return found


def _secret_in(opened: bytes, key: Path) -> ed25519.SecretKey:
    """Read what was in a key file; no error shows any of it."""
    try:
        return ed25519.SecretKey.from_text(opened.decode("ascii"))
    except (UnicodeDecodeError, ParseError):
        problem = say(
            f"{key} の中身は選挙管理の担当者の鍵ではありません。", f"what {key} holds is not an officer's key"
        )
        raise InputError(problem) from None


def _number_of(poll: Poll, secret: ed25519.SecretKey) -> int:
    keys = poll.genesis.officers.keys
    if secret.public not in keys:
        raise InputError(
            say(
                "この鍵は、この投票の選挙管理の担当者のものではありません。",
                "this key is not of an officer of this poll",
            )
        )
    return keys.index(secret.public) + 1
