"""``ippyo card``: what a My Number Card on this machine can do, a signature by it, and a virtual card for trials."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ippyo.canonical import dumps
from ippyo.cli.language import say
from ippyo.cli.pin import ask_pin
from ippyo.files import read_limited, write_new
from ippyo.identity.card.applications import KeyKind
from ippyo.identity.card.jpki import DEVICES, JpkiCard
from ippyo.identity.card.readers import connect, find_reader
from ippyo.identity.card.text_ap import TextCard
from ippyo.identity.card.transport import Transport
from ippyo.identity.card.virtual.card import BLOCKED, BLOCKED_ISO, VirtualCard
from ippyo.identity.card.virtual.contents import CARD_LIMIT, CardContents
from ippyo.identity.card.virtual.store import FileStore
from ippyo.identity.card.virtual.vpcd import DEFAULT_PORT, VpcdCard
from ippyo.identity.person import BasicData

__all__ = ["Reader", "VirtualFile", "app", "opened_card", "virtual_card"]

SIGNED_LIMIT = 64 * 1024 * 1024

app = typer.Typer(no_args_is_help=True, help=say("マイナンバーカード。", "The My Number Card."))

Reader = Annotated[
    str | None,
    typer.Option(
        "--reader",
        metavar="NAME",
        help=say("カードリーダーの名前（なければ、カードのあるもの）", "Name of the reader; else the one with a card."),
    ),
]
VirtualFile = Annotated[
    Path | None,
    typer.Option(
        "--virtual",
        metavar="CARD",
        help=say("カードリーダーの代わりに使う、仮想カードのファイル", "File of a virtual card, instead of a reader."),
    ),
]
Json = Annotated[bool, typer.Option("--json", help=say("JSON で出力", "Write JSON for machines."))]


def virtual_card(file: Path, *, blocked: int = BLOCKED) -> VirtualCard:
    """Return the virtual card in ``file``; its counters are in a file beside it. Raises :class:`InputError`."""
    contents = CardContents.from_text(read_limited(file, CARD_LIMIT, say("仮想カード", "virtual card")))
    return VirtualCard(contents, FileStore(file.with_name(f"{file.name}.tries")), blocked=blocked)


@contextmanager
def opened_card(reader: str | None, virtual: Path | None) -> Iterator[tuple[str, Transport]]:
    """Yield where the card is, and the card: that in ``virtual`` if it is given, else that in a reader."""
    if virtual is not None:
        yield str(virtual), virtual_card(virtual)
        return
    name = find_reader(reader)
    with connect(name) as transport:
        yield name, transport


@dataclass(frozen=True, slots=True)
class _Info:
    """What ``ippyo card info`` tells: nothing of the holder, unless ``basic`` was asked for."""

    place: str
    device: str
    tries: dict[KeyKind, int | None]
    basic: BasicData | None

    @property
    def value(self) -> dict[str, object]:
        keys = {kind.value: None if left is None else {"tries_left": left} for kind, left in self.tries.items()}
        shown: dict[str, object] = {"reader": self.place, "device": self.device, "keys": keys}
        return shown if self.basic is None else shown | {"basic": _basic_value(self.basic)}


@app.command(
    help=say(
        "カードの種類、電子証明書、暗証番号の残り回数を調べる（回数は減りません）。",
        "Tell the kind of card, its certificates and the tries left of its PINs, of which none is spent.",
    )
)
def info(
    reader: Reader = None,
    virtual: VirtualFile = None,
    personal: Annotated[
        bool,
        typer.Option(
            "--personal",
            help=say("暗証番号を尋ね、氏名・住所なども示す", "Ask for a PIN, and show name and address, too."),
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Look at the card."""
    with opened_card(reader, virtual) as (place, transport):
        card = JpkiCard(transport)
        card.select()
        device = DEVICES.get(card.label(), "unknown")
        present = card.keys()
        tries = {kind: card.tries_left(kind) if kind in present else None for kind in KeyKind}
        found = _Info(place, device, tries, _personal(transport) if personal else None)
    if json:
        typer.echo(dumps(found.value))
        return
    _show(found)


def _personal(transport: Transport) -> BasicData:
    card = TextCard(transport)
    card.select()
    card.verify(ask_pin(say("券面事項入力補助用の暗証番号（数字 4 桁）", "PIN for the basic four data (4 digits)")))
    return card.basic()


def _basic_value(basic: BasicData) -> dict[str, object]:
    born = basic.born
    day = f"{born.year:04}-{born.month:02}-{born.day:02}"
    return {"name": basic.name, "address": basic.address, "sex": basic.sex, "born": day}


