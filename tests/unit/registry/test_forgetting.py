"""Nothing that was deleted can be read in SQLite's files: neither in the database nor in the journal beside it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MARKS = (b"CHECKED-OF-A-VISIT", "山田秘密花子".encode())

SITE = """
import os, sqlite3, sys
from datetime import UTC, datetime, timedelta
import django
django.setup()
from django.core.management import call_command
from django.db import connection
call_command("migrate", verbosity=0)
from ippyo.errors import InputError
from ippyo.registry import retention
from ippyo.registry.registration.models import Visit
from ippyo.registry.roll.models import Voter

now = datetime.now(UTC)
name = "山田秘密花子"
voter = Voter.objects.create(number="1", name=name, address="a", sex="female", birth_key="19800102", style="all",
                             name_key=name, address_key="x")
Visit.objects.create(nonce=bytes(32), began=1, expires_at=now - timedelta(hours=1), voter=voter,
                     checked="CHECKED-OF-A-VISIT" + "q" * 600)
reader = sqlite3.connect(sys.argv[1], isolation_level=None)
if sys.argv[2] == "blocked":
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM roll_voter").fetchone()
    connection.cursor().execute("PRAGMA busy_timeout = 50")
    try:
        retention.sweep(now)
    except InputError as error:
        print("refused:", error)
else:
    retention.sweep(now)
    if sys.argv[2] == "over":
        retention.when_over(now - timedelta(days=100), 90, now)
print("done", flush=True)
sys.stdin.read()  # the site goes on, with its connection open
"""


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Return ``left(how)``: what the program printed, and the bytes in the files while it still runs."""

    def run(how: str) -> tuple[str, bytes]:
        file = tmp_path / "registry.db"
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
        monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "ippyo.registry.site.settings")
        monkeypatch.delenv("IPPYO_REGISTRY", raising=False)
        command = [sys.executable, "-c", SITE, str(file), how]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as site:
            assert site.stdout is not None
            said = b""
            while not said.endswith(b"done\n"):
                line = site.stdout.readline()
                assert line, said
                said += line
            found = b"".join(part.read_bytes() for part in tmp_path.iterdir())
            site.communicate(b"")
        return said.decode(), found

    return run


def test_an_expired_visit_is_gone_from_every_file(left: object) -> None:
    said, found = left("sweep")  # type: ignore[operator]
    assert said == "done\n"
    assert MARKS[0] not in found
    assert MARKS[1] in found, "the roll is still there"


def test_the_roll_is_gone_from_every_file_in_the_end(left: object) -> None:
    _, found = left("over")  # type: ignore[operator]
    assert not any(mark in found for mark in MARKS)


def test_a_journal_that_cannot_be_cut_is_told(left: object) -> None:
    said, _ = left("blocked")  # type: ignore[operator]
    assert said.startswith("refused: what was deleted still stands")
