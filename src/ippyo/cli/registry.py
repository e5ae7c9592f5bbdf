"""``ippyo registry``: an issuer's registry (認証): set up, served, looked at."""

from __future__ import annotations

import io
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ippyo.canonical import dumps
from ippyo.cli import registry_codes, registry_crl, registry_integrity, registry_roll, registry_staff
from ippyo.cli.integrity import require_program
from ippyo.cli.language import say
from ippyo.cli.passphrase import ask_passphrase, choose_passphrase
from ippyo.cli.registry_home import Home, Json, migrate, open_database, open_home
from ippyo.errors import CheckFailedError, InputError
from ippyo.files import write_new
from ippyo.ledger.addresses import ledger_at
from ippyo.ledger.documents import read_poll
from ippyo.sites.serving import HOST, serve_until_stopped

if TYPE_CHECKING:
    from ippyo.registry.issuance.report import StyleCount
    from ippyo.registry.site.office import Office
    from ippyo.sites.program import Program

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    help=say("認証: 名簿、登録用コード、投票券の発行。", "The registry: roll, registration codes, tickets."),
)


@app.command(
    help=say(
        "発行者の鍵を作り、公開鍵（genesis に入れる文書）を表示する。",
        "Make an issuer's keys, and print the public half, which goes into genesis.",
    )
)
def keys(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=say("鍵のファイル（新規）", "The new key file."))],
    name: Annotated[str, typer.Option(help=say("選挙定義にある発行者の名前", "The issuer's name in the manifest."))],
    style: Annotated[list[str], typer.Option(help=say("対象区分（すべて、順に）", "Each ballot style, in order."))],
    module: Annotated[
        str | None,
        typer.Option(
            help=say("RSA の鍵を作る HSM の PKCS#11 ライブラリ", "PKCS#11 library of an HSM for the RSA keys.")
        ),
    ] = None,
    token: Annotated[str, typer.Option(help=say("HSM のトークンの名前", "Label of the HSM's token."))] = "",
    pin_file: Annotated[
        Path | None, typer.Option(help=say("トークンの暗証番号のファイル", "File with the token's PIN."))
    ] = None,
    label_prefix: Annotated[
        str, typer.Option(help=say("HSM の鍵の名前の前に付ける文字", "Stands before the style in the keys' labels."))
    ] = "",
) -> None:
    """Make keys and seal them; with an HSM, only the key of totals is in the file."""
    from ippyo.registry.issuance.keys import IssuerSecrets, open_token  # noqa: PLC0415 - heavy
    from ippyo.registry.site.config import TokenConfig  # noqa: PLC0415

    passphrase = choose_passphrase()
    if module is None:
        made = IssuerSecrets.generate(name, style)
    elif pin_file is None or not token:
        raise InputError("say which token of the HSM, and where its PIN is: --token and --pin-file")
    else:
        with open_token(TokenConfig(module, token, pin_file, label_prefix), writable=True) as device:
            for one in style:
                device.generate_key(label_prefix + one)
            made = IssuerSecrets.generate(name, []).with_token(device, label_prefix, style)
    write_new(file, made.seal(passphrase), private=True)
    typer.echo(dumps(made.public().to_value()))


@app.command(
    help=say(
        "認証のフォルダーを作る。設定 registry.toml を書き、データベースを用意する。",
        "Make a registry's folder: registry.toml to edit, a secret key, the database.",
    )
)
def init(
    home: Home,
    poll: Annotated[
        Path,
        typer.Option(
            "--poll", "-p", help=say("投票の文書があるフォルダー", "Folder with manifest, genesis, trustees.")
        ),
    ],
    issuer: Annotated[
        int, typer.Option(help=say("何番目の発行者か（1 は窓口）", "This issuer's number; 1 is the desk."))
    ],
    origin: Annotated[
        list[str],
        typer.Option(help=say("発行者すべての URL（順に）", "The origin of each issuer, in the poll's order.")),
    ],
    ledger: Annotated[
        list[str],
        typer.Option(
            help=say(
                "台帳の URL（すべて。運営者が複数なら 名前=URL）",
                "Each address of the ledger; of several operators, NAME=URL.",
            )
        ),
    ],
    pin: Annotated[
        list[str] | None,
        typer.Option(help=say("認証局の指紋", "A root's pin: signature: or user: and its SHA-256.")),
    ] = None,
    test: Annotated[
        bool, typer.Option("--test", help=say("試験用のカードを使う", "Test cards, and http on this computer."))
    ] = False,
    minimum_age: Annotated[int, typer.Option(help=say("年齢", "The age for voting."))] = 18,
    phone: Annotated[str, typer.Option(help=say("窓口の電話番号", "The support desk's telephone."))] = "000-000-0000",
    booth: Annotated[
        str | None, typer.Option(help=say("投票のサイトの URL", "The booth's origin, where voters go on."))
    ] = None,
) -> None:
    """Make the folder and the database."""
    from ippyo.identity.certificates import PUBLISHED_PINS  # noqa: PLC0415
    from ippyo.registry.site.beginning import NewRegistry, write_registry  # noqa: PLC0415

    if not 1 <= issuer <= len(origin):
        raise InputError(f"the poll has no issuer {issuer}; it has {len(origin)}")
    pins = pin or ([] if test else list(PUBLISHED_PINS))
    new = NewRegistry(issuer, origin[issuer - 1], origin, ledger, pins, test, minimum_age, phone, booth)
    write_registry(home, read_poll(poll), new)
    migrate(home)
    typer.echo(
        say(
            f"{home} を作りました。次に registry.toml を確かめ、認証局の証明書を roots に、失効リストを crl に、"
            "鍵のファイルを issuer-keys.age に置いてください。",
            f"{home} is ready. Now look through registry.toml, and put the authorities' certificates into roots, the "
            "revocation lists into crl, and the key file at issuer-keys.age",
        )
    )


