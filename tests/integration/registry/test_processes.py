"""Registries and a ledger as processes of their own, over real HTTP, from ``init`` to tickets, and how they stop."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import requests
from tests import commands

from ippyo.canonical import unb64
from ippyo.contract.genesis import LedgerKeys
from ippyo.crypto import age_file
from ippyo.identity.revocation import import_crl
from ippyo.identity.simulated.jlis import CardPins, Jlis, KeyPool
from ippyo.ledger.http import LedgerClient
from ippyo.ledger.notes import KeyKind, SigningKey

PASSPHRASE = "a passphrase for tests"
ORIGINS = ("http://localhost:8001", "http://localhost:8002")
ROLL = """
import sys
from pathlib import Path
from ippyo.registry.site.setup import set_up
set_up(Path(sys.argv[1]))
from ippyo.identity.person import BirthDate
from ippyo.registry.roll.rows import Person
for name in sys.argv[2:]:
    born = BirthDate(1980, 1, 31)
    Person(None, name, "", "東京都千代田区霞が関二丁目1番2号", "female", born, "", "all").voter().save()
"""


class Town:
    """A small poll's files for processes: ledger folder, sealed keys, a J-LIS of today."""

    def __init__(self, folder: Path, offices: ModuleType, polls: ModuleType) -> None:
        manifest = polls.manifest()
        policies = replace(manifest.policies, certificate="signature")
        self.folder, self.offices = folder, offices
        self.small = polls.SmallPoll.build(replace(manifest, policies=policies))
        self.now = datetime.now(UTC)
        self.jlis = Jlis.create(folder / "jlis", self.now - timedelta(days=100))
        self.pool = KeyPool(2)
        (folder / "passphrase").write_text(PASSPHRASE)
        self.ledger_folder = self.small.write_documents(folder / "ledger")
        self._seal(self.ledger_folder / "log-key.age", self.small.log.to_text())
        self.maker = offices.OfficeMaker(
            self.small, self.jlis, self.pool, folder, offices.Clock(self.now), offices.MemoryLedger(self.small)
        )

    @staticmethod
    def _seal(file: Path, text: str) -> None:
        file.write_bytes(age_file.encrypt(text.encode(), PASSPHRASE))

    @property
    def secret(self) -> str:
        return str(self.folder / "passphrase")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return commands.run(*arguments, IPPYO_PASSPHRASE_FILE=self.secret)

    def serving(self, *arguments: str) -> AbstractContextManager[tuple[str, subprocess.Popen[str]]]:
        log = self.folder / f"{arguments[0]}.err"
        return commands.serving(*arguments, log=log, IPPYO_PASSPHRASE_FILE=self.secret)

    def init(self, issuer: int, ledger: str, *more: str) -> Path:
        folder = self.folder / f"issuer-{issuer}"
        origins = [part for origin in ORIGINS for part in ("--origin", origin)]
        pins = [part for pin in self.jlis.pins() for part in ("--pin", pin.to_text())]
        options = ["--poll", str(self.ledger_folder), "--issuer", str(issuer), *origins, "--ledger", ledger, *pins]
        made = self.run("registry", "init", str(folder), *options, *(more or ("--test",)))
        assert made.returncode == 0, made.stderr
        for file in self.jlis.roots.iterdir():
            (folder / "roots" / file.name).write_bytes(file.read_bytes())
        for kind in ("signature", "user"):
            import_crl(self.jlis.crl(kind, self.now), self.jlis.trust(), folder / "crl", self.now)
        self._seal(folder / "issuer-keys.age", self.maker.keys(issuer).to_text())
        return folder


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, registry_offices: ModuleType, small_polls: ModuleType) -> Town:
    return Town(tmp_path_factory.mktemp("town"), registry_offices, small_polls)


def voters(town: Town, count: int) -> list[Any]:
    """Return people with cards; on the roll they are put by :func:`enrol`."""
    basics = [
        town.offices.BasicData(
            f"川田{number}子", "東京都千代田区霞が関二丁目1番2号", "female", town.offices.BirthDate(1980, 1, 31)
        )
        for number in range(1, count + 1)
    ]
    at = town.now - timedelta(days=30)
    return [
        town.offices.Person(basic, town.jlis.personalise(basic, CardPins(), at, pool=town.pool), None)
        for basic in basics
    ]


