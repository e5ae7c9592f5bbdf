"""The seam between counting and auditing, two rooms that never import each other: nothing is counted unverified."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from ippyo.audit.verify import verify
from ippyo.cli.language import say
from ippyo.cli.verify import show_cosigned
from ippyo.errors import CheckFailedError

__all__ = ["require_verified"]


def require_verified(
    record: Path,
    *,
    copied_from: Path | None = None,
    poll: str | None = None,
    checkpoints: Sequence[Path] | None = None,
) -> None:
    """Run the verifier over ``record``, of a poll not counted yet, and say how far it came.

    ``copied_from`` is what a person may look at, when ``record`` is a copy that does not stay. ``poll`` and
    ``checkpoints`` are what is known from elsewhere, as for :func:`~ippyo.audit.verify.verify`.
    Raises :class:`CheckFailedError` naming the checks that failed.
    """
    typer.echo(say("記録を検証しています…", "Verifying the record…"), err=True)
    report = verify(record, unfinished=True, poll=poll, checkpoints=checkpoints or ())
    if not report.ok:
        bad = [check for check in report.checks if check.status == "fail"] or [
            check for check in report.checks if check.status != "pass"
        ]
        place = copied_from or record
        names = ", ".join(f"{check.check.number} ({check.check.slug})" for check in bad)
        raise CheckFailedError(
            say(
                f"記録の検証に失敗しました（項目 {names}）。詳しくは: ippyo verify {place}",
                f"the record does not pass the verifier (check {names}); for details: ippyo verify {place}",
            )
        )
    typer.echo(
        say(
            f"検証しました（台帳の記載 {report.transactions} 件）。", f"Verified ({report.transactions} transactions)."
        ),
        err=True,
    )
    # Of ballots left out of it, no record can tell by itself; and what is decrypted cannot be taken back.
    typer.echo(
        say(
            f"投票の指紋: {report.poll}（公示された指紋と見比べてください）",
            f"Fingerprint of the poll: {report.poll} (compare it with the published one)",
        ),
        err=True,
    )
    if report.cosigned is not None:
        show_cosigned(report.cosigned, err=True)
