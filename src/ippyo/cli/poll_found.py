"""``ippyo poll found``: genesis, from what everybody who holds a key has published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ippyo.canonical import dumps, loads
from ippyo.cli.language import say
from ippyo.contract.genesis import (
    Genesis,
    IssuerKeys,
    LedgerKeys,
    OfficerKeys,
    ceremony_hash,
    trustees_hash,
)
from ippyo.contract.poll import Poll
from ippyo.crypto.ceremony import TRANSCRIPT_LIMIT, verify_transcript
from ippyo.crypto.ed25519 import PublicKey
from ippyo.crypto.groups import group
from ippyo.crypto.trustees import Trustees
from ippyo.errors import InputError
from ippyo.files import read_limited, write_new
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet.home import Operator, quorum_of
from ippyo.poll.limits import GENESIS_LIMIT, MANIFEST_LIMIT
from ippyo.poll.manifest import Manifest

__all__ = ["register"]

CARD_LIMIT = 64 * 1024
"""Bytes of an issuer's or operator's public half."""

BEARABLE = 4
"""So many operators are needed for one of them to be missed."""


def register(app: typer.Typer) -> None:
    """Add the command to ``ippyo poll``."""
    app.command(
        help=say(
            "投票を設ける。全員の公開鍵から genesis を作り、公示する指紋を表示する。",
            "Found the poll: genesis from everybody's public keys; prints the fingerprint to publish.",
        )
    )(found)


def found(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help=say(
                "manifest.json・trustees.json・ceremony.json のあるフォルダー",
                "Folder with manifest.json, trustees.json and ceremony.json.",
            ),
        ),
    ],
    issuer: Annotated[
        list[Path],
        typer.Option(help=say("発行者の公開鍵のファイル（順に）", "An issuer's public half; one each, in order.")),
    ],
    officer: Annotated[
        list[str], typer.Option(help=say("選挙管理の担当者の公開鍵（順に）", "An officer's public key, in order."))
    ],
    log: Annotated[str, typer.Option(help=say("台帳の検証鍵", "The log's verifier key."))],
    witness: Annotated[
        list[str] | None, typer.Option(help=say("台帳の立会者の検証鍵", "A witness's verifier key."))
    ] = None,
    operator: Annotated[
        list[Path] | None,
        typer.Option(help=say("運営者のカード（ノードが複数のとき）", "An operator's card, with several nodes.")),
    ] = None,
    quorum: Annotated[
        int | None, typer.Option(min=0, help=say("立会署名がいくつ要るか", "How many cosignatures are needed."))
    ] = None,
) -> None:
    """Write genesis.json, if all of it belongs together."""
    manifest = Manifest.from_text(_text(folder / "manifest.json", MANIFEST_LIMIT))
    chosen = group(manifest.group)
    trustees = Trustees.from_text(chosen, _text(folder / "trustees.json", GENESIS_LIMIT))
    ceremony = _text(folder / "ceremony.json", TRANSCRIPT_LIMIT)
    # The key of other trustees than those who held the ceremony would be found by verifiers only, after the vote.
    transcript = verify_transcript(manifest.hash, chosen, manifest.trustees, ceremony, trustees)
    genesis = Genesis(
        manifest=manifest.hash,
        trustees=trustees_hash(trustees.to_text()),
        ceremony=ceremony_hash(transcript.to_text()),
        public_key=chosen.encode(trustees.public_key),
        issuers=tuple(map(_issuer, issuer)),
        officers=OfficerKeys(manifest.officers.threshold, tuple(map(PublicKey.from_text, officer))),
        ledger=_ledger(log, witness or [], [_operator(path) for path in operator or []], quorum),
    )
    poll = Poll(manifest, genesis, trustees)
    # Whoever reads the ledger must be able to read its keys, too; genesis knows their form only.
    LedgerFacts.of(genesis)
    write_new(folder / "genesis.json", genesis.to_text().encode() + b"\n")
    if operator and len(operator) < BEARABLE:
        words = say(
            f"運営者が {BEARABLE} 者より少ないので、1 者が止まると投票も止まります。",
            f"fewer than {BEARABLE} operators: when one of them stops, so does the poll",
        )
        typer.echo(f"{say('注意', 'warning')}: {words}", err=True)
    typer.echo(poll.fingerprint)
    typer.echo(
        say(
            "この指紋を、開箱の前に公示してください。名簿の登録、投票、検証のすべてがこれに結びつきます。",
            "Publish this fingerprint before the box is opened: everything else is bound to it.",
        ),
        err=True,
    )


def _ledger(log: str, witnesses: list[str], operators: list[Operator], quorum: int | None) -> LedgerKeys:
    """With operators' cards the ledger is kept by several nodes, else by one process."""
    if not operators:
        return LedgerKeys("embedded", log, tuple(witnesses), len(witnesses) if quorum is None else quorum)
    if witnesses:
        # Nobody would ask them for their lines (nodes.md §7): with a few of them, no receipt could ever be given.
        raise InputError(
            say(
                "運営者が何者かいる台帳の「はじめの設定」には、運営者だけを入れます（--witness を外してください）。",
                "a ledger of several operators is founded with the operators alone: leave out --witness",
            )
        )
    keys = tuple(one.cosigner.to_text() for one in operators)
    return LedgerKeys("comet", log, keys, quorum_of(len(operators)) if quorum is None else quorum)


def _issuer(path: Path) -> IssuerKeys:
    text = read_limited(path, CARD_LIMIT, "issuer's public keys")
    found = IssuerKeys.from_value(loads(text, what="issuer's public keys", limit=CARD_LIMIT))
    if dumps(found.to_value()).encode() != text.removesuffix(b"\n"):
        raise InputError(f"{path} is not what ippyo registry keys printed")
    return found


def _operator(path: Path) -> Operator:
    return Operator.from_text(read_limited(path, CARD_LIMIT, "operator").removesuffix(b"\n"))


def _text(path: Path, limit: int) -> str:
    return read_limited(path, limit + 1, path.name).decode("utf-8", "replace").removesuffix("\n")
