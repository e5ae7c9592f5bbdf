"""A virtual card in a virtual reader, with the machine's real PC/SC service between it and the programs.

For tests, and for the one voter of the demonstration who uses a reader. The virtual reader listens on every address of
its network, so that service and card live in a network of their own, where nobody else can put a card in; programs
reach the service by its Unix socket. A machine can have one such service: a lock keeps others out meanwhile.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from ippyo.errors import InputError
from ippyo.identity.card.readers import find_reader, list_readers
from ippyo.identity.errors import CardError

__all__ = ["VirtualReader", "missing_part", "virtual_reader"]

SERVICE = Path("/run/pcscd/pcscd.comm")
LOCK = Path(tempfile.gettempdir()) / "ippyo-pcscd.lock"
VPCD = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
SECONDS = 60.0

_IN_OWN_NETWORK = """
import fcntl, os, socket, struct, sys
# A new network begins with its loopback interface down (SIOCSIFFLAGS, IFF_UP | IFF_RUNNING).
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 0x41))
os.execvp(sys.argv[1], sys.argv[1:])
"""

# The same as `ippyo card virtual`, but without the time that all commands need to load.
_CARD = """
import sys
from pathlib import Path
from ippyo.identity.card.virtual.card import VirtualCard
from ippyo.identity.card.virtual.contents import CardContents
from ippyo.identity.card.virtual.vpcd import VpcdCard
try:
    VpcdCard(VirtualCard(CardContents.from_text(Path(sys.argv[1]).read_bytes()))).run()
except KeyboardInterrupt:
    sys.exit(130)
"""
INTERRUPTED = 130


class VirtualReader:
    """The reader, and what a person does with it."""

    def __init__(self, service: subprocess.Popen[bytes]) -> None:
        self._service = service
        self._card: subprocess.Popen[bytes] | None = None

    def insert(self, file: Path) -> None:
        """Put the card of ``file`` in, which forgets its counters when it leaves, and wait until programs see it."""
        self.insert_by(sys.executable, "-c", _CARD, str(file))

    def insert_by(self, *command: str) -> None:
        """Put a card in by a command of its own."""
        self._card = subprocess.Popen(
            ["nsenter", f"--net=/proc/{self._service.pid}/ns/net", *command],
            stdout=subprocess.PIPE,
            env=os.environ | {"IPPYO_LANG": "en"},
            # Ctrl-C is for this process: one that still starts could do no better than a traceback.
            start_new_session=True,
        )
        _until(_has_card, "no program sees the card in the virtual reader")

    def remove(self) -> int:
        """Take the card out, wait until programs see that, and return how its process ended."""
        if self._card is None:
            return INTERRUPTED
        with self._card as card:
            code = _stop(card, signal.SIGINT)
        self._card = None
        _until(lambda: not _has_card(), "programs still see a card in the virtual reader")
        return code

    def close(self) -> None:
        """Take card and reader away, at once."""
        if self._card is not None:
            with self._card as card:
                _stop(card, signal.SIGKILL)
        _stop(self._service, signal.SIGTERM)


def missing_part() -> tuple[str, str] | None:
    """Return what this machine lacks for a virtual reader, and how to get it; None if nothing."""
    for part, command in (("pcscd", "pcscd"), ("util-linux", "nsenter")):
        if shutil.which(command) is None:
            return part, f"apt-get install {part}"
    if not VPCD.exists():
        return "vsmartcard-vpcd", "apt-get install vsmartcard-vpcd"
    if find_spec("smartcard") is None:
        return "pyscard", "make card-reader"
    if subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode:
        return "a network of one's own", "run as root, where `unshare --net true` works"
    return None


@contextmanager
def virtual_reader(log: Path) -> Iterator[VirtualReader]:
    """Lend a reader without a card; what the service says goes into ``log``.

    Raises :class:`InputError` when a service runs already, or none starts.
    """
    with LOCK.open("a") as lock, log.open("wb") as output:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _listens(SERVICE):
            raise InputError("a PC/SC service runs on this machine already; the virtual reader needs its place")
        service = subprocess.Popen(
            ["unshare", "--net", sys.executable, "-c", _IN_OWN_NETWORK, "pcscd", "--foreground"],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        reader = VirtualReader(service)
        try:
            _until(_has_readers, f"the PC/SC service does not start; see {log}")
            yield reader
        finally:
            reader.close()


def _until(condition: Callable[[], bool], problem: str) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > end:
            raise InputError(problem)
        time.sleep(0.02)


def _has_card() -> bool:
    try:
        return bool(find_reader())
    except CardError:
        return False


def _has_readers() -> bool:
    try:
        return len(list_readers()) == 2
    except CardError:
        return False


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def _stop(process: subprocess.Popen[bytes], how: signal.Signals) -> int:
    process.send_signal(how)
    try:
        return process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