def _show(found: _Info) -> None:
    typer.echo(say(f"カードリーダー: {found.place}", f"Reader: {found.place}"))
    typer.echo(say(f"種類: {_device_name(found.device)}", f"Kind: {_device_name(found.device)}"))
    for kind, left in found.tries.items():
        typer.echo(f"{key_name(kind)}: {_tries(left)}")
    if found.basic is not None:
        for label, value in zip(
            (say("氏名", "Name"), say("住所", "Address"), say("性別", "Sex"), say("生年月日", "Date of birth")),
            _basic_value(found.basic).values(),
            strict=True,
        ):
            typer.echo(f"{label}: {value}")


def _device_name(device: str) -> str:
    names = {
        "card": say("マイナンバーカード", "My Number Card"),
        "android": say("Android のスマートフォン", "Android phone"),
        "iphone": say("iPhone", "iPhone"),
    }
    return names.get(device, say("知らない種類", "unknown"))


def key_name(kind: KeyKind) -> str:
    """Return what people call a key."""
    if kind is KeyKind.SIGNATURE:
        return say("署名用電子証明書", "Certificate for signatures (署名用)")
    return say("利用者証明用電子証明書", "Certificate for authentication (利用者証明用)")


def _tries(left: int | None) -> str:
    match left:
        case None:
            return say("なし", "none")
        case 0:
            return say(
                "暗証番号がロックされています。市区町村の窓口で解除できます。",
                "its PIN is locked; the municipal office can unlock it",
            )
        case _:
            return say(f"暗証番号はあと {left} 回まで間違えられます", f"its PIN may be wrong {left} times")


@app.command(
    help=say("ファイルに、カードで電子署名する。", "Sign a file with the card."),
)
def sign(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=say("署名するファイル", "What to sign."))],
    key: Annotated[
        KeyKind,
        typer.Option(
            help=say(
                "signature（署名用）か user（利用者証明用）", "signature or user: which of the two keys of the card."
            ),
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="SIGNATURE",
            help=say("署名の書き込み先（なければ FILE.sig）", "Where to write the signature; else FILE.sig."),
        ),
    ] = None,
    certificate: Annotated[
        Path | None,
        typer.Option(
            metavar="CERTIFICATE",
            help=say("電子証明書（DER）の書き込み先", "Where to write the certificate (DER), if anywhere."),
        ),
    ] = None,
    reader: Reader = None,
    virtual: VirtualFile = None,
) -> None:
    """Sign, and write the signature alone: PKCS#1 v1.5 as 256 bytes, or ECDSA as DER."""
    message = read_limited(file, SIGNED_LIMIT, say("署名するファイル", "file to sign"))
    with opened_card(reader, virtual) as (_, transport):
        card = JpkiCard(transport)
        card.select()
        card.verify(key, ask_pin(_pin_prompt(key)))
        signature, der, algorithm = card.sign(key, message), card.certificate(key), card.algorithm(key)
    target = out or file.with_name(f"{file.name}.sig")
    write_new(target, signature)
    if certificate is not None:
        # The certificate of 署名用 says name and address.
        write_new(certificate, der, private=True)
    typer.echo(
        say(
            f"{key_name(key)}で署名しました（{algorithm}）: {target}",
            f"Signed with the key of: {key_name(key)}, {algorithm}. The signature is in {target}",
        )
    )


def _pin_prompt(key: KeyKind) -> str:
    if key is KeyKind.SIGNATURE:
        return say("署名用電子証明書の暗証番号（英数字 6〜16 文字）", "Signature password (6 to 16 letters and digits)")
    return say("利用者証明用電子証明書の暗証番号（数字 4 桁）", "PIN for authentication (4 digits)")


@app.command(
    help=say(
        "仮想カードを、仮想カードリーダー（vpcd）に差し込む。試験用。",
        "Plug a virtual card into the virtual reader of vpcd, for trials.",
    )
)
def virtual(
    file: Annotated[Path, typer.Argument(metavar="CARD", help=say("仮想カードのファイル", "File of a virtual card."))],
    port: Annotated[
        int,
        typer.Option(
            min=1, max=65535, help=say("仮想カードリーダーのポート番号", "Port of the virtual reader on this machine.")
        ),
    ] = DEFAULT_PORT,
    iso_blocked: Annotated[
        bool,
        typer.Option(
            "--iso-blocked",
            help=say(
                "暗証番号のロックを、実物の 6984 ではなく 6983 で知らせる",
                "Tell of a locked PIN by 6983, not by 6984 as real cards do.",
            ),
        ),
    ] = False,
) -> None:
    """Answer until the reader goes, or somebody interrupts."""
    card = virtual_card(file, blocked=BLOCKED_ISO if iso_blocked else BLOCKED)
    with VpcdCard(card, port) as inserted:
        typer.echo(say("差し込みました。Ctrl-C で抜きます。", "The card is in the reader; Ctrl-C takes it out."))
        inserted.run()
