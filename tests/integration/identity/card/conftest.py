"""The virtual reader of ippyo.identity.simulated.reader, and programs that use it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ippyo.identity.card.virtual.contents import CardContents
from ippyo.identity.person import BasicData, BirthDate
from ippyo.identity.simulated.jlis import CardPins, Jlis
from ippyo.identity.simulated.reader import VirtualReader, missing_part, virtual_reader

IPPYO = Path(sys.executable).with_name("ippyo")


@dataclass
class Reader:
    """The virtual reader, and what a person does with it; programs run in ``folder``."""

    virtual: VirtualReader
    folder: Path

    def insert(self, file: Path) -> None:
        """Put a card in that forgets its counters when it leaves, and wait until programs see it."""
        self.virtual.insert(file)

    def insert_by_command(self, file: Path, *options: str) -> None:
        """Put a card in by ``ippyo card virtual``, and wait until programs see it."""
        self.virtual.insert_by(str(IPPYO), "card", "virtual", str(file), *options)

    def remove(self) -> None:
        """Take the card out, and wait until programs see that."""
        assert self.virtual.remove() == 130

    def run(self, *command: str, pin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a program that uses the reader; it finds no settings or caches of whoever runs the tests."""
        environment = os.environ | {"HOME": str(self.folder), "IPPYO_LANG": "en", "LC_ALL": "C.UTF-8"}
        if pin is not None:
            (self.folder / "pin").write_text(pin)
            environment["IPPYO_PIN_FILE"] = str(self.folder / "pin")
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, encoding="utf-8", timeout=60, check=False
        )


@pytest.fixture(scope="session")
def card_programs(require: Callable[[str, bool, str], None]) -> None:
    """Ask for every part of the system that these tests need."""
    for part, command in (("opensc", "pkcs11-tool"), ("openssl", "openssl")):
        require(part, shutil.which(command) is not None, f"apt-get install {part}")
    part, how = missing_part() or ("", "")
    require(part, not part, how)


@pytest.fixture
def card_reader(card_programs: None, tmp_path: Path) -> Iterator[Reader]:
    """Yield a reader without card."""
    with virtual_reader(tmp_path / "pcscd.log") as virtual:
        yield Reader(virtual, tmp_path)


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
