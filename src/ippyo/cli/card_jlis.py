"""``ippyo card jlis``: a simulated J-LIS in a folder, for tests, the demo and training."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ippyo.cli.language import say
from ippyo.files import read_limited, replace_file, write_new
from ippyo.identity.card.virtual.contents import CARD_LIMIT, CardContents
from ippyo.identity.certificates import Kind
from ippyo.identity.certificates.profile import KINDS
from ippyo.identity.person import BasicData
from ippyo.identity.simulated.jlis import CardPins, Jlis, KeyPool
from ippyo.identity.simulated.jlis_roll import parse_birth, parse_sex, read_people
from ippyo.identity.simulated.jlis_web import JlisSite, serve_jlis

__all__ = ["register"]

_app = typer.Typer(
    no_args_is_help=True,
    help=say(
        "模擬の J-LIS: テスト用の認証局、仮想カード、失効リスト、OCSP。",
        "A simulated J-LIS: test authorities, virtual cards, revocation lists, OCSP.",
    ),
)

Folder = Annotated[
    Path,
    typer.Argument(metavar="JLIS", help=say("模擬の J-LIS のフォルダー", "Folder of the simulated J-LIS.")),
]
Password = Annotated[
    str,
    typer.Option(
        "--password", help=say("署名用電子証明書の暗証番号（英数字 6〜16 文字）", "Password for signatures (6 to 16).")
    ),
]
Pin = Annotated[str, typer.Option("--pin", help=say("ほかの暗証番号（数字 4 桁）", "The 4-digit PINs."))]
OcspUrl = Annotated[
    str | None,
    typer.Option("--ocsp-url", help=say("証明書に書く OCSP の URL", "URL of OCSP to write into certificates.")),
]


class _Which(StrEnum):
    SIGNATURE = "signature"
    USER = "user"
    BOTH = "both"


def register(app: typer.Typer) -> None:
    """Add the command group to ``ippyo card``."""
    app.add_typer(_app, name="jlis")


@_app.command(help=say("新しく作る。", "Make a new one."))
def init(
    folder: Folder,
    generations: Annotated[
        int,
        typer.Option("--generations", min=1, max=9, help=say("認証局の世代の数", "Generations of the authorities.")),
    ] = 1,
) -> None:
    """Make the authorities, and say what a registry has to pin."""
    _show(Jlis.create(folder, _now(), generations=generations))


@_app.command(help=say("認証の設定に書く認証局を表示する。", "Show what a registry's configuration pins."))
def pins(folder: Folder) -> None:
    """List the authorities."""
    _show(Jlis(folder))


@_app.command(help=say("認証局を次の世代にする。", "Give the authorities a next generation."))
def renew(folder: Folder) -> None:
    """Add new keys under the same names."""
    jlis = Jlis(folder)
    jlis.renew(_now())
    _show(jlis)


@_app.command(help=say("架空の 1 人の仮想カードを作る。", "Make a virtual card for one invented person."))
def person(
    folder: Folder,
    card: Annotated[Path, typer.Argument(metavar="CARD", help=say("新しいカードのファイル", "New file of the card."))],
    name: Annotated[str, typer.Option("--name", help=say("氏名", "Name."))] = "一票　花子",
    address: Annotated[str, typer.Option("--address", help=say("住所", "Address."))] = "見本県一票市本町１丁目２番３号",
    sex: Annotated[str, typer.Option("--sex", help=say("性別（男・女）", "Sex (male, female)."))] = "女",
    born: Annotated[
        str, typer.Option("--born", help=say("生年月日（1990-01-31）", "Date of birth (1990-01-31)."))
    ] = "1980-04-01",
    password: Password = "ABC123",  # noqa: S107 (of a card that nobody holds)
    pin: Pin = "1234",
    ocsp_url: OcspUrl = None,
) -> None:
    """Make one card with keys of its own."""
    basic = BasicData(name, address, parse_sex(sex), parse_birth(born))
    contents = Jlis(folder).personalise(basic, CardPins(password, pin, pin), _now(), ocsp_url=ocsp_url)
    _write_card(card, contents)
    typer.echo(say(f"{card} を作りました。", f"Made {card}."))


@_app.command(help=say("名簿（CSV）の全員の仮想カードを作る。", "Make virtual cards for all on a roll (CSV)."))
def roll(
    folder: Folder,
    people: Annotated[
        Path,
        typer.Argument(
            metavar="ROLL",
            help=say("氏名・住所・性別・生年月日の CSV", "CSV with name, address, sex and birth, headed in Japanese."),
        ),
    ],
    target: Annotated[Path, typer.Argument(metavar="DIR", help=say("新しいフォルダー", "New folder to write into."))],
    shared_keys: Annotated[
        int,
        typer.Option(
            "--shared-keys",
            min=0,
            max=1000,
            help=say(
                "この数の鍵を全員で使い回す（速い。負荷試験とデモだけに）。0 なら 1 人ずつ作る",
                "Share so many keys among all (fast; for load tests and demos only). With 0, everybody gets their own.",
            ),
        ),
    ] = 0,
    password: Password = "ABC123",  # noqa: S107 (of a card that nobody holds)
    pin: Pin = "1234",
    ocsp_url: OcspUrl = None,
) -> None:
    """Make one card for each row, named by its number."""
    everybody = read_people(people)
    jlis, at = Jlis(folder), _now()
    target.mkdir(parents=True)
    pool = KeyPool(shared_keys) if shared_keys else None
    for number, basic in enumerate(everybody, start=1):
        contents = jlis.personalise(basic, CardPins(password, pin, pin), at, pool=pool, ocsp_url=ocsp_url)
        _write_card(target / f"{number:06}.card", contents)
    count = len(everybody)
    typer.echo(say(f"{target} に {count} 枚のカードを作りました。", f"Made {count} cards in {target}."))


@_app.command(help=say("カードの証明書を失効させる。", "Revoke a card's certificates."))
def revoke(
    folder: Folder,
    card: Annotated[Path, typer.Argument(metavar="CARD", help=say("カードのファイル", "File of the card."))],
    which: Annotated[
        _Which,
        typer.Option("--which", help=say("署名用か、利用者証明用か、両方か", "Which of its certificates.")),
    ] = _Which.BOTH,
) -> None:
    """Revoke one or both; lists made from now on name them, and OCSP says so at once."""
    contents = CardContents.from_text(read_limited(card, CARD_LIMIT, "virtual card"))
    jlis, at = Jlis(folder), _now()
    for kind, key in (("signature", contents.signature), ("user", contents.user)):
        if key is not None and which in (kind, _Which.BOTH):
            jlis.revoke(key.certificate, at)
    typer.echo(
        say(
            "失効させました。次の失効リストから載ります。OCSP ではもう失効しています。",
            "Revoked: for OCSP at once, and in the next revocation lists.",
        )
    )


@_app.command(help=say("新しい失効リスト（CRL）を書く。", "Write new revocation lists (CRL)."))
def crl(
    folder: Folder,
    target: Annotated[Path, typer.Argument(metavar="DIR", help=say("書き込むフォルダー", "Folder to write into."))],
) -> None:
    """Write the list of every generation of both authorities, over the earlier ones."""
    jlis, at = Jlis(folder), _now()
    target.mkdir(parents=True, exist_ok=True)
    kinds: tuple[Kind, ...] = KINDS
    for kind in kinds:
        for generation in range(1, jlis.generations(kind) + 1):
            path = target / f"{kind}-{generation}.crl"
            replace_file(path, jlis.crl(kind, at, generation))
            typer.echo(str(path))


@_app.command(
    help=say("失効リストと OCSP をこの計算機だけに公開する。", "Serve revocation lists and OCSP to this machine.")
)
def serve(
    folder: Folder,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help=say("ポート番号（0 は空き）", "Port (0: any free one)."))
    ] = 0,
) -> None:
    """Serve until interrupted."""
    site = JlisSite(Jlis(folder))
    with serve_jlis(site, port) as origin:
        typer.echo(f"OCSP: {origin}/ocsp")
        typer.echo(f"CRL:  {origin}/crl/signature-1.crl")
        threading.Event().wait()


def _show(jlis: Jlis) -> None:
    for pin in jlis.pins():
        typer.echo(pin.to_text())
    typer.echo(say(f"認証局の証明書: {jlis.roots}", f"Certificates of the authorities: {jlis.roots}"))


def _write_card(path: Path, contents: CardContents) -> None:
    write_new(path, contents.to_text().encode(), private=True)


def _now() -> datetime:
    return datetime.now(UTC)
