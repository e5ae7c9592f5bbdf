"""Other commands of ``ippyo`` that this one starts: each says on standard output where it answers, and runs on."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

__all__ = ["answers", "begin", "complaint", "end", "ippyo_command", "last_words", "lent_ports"]

STOP_SECONDS = 30
_TAIL = 2000
"""Characters of what a command said that an error quotes."""


def ippyo_command(*arguments: str | Path) -> list[str]:
    """Return the command line of a command."""
    return [sys.executable, "-m", "ippyo", *map(str, arguments)]


def complaint(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str | None:
    """Run a command to its end; return the last of what it said if it failed, else None."""
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, start_new_session=True)
    return (done.stderr or done.stdout)[-_TAIL:].strip() if done.returncode else None


def begin(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start a command; its errors are added to the file ``log``.

    It has a session of its own: Ctrl-C is for this process, which ends the others in their order.
    """
    with log.open("a", encoding="utf-8") as errors:
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment, start_new_session=True
        )


def answers(process: subprocess.Popen[str]) -> bool:
    """Wait until the process says where it answers; False if it ends instead."""
    assert process.stdout is not None
    return bool(process.stdout.readline())


def last_words(log: Path) -> str:
    """Return the last of what a process has complained of."""
    return log.read_text(encoding="utf-8")[-_TAIL:].strip()


def end(processes: Sequence[subprocess.Popen[str]], *, kill: bool = False) -> None:
    """End these processes, all at the same time: as an operator would, or in the middle of whatever they do."""
    for process in processes:
        with suppress(ProcessLookupError):
            process.kill() if kill else process.terminate()
    for process in processes:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def lent_ports(number: int) -> Iterator[list[int]]:
    """Lend ports at which nobody else listens until the context ends: some addresses must be known before a server is.

    A server that asks for no certain port gets none of them, however often those that they are for stop and start.
    """
    with ExitStack() as stack:
        held = [stack.enter_context(_bound()) for _ in range(number)]
        ports = [int(one.getsockname()[1]) for one in held]
        if sys.platform != "linux":
            # Elsewhere a server cannot be bound beside these, and only luck keeps its port free.
            stack.close()
        yield ports


def _bound() -> socket.socket:
    """Return a socket that has a free port and does not listen. Servers, which reuse addresses, can be beside it."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", 0))
    return made
