"""Typer's own errors, about a command line that it cannot understand, in Japanese."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from ippyo.cli.japanese import translate
from ippyo.cli.language import is_japanese

__all__ = ["UsageGroup"]

# Typer does not export the class of all usage errors, and its versions have it in different places.
_UsageError: Any = typer.BadParameter.__base__


class UsageGroup(TyperGroup):
    """The group of all commands: every usage error passes through here on its way to the terminal."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Parse the options before the first command."""
        with _translated():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Parse and run the command."""
        with _translated():
            return super().invoke(ctx)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except _UsageError as error:
        english = error.format_message()
        said = translate(english) if is_japanese() else english
        if said == english:
            raise
        raise _UsageError(said, ctx=error.ctx) from None
