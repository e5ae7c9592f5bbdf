"""Progress of long work, on the terminal only; nothing where the output is a file or a pipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

__all__ = ["counting_progress"]

STEP = 256
"""Drawing for every transaction would take longer than the work."""


@contextmanager
def counting_progress(title: str) -> Iterator[Callable[[int], None]]:
    """Show ``title``, a number that grows, and the time; yields the function to tell the number to."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed:,.0f}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(title, total=None)

        def tell(number: int) -> None:
            if number % STEP == 0:
                progress.update(task, completed=number)

        yield tell
