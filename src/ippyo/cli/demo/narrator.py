"""What the demonstration says while it runs: numbered phases with their times, refusals by name, tables."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from ippyo.cli.language import say

__all__ = ["Narrator", "Ticker"]


class Ticker:
    """A progress bar on a terminal; silent elsewhere."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    def advance(self, steps: int = 1) -> None:
        """Say that ``steps`` more are done."""
        self._bar.advance(self._task, steps)


class Narrator:
    """Prints to standard output."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._number = 0
        self.times: list[tuple[str, float]] = []

    @contextmanager
    def phase(self, ja: str, en: str) -> Iterator[None]:
        """Announce a phase and, when it is done, say how long it took."""
        self._number += 1
        title = say(ja, en)
        self._console.print(Text(f"{self._number:>2}  {title}", style="bold"))
        start = time.perf_counter()
        yield
        self.times.append((title, time.perf_counter() - start))

    def line(self, ja: str, en: str) -> None:
        """Print one fact of the phase."""
        self._console.print(Text("    " + say(ja, en)), soft_wrap=True)

    def refusal(self, ja: str, en: str, code: str) -> None:
        """Print an attempt to cheat and the name of its refusal."""
        text = Text("    ✓ ", style="green")
        text.append(say("防いだ", "refused") + f" ({code})", style="bold")
        text.append(f": {say(ja, en)}", style="default")
        self._console.print(text, soft_wrap=True)

    @contextmanager
    def progress(self, ja: str, en: str, total: int) -> Iterator[Ticker]:
        """Show a bar for long work, on a terminal only."""
        columns = (
            TextColumn("    {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self._console, transient=True, disable=not self._console.is_terminal) as bar:
            yield Ticker(bar, bar.add_task(say(ja, en), total=total))

    def table(self, title: str, header: Sequence[str], rows: Sequence[Sequence[str]], total: Sequence[str]) -> None:
        """Print a table whose last columns are numbers."""
        table = Table(title=title, title_justify="left", show_footer=True)
        for index, (name, footer) in enumerate(zip(header, total, strict=True)):
            table.add_column(name, footer, justify="left" if index == 0 else "right")
        for row in rows:
            table.add_row(*row)
        self._console.print(table)

    def summary(self) -> None:
        """Print how long each phase took."""
        whole = sum(seconds for _, seconds in self.times)
        self._console.print(Text(say("所要時間", "Time taken"), style="bold"))
        for title, seconds in self.times:
            self._console.print(Text(f"    {seconds:7.1f} s  {title}"))
        self._console.print(Text(f"    {whole:7.1f} s  {say('合計', 'in all')}"))
