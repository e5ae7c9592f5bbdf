"""A virtual card in a virtual reader, with the machine's real PC/SC service between it and the programs.

The virtual reader listens on every address of its network, so that both ends live in a network of their own; programs
reach the service by its Unix socket. A machine can have one such service: a lock keeps other tests out meanwhile.
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
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ippyo.identity.card.readers import find_reader, list_readers
from ippyo.identity.card.virtual.contents import CardContents
from ippyo.identity.errors import CardError
from ippyo.identity.person import BasicData, BirthDate
from ippyo.identity.simulated.jlis import CardPins, Jlis

SERVICE = Path("/run/pcscd/pcscd.comm")
LOCK = Path(tempfile.gettempdir()) / "ippyo-pcscd.lock"
IPPYO = Path(sys.executable).with_name("ippyo")
VPCD = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
SECONDS = 20.0

# A new network begins with its loopback interface down (SIOCSIFFLAGS, IFF_UP | IFF_RUNNING).
IN_OWN_NETWORK = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 0x41))
os.execvp(sys.argv[1], sys.argv[1:])
"""

# The same as `ippyo card virtual`, but without the second that all commands need to load.
CARD = """
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


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, f"waited {SECONDS:.0f} s: {what}"
        time.sleep(0.02)


def has_card() -> bool:
    try:
        return bool(find_reader())
    except CardError:
        return False


def has_readers() -> bool:
    try:
        return len(list_readers()) == 2
    except CardError:
        return False


def listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def stop(process: subprocess.Popen[bytes], how: signal.Signals) -> int:
    process.send_signal(how)
    try:
        return process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


@dataclass
class Reader:
    """The virtual reader, and what a person does with it."""

    service: subprocess.Popen[bytes]
    folder: Path
    card: subprocess.Popen[bytes] | None = field(default=None)

    def insert(self, file: Path) -> None:
        """Put a card in that forgets its counters when it leaves, and wait until programs see it."""
        self._start(sys.executable, "-c", CARD, str(file))

    def insert_by_command(self, file: Path, *options: str) -> None:
        """Put a card in by ``ippyo card virtual``, and wait until programs see it."""
        self._start(str(IPPYO), "card", "virtual", str(file), *options)

    def _start(self, *command: str) -> None:
        network = f"--net=/proc/{self.service.pid}/ns/net"
        self.card = subprocess.Popen(
            ["nsenter", network, *command],
            stdout=subprocess.PIPE,
            env=os.environ | {"IPPYO_LANG": "en"},
        )
        until(has_card, "a card in the reader")

    def remove(self) -> None:
        """Take the card out, and wait until programs see that."""
        assert self.card is not None
        with self.card:
            assert stop(self.card, signal.SIGINT) == 130
        self.card = None
        until(lambda: not has_card(), "a reader without card")

    def run(self, *command: str, pin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a program that uses the reader; it finds no settings or caches of whoever runs the tests."""
        environment = os.environ | {"HOME": str(self.folder), "IPPYO_LANG": "en", "LC_ALL": "C.UTF-8"}
        if pin is not None:
            (self.folder / "pin").write_text(pin)
            environment["IPPYO_PIN_FILE"] = str(self.folder / "pin")
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, encoding="utf-8", timeout=60, check=False
        )


@contextmanager
def only_one() -> Iterator[None]:
    with LOCK.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def card_programs(require: Callable[[str, bool, str], None]) -> None:
    """Ask for every part of the system that these tests need."""
    for part, command in (
        ("pcscd", "pcscd"),
        ("opensc", "pkcs11-tool"),
        ("openssl", "openssl"),
        ("util-linux", "nsenter"),
    ):
        require(part, shutil.which(command) is not None, f"apt-get install {part}")
    require("vsmartcard-vpcd", VPCD.exists(), "apt-get install vsmartcard-vpcd")
    try:
        import smartcard.scard  # noqa: F401, PLC0415
    except ImportError:
        require("pyscard", False, "make card-reader")
    private = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode == 0
    require("a network of one's own", private, "run as root, where `unshare --net true` works")


@pytest.fixture
def card_reader(card_programs: None, require: Callable[[str, bool, str], None], tmp_path: Path) -> Iterator[Reader]:
    """Yield a reader without card."""
    with only_one():
        require("a PC/SC service for tests alone", not listens(SERVICE), "stop the one that runs")
        with (tmp_path / "pcscd.log").open("wb") as log:
            service = subprocess.Popen(
                ["unshare", "--net", sys.executable, "-c", IN_OWN_NETWORK, "pcscd", "--foreground"],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        reader = Reader(service, tmp_path)
        try:
            until(has_readers, f"the service; see {tmp_path / 'pcscd.log'}")
            yield reader
        finally:
            if reader.card is not None:
                with reader.card:
                    stop(reader.card, signal.SIGKILL)
            stop(service, signal.SIGTERM)


@pytest.fixture(scope="session")
def opensc_module(require: Callable[[str, bool, str], None]) -> Path:
    found = next(Path("/usr/lib").glob("*/opensc-pkcs11.so"), None)
    require("opensc-pkcs11", found is not None, "apt-get install opensc-pkcs11")
    assert found is not None
    return found


@pytest.fixture(scope="session")
def hanako() -> BasicData:
    return BasicData("一票　花子", "東京都清瀬市中里５丁目８４２番地", "female", BirthDate(1980, 2, 3))


@pytest.fixture(scope="session")
def hanakos_card(hanako: BasicData, tmp_path_factory: pytest.TempPathFactory) -> CardContents:
    """Return a card of the simulated J-LIS."""
    at = datetime(2026, 4, 1, tzinfo=UTC)
    jlis = Jlis.create(tmp_path_factory.mktemp("jlis") / "jlis", at)
    return jlis.personalise(hanako, CardPins("ABC123", "1234", "4321"), at)


@pytest.fixture
def card_file(hanakos_card: CardContents, tmp_path: Path) -> Path:
    file = tmp_path / "card.json"
    file.write_text(hanakos_card.to_text(), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def ippyo_command() -> str:
    return str(IPPYO)
