"""``ippyo card digital-auth``: デジタル認証, simulated on this machine, to try a registry's remote way on."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ippyo.cli.language import say
from ippyo.errors import InputError
from ippyo.files import read_limited, write_new
from ippyo.identity.card.virtual.contents import CARD_LIMIT, CardContents
from ippyo.identity.digital_auth.config import require_secure
from ippyo.identity.digital_auth.keys import load_client_key, load_result_key
from ippyo.identity.simulated.digital_auth import RegisteredClient, SimulatedDigitalAuth, serve_digital_auth

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the group ``card``."""
    app.command(
        "digital-auth",
        help=say(
            "模擬のデジタル認証を、この計算機だけに公開する。暗証番号は尋ねません。",
            "Serve a simulated national digital authentication service to this machine only. It asks for no PIN.",
        ),
    )(digital_auth)


def digital_auth(
    cards: Annotated[
        Path,
        typer.Argument(
            metavar="CARDS",
            help=say("仮想カード（*.card）のフォルダー", "Folder of virtual cards (*.card), named by their holders."),
        ),
    ],
    redirect_uri: Annotated[
        str,
        typer.Option(
            "--redirect-uri",
            help=say("登録のページへ戻る URL（…/registration/back）", "Address of the way back (…/registration/back)."),
        ),
    ],
    client_key: Annotated[
        Path,
        typer.Option(
            "--client-key",
            metavar="PEM",
            help=say("登録局の秘密鍵。なければ作る", "Private key of the registry; made if it is not there."),
        ),
    ],
    result_key: Annotated[
        Path | None,
        typer.Option(
            "--result-key",
            metavar="PEM",
            help=say(
                "署名の結果を暗号化する相手の鍵。なければ作る。書かなければ暗号化しない",
                "Key to encrypt signatures to; made if it is not there. Without it they are not encrypted.",
            ),
        ),
    ] = None,
    client_id: Annotated[
        str, typer.Option("--client-id", help=say("登録局のクライアント ID", "Client id of the registry."))
    ] = "ippyo",
    port: Annotated[
        int,
        typer.Option("--port", min=0, max=65535, help=say("ポート（0 は空いている番号）", "Port (0: any free one).")),
    ] = 0,
) -> None:
    """Serve until interrupted."""
    people = _people(cards)
    client = RegisteredClient(
        client_id,
        (require_secure(redirect_uri, "redirect address", by_browser=True),),
        load_client_key(_made(client_key)).public_jwk(),
        None if result_key is None else load_result_key(_made(result_key)).public_jwk(),
    )
    with serve_digital_auth(lambda origin: SimulatedDigitalAuth(origin, people, (client,)), port) as service:
        typer.echo(f"issuer:    {service.issuer}")
        typer.echo(f"client id: {client_id}")
        typer.echo(
            say(
                f"{len(people)} 枚の仮想カードで待っています。終えるには Ctrl-C。",
                f"Waiting with {len(people)} virtual cards. Ctrl-C ends it.",
            )
        )
        _wait()


def _wait() -> None:
    threading.Event().wait()


def _people(folder: Path) -> dict[str, CardContents]:
    files = sorted(folder.glob("*.card"))
    if not files:
        raise InputError(f"{folder} holds no virtual card (*.card); make some with 'ippyo card jlis'")
    return {file.stem: CardContents.from_text(read_limited(file, CARD_LIMIT, "virtual card")) for file in files}


def _made(path: Path) -> Path:
    """Return ``path``, after writing a new P-256 key to it if nothing is there."""
    if not path.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_new(path, pem, private=True)
    return path
