"""``ippyo registry codes`` and ``letters``: registration codes from the draw to the post office."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ippyo.cli.language import say
from ippyo.cli.registry_home import By, Home, Json, numbered, open_database, staff
from ippyo.errors import InputError
from ippyo.files import read_limited, write_new

if TYPE_CHECKING:
    from ippyo.registry.codes.mailing import Addressee
    from ippyo.registry.roll.models import Voter

__all__ = ["app", "register"]

# Models can be imported only once Django is set up: what needs them is imported where it is used.

LETTERS_PER_FILE = 1000
"""What a printer's program takes at once."""

app = typer.Typer(
    no_args_is_help=True, help=say("投票人登録用コード（郵送する文字）。", "Registration codes, which go by post.")
)


@app.command(
    help=say("コードのない有権者にコードを作り、発送用の一覧を書く。", "Make codes, and write the mailing list.")
)
def make(
    home: Home,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="CSV", help=say("発送用の一覧（秘密）", "Mailing list: keep it secret.")),
    ],
    sample: Annotated[
        int | None,
        typer.Option(min=1, help=say("無作為に選んだこの人数だけに", "Only for a random sample of this size.")),
    ] = None,
    seed: Annotated[str, typer.Option(help=say("抽せんの種", "Seed of the sample."))] = "",
    by: By = None,
) -> None:
    """Make codes."""
    config, poll = open_database(home)
    from django.db import transaction  # noqa: PLC0415

    from ippyo.registry.codes import service  # noqa: PLC0415
    from ippyo.registry.codes.mailing import Addressee, mailing_list  # noqa: PLC0415
    from ippyo.registry.roll.models import Voter  # noqa: PLC0415
    from ippyo.registry.roll.sample import draw_sample  # noqa: PLC0415

    # The codes hold only if their list reached the disk.
    with transaction.atomic():
        voters: Iterable[Voter] = (
            Voter.objects.order_by("district", "pk").iterator(service.BATCH)
            if sample is None
            else draw_sample(sample, seed)
        )
        addressees = [Addressee.of(new) for new in service.make(voters, staff(by))]
        if not addressees:
            raise InputError("everybody who may vote has a registration code already")
        write_new(out, mailing_list(addressees, config.origin, poll.fingerprint), private=True)
    _warn_unprintable(addressees)
    typer.echo(
        say(
            f"{len(addressees)} 人分のコードを作り、{out} に書きました。コードはこのファイルにしかありません。",
            f"Made {len(addressees)} codes. They are in {out} and nowhere else.",
        )
    )


@app.command("list", help=say("コードの状態ごとの件数。", "How many codes are in which state."))
def list_codes(home: Home, as_json: Json = False) -> None:
    """Count the codes."""
    open_database(home)
    from django.db.models import Count  # noqa: PLC0415

    from ippyo.registry.codes.models import RegistrationCode  # noqa: PLC0415

    found = RegistrationCode.objects.values_list("state").annotate(Count("pk")).order_by()
    counts = {str(state): 0 for state in RegistrationCode.State} | {str(state): number for state, number in found}
    if as_json:
        typer.echo(json.dumps(counts, indent=2))
        return
    for state in RegistrationCode.State:
        typer.echo(f"{say(str(state.label), str(state))}: {counts[state]}")


@app.command(help=say("作ったコードをすべて発送済みにする。", "Note that the letters of all codes made went out."))
def mailed(home: Home) -> None:
    """Mark codes as mailed."""
    open_database(home)
    from ippyo.registry.codes import service  # noqa: PLC0415

    number = service.mark_mailed()
    typer.echo(say(f"{number} 件を発送済みにしました。", f"Marked {number} codes as mailed."))


@app.command(help=say("コードを差し替え、新しい通知を作る。", "Replace a voter's code, and write the new letter."))
def replace(
    home: Home,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help=say("名簿番号", "Number on the roll."))],
    reason: Annotated[str, typer.Option(help=say("理由（紛失など）", "Why: lost, opened, …"))],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="PDF", help=say("通知のファイル", "File of the letter."))],
    by: By = None,
) -> None:
    """Replace one code."""
    config, poll = open_database(home)
    from django.db import transaction  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from ippyo.registry.codes import service  # noqa: PLC0415
    from ippyo.registry.codes.letter import letters_pdf  # noqa: PLC0415
    from ippyo.registry.codes.mailing import Addressee, Sender  # noqa: PLC0415

    voter = numbered(number)
    with transaction.atomic():
        addressee = Addressee.of(service.replace(voter, reason, staff(by)))
        write_new(out, letters_pdf([addressee], Sender.of(config, poll), timezone.localdate()), private=True)
    _warn_unprintable([addressee])
    typer.echo(
        say(f"古いコードを止め、新しい通知を {out} に書きました。", f"The old code is dead; the new letter is {out}.")
    )


def letters(
    home: Home,
    file: Annotated[Path, typer.Argument(metavar="CSV", help=say("発送用の一覧", "Mailing list."))],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help=say("フォルダー", "Folder for the letters."))],
    day: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help=say("通知の日付", "Date of the letters."))
    ] = None,
) -> None:
    """Set the letters of a mailing list."""
    config, poll = open_database(home)
    from django.utils import timezone  # noqa: PLC0415

    from ippyo.registry.codes.letter import letters_pdf  # noqa: PLC0415
    from ippyo.registry.codes.mailing import MAILING_LIMIT, Sender, read_mailing_list  # noqa: PLC0415

    addressees = list(read_mailing_list(read_limited(file, MAILING_LIMIT, "mailing list")))
    if not addressees:
        raise InputError("the mailing list is empty")
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    sender, written = Sender.of(config, poll), day.date() if day else timezone.localdate()
    starts = range(0, len(addressees), LETTERS_PER_FILE)
    for number, start in enumerate(starts, start=1):
        pages = addressees[start : start + LETTERS_PER_FILE]
        write_new(out / f"letters-{number:03}.pdf", letters_pdf(pages, sender, written), private=True)
    _warn_unprintable(addressees)
    typer.echo(
        say(
            f"{len(addressees)} 通を {out} に書きました（{len(starts)} ファイル）。印刷したら消してください。",
            f"Wrote {len(addressees)} letters into {out}, in {len(starts)} files. Delete them once printed.",
        )
    )


def _warn_unprintable(addressees: Sequence[Addressee]) -> None:
    from ippyo.registry.codes.letter import is_printable  # noqa: PLC0415

    for one in addressees:
        if is_printable(one.name + one.address):
            continue
        which = one.number or "?"
        typer.echo(
            say(
                f"注意: 名簿番号 {which} の宛名には印刷できない字（〓）があります。手で直してください。",
                f"Note: the address of number {which} has characters that print as 〓; correct it by hand.",
            ),
            err=True,
        )


def register(registry: typer.Typer) -> None:
    """Add the commands to ``ippyo registry``."""
    registry.add_typer(app, name="codes")
    registry.command(
        help=say("発送用の一覧から、印刷する通知（PDF）を作る。", "Set the letters of a mailing list, as PDF.")
    )(letters)
