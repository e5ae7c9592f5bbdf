"""``ippyo``: gathers the command groups and turns errors into one sentence and an exit code.

Exit codes: 0 good, 1 a check failed, 2 bad usage or input, 130 interrupted. A traceback is a bug.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from ippyo import __version__
from ippyo.audit.report import printable
from ippyo.cli import (
    audit,
    bench,
    booth,
    card,
    card_agent,
    card_digital_auth,
    card_jlis,
    count,
    demo,
    export,
    ledger,
    node,
    officer,
    poll,
    receipt,
    registry,
    trustee,
    verify,
)
from ippyo.cli.japanese.usage import UsageGroup
from ippyo.cli.language import say, told
from ippyo.errors import CheckFailedError, InputError, IppyoError, RefusedError
from ippyo.files import reason

__all__ = ["app", "main", "run"]

INTERRUPTED = 130

app = typer.Typer(
    name="ippyo",
    cls=UsageGroup,
    help=say(
        "一票: 町で運営でき、誰でも検証できるネット投票。",
        "Ippyo 一票: Internet voting that a town can run and anybody can check.",
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ippyo {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    pass


demo.register(app)
app.add_typer(poll.app, name="poll")
app.add_typer(trustee.app, name="trustee")
app.add_typer(officer.app, name="officer")
app.add_typer(count.app, name="count")
app.add_typer(registry.app, name="registry")
app.add_typer(booth.app, name="booth")
app.add_typer(ledger.app, name="ledger")
app.add_typer(node.app, name="node")
app.add_typer(card.app, name="card")
for part_of_card in (card_agent, card_jlis, card_digital_auth):
    part_of_card.register(card.app)
verify.register(app)
receipt.register(app)
audit.register(app)
export.register(app)
bench.register(app)


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        app(args=arguments, standalone_mode=True)
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 2 if stop.code else 0
        # Typer turns Ctrl-C into this code, and says nothing.
        return _interrupted() if code == INTERRUPTED else code
    except (CheckFailedError, RefusedError) as error:
        return _fail(error, 1)
    except IppyoError as error:
        return _fail(error, 2)
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        # The reader of our output went away (``| head``): nothing is wrong, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        # Disks and folders fail in more places than can be foreseen; they are no bug of ours.
        return _fail(InputError(f"cannot use {error.filename or 'a file'}: {reason(error)}"), 2)
    except Exception as error:
        if not _is_of_a_database(error):
            raise
        # Its kind only: the words of a database quote rows, with names and addresses.
        kind = type(error).__name__
        problem = f"the database did not do it ({kind}); look whether it runs and is free, and try again"
        return _fail(InputError(problem), 2)
    return 0


def _is_of_a_database(error: Exception) -> bool:
    """Tell whether Django's database failed; commands without one do not import it, which takes a while."""
    database = sys.modules.get("django.db")
    return database is not None and isinstance(error, database.Error)


def _interrupted() -> int:
    print(say("\nippyo: 中断しました。", "\nippyo: interrupted."), file=sys.stderr)
    return INTERRUPTED


def _fail(error: IppyoError, code: int) -> int:
    # Some errors have several lines; each may quote a stranger's file.
    shown = "\n".join(map(printable, told(error).split("\n")))
    print(f"ippyo: {say('エラー', 'error')}: {shown}", file=sys.stderr)
    return code


def run() -> None:
    """Console entry point."""
    sys.exit(main())
