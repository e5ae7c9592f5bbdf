"""CometBFT's own process: started, started again when it ends, and stopped.

CometBFT ends, with exit code 0, when the application's connection drops; and one whose consensus has failed stays,
doing nothing. There are two kinds of such failure. Most go away with a new start, once the disk has room again. But if
the others have decided a block that does not follow from this node's state, the state is false, here or there, and a
new start cannot help: CometBFT is left stopped, and :attr:`Supervisor.failure` says so.
"""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from ippyo.ledger.comet.tether import tethered

__all__ = ["Supervisor"]

RESTART_SECONDS = 1.0
LONGEST_PAUSE = 30.0
STOP_SECONDS = 10.0
LOG_BYTES = 16 << 20
_LINE_BYTES = 1 << 20

# Both in consensus/state.go of CometBFT 0.38; only its own code, no peer, decides on the message and the beginning.
_CONSENSUS_FAILURE = "CONSENSUS FAILURE!!!"
_OTHER_STATE = "+2/3 committed an invalid block: "

_OTHER = "the operators decided a block that does not follow from this node's state"

log = logging.getLogger(__name__)


class Supervisor:
    """Keeps ``command`` running in ``folder``; what it writes goes to ``comet.log`` there."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self._command = tethered(command)
        self._folder = folder
        self.failure = ""
        """Why CometBFT is not started any more; empty while it is."""

    async def run(self) -> None:
        """Keep it running until this is cancelled, or its consensus has failed for good; it is stopped then."""
        pause = RESTART_SECONDS
        while True:
            started = time.monotonic()
            self.failure = await self._once()
            if self.failure:
                log.critical("CometBFT stays stopped: %s", self.failure)
                return
            lasted = time.monotonic() - started
            pause = RESTART_SECONDS if lasted > LONGEST_PAUSE else min(2 * pause, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _once(self) -> str:
        """Run it once; return why it must not run again, empty if it may."""
        process = await self._begin()
        try:
            assert process.stdout is not None
            failure = await self._listen(process.stdout)
        finally:
            await _to_the_end(_stop(process))
        log.warning("CometBFT ended with code %s", process.returncode)
        return failure

    async def _begin(self) -> asyncio.subprocess.Process:
        # Paths in CometBFT's configuration are relative to the folder.
        beginning = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                limit=_LINE_BYTES,
            )
        )
        try:
            return await asyncio.shield(beginning)
        except asyncio.CancelledError:
            # Who is stopped in this very moment does not leave behind what has just begun.
            await _to_the_end(_stop(await beginning))
            raise

    async def _listen(self, lines: asyncio.StreamReader) -> str:
        """Write down what CometBFT says, until it has nothing more to say or its consensus has failed."""
        writer = _Log(self._folder / "comet.log")
        try:
            while True:
                try:
                    line = await lines.readline()
                except ValueError:
                    continue  # a line longer than any that matters
                if not line:
                    return ""
                writer.write(line)
                if (problem := _failed_consensus(line)) is not None:
                    return _OTHER if problem.startswith(_OTHER_STATE) else ""
        finally:
            writer.close()


def _failed_consensus(line: bytes) -> str | None:
    """Return why consensus failed if ``line`` says that it did, else None.

    CometBFT's log is one JSON object per line; words that peers chose stand in its other values, well quoted.
    """
    # What is not of the log, as the trace of a crash, is no JSON object from its first byte on.
    if not line.startswith(b"{"):
        return None
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return str(entry.get("err", "")) if entry.get("_msg") == _CONSENSUS_FAILURE else None


class _Log:
    """A file that keeps the last words, at most twice :data:`LOG_BYTES` of them; a full disk stops no node."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = self._open()

    def _open(self) -> BinaryIO | None:
        try:
            return self._path.open("ab", buffering=0)
        except OSError:
            return None

    def write(self, line: bytes) -> None:
        with suppress(OSError):
            if self._file is None:
                return
            self._file.write(line)
            if self._file.tell() > LOG_BYTES:
                self._file.close()
                self._path.replace(self._path.with_suffix(".log.1"))
                self._file = self._open()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


async def _to_the_end(work: Coroutine[None, None, None]) -> None:
    """Wait until ``work`` is done, even if this is cancelled meanwhile; only then it is."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


async def _stop(process: asyncio.subprocess.Process) -> None:
    # With the last of what it says: a pipe that nobody empties would keep the end of the process from being seen.
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.communicate(), STOP_SECONDS)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()
