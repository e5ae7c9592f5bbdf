"""``ippyo registry crl``: which revocation lists a registry takes."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from ippyo.cli.registry_crl import register
from ippyo.errors import InputError
from ippyo.identity.certificates import Kind
from ippyo.identity.simulated.jlis import Jlis
from ippyo.registry.site.config import CONFIG_NAME

KINDS: tuple[Kind, ...] = ("signature", "user")
CONFIG = """\
mode = "test"
issuer = 1
origin = "http://localhost:8001"
issuers = ["http://localhost:8001"]
[ledger]
urls = ["http://127.0.0.1:8100"]
[certificates]
pins = {pins}
[revocation]
{revocation}
[support]
phone = "000"
hours = {{ ja = "平日", en = "weekdays" }}
"""


@pytest.fixture
def jlis(tmp_path: Path) -> Jlis:
    return Jlis.create(tmp_path / "jlis", datetime.now(UTC) - timedelta(days=1))


@pytest.fixture
def registry(jlis: Jlis, tmp_path: Path) -> Path:
    folder = tmp_path / "registry"
    (folder / "crl").mkdir(parents=True)
    shutil.copytree(jlis.roots, folder / "roots")
    write(folder, jlis, 'crl = "crl"')
    return folder


def write(folder: Path, jlis: Jlis, revocation: str) -> None:
    pins = json.dumps([pin.to_text() for pin in jlis.pins()])
    (folder / CONFIG_NAME).write_text(CONFIG.format(pins=pins, revocation=revocation), encoding="utf-8")


def brought(jlis: Jlis, folder: Path, at: datetime) -> list[Path]:
    """Return the files of both authorities' lists of the time ``at``."""
    files = []
    for kind in KINDS:
        files.append(folder / f"{kind}-{at:%d%H%M}.crl")
        files[-1].write_bytes(jlis.crl(kind, at))
    return files


def take(registry: Path, files: list[Path]) -> Any:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return CliRunner().invoke(app, ["crl", str(registry), *map(str, files)])


def test_lists_are_taken_and_used(registry: Path, jlis: Jlis, tmp_path: Path) -> None:
    files = brought(jlis, tmp_path, datetime.now(UTC))
    result = take(registry, files)
    assert result.exit_code == 0
    assert all(file.name in result.stdout for file in files)
    assert len([*(registry / "crl").glob("*.crl")]) == len(files)


def test_an_earlier_list_does_not_replace_a_later_one(registry: Path, jlis: Jlis, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    assert take(registry, brought(jlis, tmp_path, now)).exit_code == 0
    problem = take(registry, brought(jlis, tmp_path, now - timedelta(hours=2))).exception
    assert isinstance(problem, InputError)
    assert "earlier" in str(problem)


def test_lists_of_nobody_pinned(registry: Path, tmp_path: Path) -> None:
    stranger = Jlis.create(tmp_path / "stranger", datetime.now(UTC) - timedelta(days=1))
    problem = take(registry, brought(stranger, tmp_path, datetime.now(UTC))).exception
    assert isinstance(problem, InputError)
    assert "no pinned root" in str(problem)
    assert not [*(registry / "crl").glob("*.crl")]


def test_a_registry_that_asks_a_responder(registry: Path, jlis: Jlis, tmp_path: Path) -> None:
    write(registry, jlis, 'ocsp = "http://ocsp.example/"')
    problem = take(registry, brought(jlis, tmp_path, datetime.now(UTC))).exception
    assert isinstance(problem, InputError)
    assert "responder" in str(problem)