@app.command(help=say("設定と鍵を確かめる。", "Check configuration, keys, database and the site's security settings."))
def check(home: Home) -> None:
    """Open everything once."""
    with _office(home) as opened:
        from django.core.management import call_command  # noqa: PLC0415

        call_command("check", deploy=not opened.config.test, fail_level="WARNING", verbosity=0, stdout=io.StringIO())
        if opened.config.is_desk:
            require_program(_program, strict=not opened.config.test)
    typer.echo(say("認証の設定は整っています。", "the registry is ready"))


@app.command(help=say("認証のサイトを動かす。止めるには Ctrl-C。", "Serve the registry's site until Ctrl-C."))
def serve(
    home: Home,
    host: Annotated[str, typer.Option(help=say("待ち受けるアドレス", "The address to listen at."))] = HOST,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help=say("ポート（0 は空き）", "The port; 0 takes a free one."))
    ] = 8000,
) -> None:
    """Serve until told to stop."""
    with _office(home) as opened:
        from django.core.wsgi import get_wsgi_application  # noqa: PLC0415

        from ippyo.registry.housekeeping import housekeeping  # noqa: PLC0415
        from ippyo.registry.site.office import install  # noqa: PLC0415

        if opened.config.is_desk:
            require_program(_program, strict=False)
        _require_whole(opened)
        install(opened)
        with housekeeping(opened.clock):
            serve_until_stopped(get_wsgi_application(), host, port, lambda origin: print(origin, flush=True))


@app.command(help=say("登録と発行の数を表示する。", "Show how many are on the roll and how many tickets are out."))
def status(
    home: Home,
    ledger: Annotated[
        bool, typer.Option("--ledger", help=say("台帳の発行数と見比べる", "Compare with the ledger's totals."))
    ] = False,
    as_json: Json = False,
) -> None:
    """Count; names nobody."""
    config, poll = open_database(home)
    from ippyo.registry.issuance.report import issuance_counts  # noqa: PLC0415
    from ippyo.registry.issuance.totals import totals_on_ledger  # noqa: PLC0415

    def ask_ledger() -> dict[str, int]:
        with ledger_at(config.ledger_urls, poll) as keepers:
            return totals_on_ledger(keepers, config.issuer)

    counts = issuance_counts(poll, ask_ledger if ledger else None)
    if as_json:
        typer.echo(dumps({"issuer": config.issuer, "styles": [count.to_value() for count in counts]}))
    else:
        for count in counts:
            typer.echo(_count_line(count))
    for count in counts:
        if not count.agrees:
            asked = count.pending + count.answered
            raise CheckFailedError(
                f"the ledger counts {count.ledger} of {count.style}, and this registry {count.before} to {asked}"
            )


def _count_line(count: StyleCount) -> str:
    ledger = "" if count.ledger is None else say(f"、台帳 {count.ledger} 枚", f", {count.ledger} on the ledger")
    return say(
        f"{count.style}: 名簿 {count.roll} 人、申請中 {count.pending} 人、発行済み {count.answered} 枚{ledger}",
        f"{count.style}: {count.roll} on the roll, {count.pending} pending, {count.answered} tickets issued{ledger}",
    )


def _program() -> Program:
    from ippyo.registry.site.program import registration_program  # noqa: PLC0415

    return registration_program()


def _require_whole(office: Office) -> None:
    """Refuse an old copy of the database: to those whom it has forgotten, it would give second tickets."""
    from ippyo.registry.issuance.service import count_persons  # noqa: PLC0415
    from ippyo.registry.issuance.totals import totals_on_ledger  # noqa: PLC0415
    from ippyo.registry.roll.models import Voter  # noqa: PLC0415

    if not Voter.objects.exists():
        # Nobody can get any ticket; after the time of retention, the log is as empty as the roll.
        return
    for style, total in totals_on_ledger(office.ledger, office.issuer).items():
        if total > (known := count_persons(style)):
            raise InputError(
                f"the ledger counts {total} tickets of {style}, and this database {known}: it is an old copy, "
                "and would issue some twice; restore a newer one"
            )


def _office(home: Path) -> AbstractContextManager[Office]:
    config = open_home(home)
    from ippyo.registry.site.opening import open_office  # noqa: PLC0415

    return open_office(config, lambda: ask_passphrase(say("発行者の鍵の合い言葉", "Passphrase of the issuer's keys")))


app.command("migrate", help=say("データベースを今の版に合わせる。", "Bring the database up to this version."))(migrate)
registry_roll.register(app)
registry_codes.register(app)
registry_crl.register(app)
registry_staff.register(app)
registry_integrity.register(app)