def enrol(town: Town, folder: Path, people: list[Any]) -> None:
    names = [person.basic.name for person in people]
    done = subprocess.run(
        [sys.executable, "-c", ROLL, str(folder), *names],
        env=commands.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_further_issuer_issues_to_many_at_once(town: Town) -> None:
    people = voters(town, 10)
    with ExitStack() as stack:
        ledger, _ = stack.enter_context(town.serving("ledger", "serve", str(town.ledger_folder)))
        folder = town.init(2, ledger)
        enrol(town, folder, people)
        origin, process = stack.enter_context(town.serving("registry", "serve", str(folder)))
        signed = [town.maker.vouched(town.maker.signed(person)).to_text() for person in people]
        # Everybody twice at once: an impatient finger.
        with ThreadPoolExecutor(20) as pool:
            answers = list(
                pool.map(lambda text: requests.post(f"{origin}/api/issue", text.encode(), timeout=60), signed * 2)
            )
        assert [answer.status_code for answer in answers] == [200] * 20
        signatures = [unb64(answer.json()["blind_signature"], what="signature", length=384) for answer in answers]
        assert signatures[:10] == signatures[10:]
        assert len(set(signatures)) == 10
        client = LedgerClient([ledger], town.small.phi)
        issued = json.loads(client.query("status"))["state"]["issued"]
        assert [entry["total"] for entry in issued] == [0, 0, 10, 0]
        assert client.status().size < 10
        told = town.run("registry", "status", str(folder), "--json", "--ledger")
        counts = {"style": "all", "roll": 10, "pending": 0, "answered": 10, "ledger": 10}
        assert (told.returncode, json.loads(told.stdout)["styles"][0]) == (0, counts), told.stderr
        # One ticket for a person, whichever process asks.
        second = town.maker.vouched(town.maker.signed(people[0])).to_text()
        again = requests.post(f"{origin}/api/issue", second.encode(), timeout=60)
        assert (again.status_code, again.json()["code"]) == (409, "already-issued")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        # An old copy of the database would give a second ticket to whom it has forgotten: first of all, once so many
        # others have asked that it counts as many as the ledger.
        with closing(sqlite3.connect(folder / "registry.db")) as database:
            database.execute("DELETE FROM issuance_issuance WHERE voter_id IN (SELECT max(id) FROM roll_voter)")
            database.commit()
        old = town.run("registry", "serve", str(folder), "--port", "0")
        assert (old.returncode, old.stdout) == (2, "")
        assert "counts 10 tickets of all, and this database 9: it is an old copy" in old.stderr
        written = (town.folder / "registry.err").read_text()
        assert "127.0.0.1" not in written
        assert "川田" not in written


def test_production_is_strict(town: Town, tmp_path: Path) -> None:
    """With roots of the test hierarchy a production registry does not start; nor with an origin of plain HTTP."""
    folder = town.folder / "issuer-1"
    if not folder.exists():
        town.init(1, "http://127.0.0.1:9")
    text = (folder / "registry.toml").read_text()
    assert tomllib.loads(text)["mode"] == "test"
    (folder / "registry.toml").write_text(text.replace('mode = "test"', 'mode = "production"'))
    plain = town.run("registry", "serve", str(folder), "--port", "0")
    assert plain.returncode == 2
    assert "https" in plain.stderr
    secure = text.replace('mode = "test"', 'mode = "production"').replace("http://localhost:", "https://localhost:")
    (folder / "registry.toml").write_text(secure)
    roots = town.run("registry", "serve", str(folder), "--port", "0")
    assert roots.returncode == 2
    assert "test hierarchy" in roots.stderr
    (folder / "registry.toml").write_text(text)


def test_the_settings_of_production_are_clean(town: Town) -> None:
    """``manage.py check --deploy`` has nothing to say."""
    folder = town.folder / "issuer-1"
    if not folder.exists():
        town.init(1, "http://127.0.0.1:9")
    text = (folder / "registry.toml").read_text()
    secure = text.replace('mode = "test"', 'mode = "production"').replace(
        "http://localhost:", "https://registry.example:"
    )
    (folder / "registry.toml").write_text(secure)
    try:
        environment = commands.environment(
            IPPYO_REGISTRY=str(folder / "registry.toml"), DJANGO_SETTINGS_MODULE="ippyo.registry.site.settings"
        )
        checked = subprocess.run(
            [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "INFO"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        (folder / "registry.toml").write_text(text)
    assert checked.returncode == 0, checked.stderr
    assert "no issues" in checked.stdout


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: (folder / "secret-key").chmod(0o644), "mode 600"),
        (lambda folder: (folder / "secret-key").write_text("short"), "not a secret key"),
        (lambda folder: (folder / "registry.db").unlink(), "not up to date"),
        (lambda folder: (folder / "issuer-keys.age").unlink(), "no such file"),
        (lambda folder: (folder / "poll" / "genesis.json").unlink(), "no such file"),
        (lambda folder: next((folder / "roots").iterdir()).unlink(), "no such file"),
    ],
)
def test_what_is_missing_is_told(town: Town, tmp_path: Path, change: Callable[[Path], None], words: str) -> None:
    source = town.folder / "issuer-1"
    if not source.exists():
        town.init(1, "http://127.0.0.1:9")
    subprocess.run(["cp", "-a", str(source), str(tmp_path / "copy")], check=True)
    change(tmp_path / "copy")
    told = town.run("registry", "check", str(tmp_path / "copy"))
    assert told.returncode == 2, told.stdout
    assert words in told.stderr
    assert "Traceback" not in told.stderr


def test_the_ledger_of_several_operators(town: Town, tmp_path: Path) -> None:
    """No single node is believed: what is opened for a poll of operators knows whose each front is."""
    source = town.folder / "issuer-1"
    if not source.exists():
        town.init(1, "http://127.0.0.1:9")
    folder = tmp_path / "copy"
    subprocess.run(["cp", "-a", str(source), str(folder)], check=True)
    keys = [SigningKey.generate(f"ippyo.node/{name}", KeyKind.COSIGNATURE).verifier.to_text() for name in "abcd"]
    genesis = town.small.poll.genesis
    genesis = replace(genesis, ledger=LedgerKeys("comet", genesis.ledger.log, tuple(keys), 3))
    (folder / "poll" / "genesis.json").write_text(genesis.to_text() + "\n")
    text = (folder / "registry.toml").read_text()
    for name, code in (("a", 0), ("city", 2)):
        (folder / "registry.toml").write_text(text.replace('"http://127.0.0.1:9"', f'"{name}=http://127.0.0.1:9"'))
        told = town.run("registry", "check", str(folder))
        assert told.returncode == code, told.stderr
    assert "no operator 'city'" in told.stderr


def test_a_folder_that_is_not_empty(town: Town) -> None:
    options = ["--poll", str(town.ledger_folder), "--issuer", "1", "--ledger", "http://127.0.0.1:9", "--test"]
    origins = [part for origin in ORIGINS for part in ("--origin", origin)]
    pin = ["--pin", town.jlis.pins()[0].to_text()]
    told = town.run("registry", "init", str(town.ledger_folder), *options, *origins, *pin)
    assert told.returncode == 2
    assert "not empty" in told.stderr
