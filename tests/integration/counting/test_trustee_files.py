"""A trustee's secret in a real age file, opened by the real commands in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ippyo import profiles

PASSPHRASE = "correct horse battery"


def ippyo(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"IPPYO_LANG": "en", "IPPYO_PASSPHRASE_FILE": str(folder / "passphrase")}
    command = [sys.executable, "-m", "ippyo", *words]
    return subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n")
    (tmp_path / "exchange").mkdir()
    manifest = profiles.load("referendum").to_text()
    (tmp_path / "exchange" / "manifest.json").write_text(manifest + "\n", encoding="utf-8")
    return tmp_path


def test_init_and_commit(folder: Path) -> None:
    assert ippyo(folder, "trustee", "init", "mine", "--number", "1").returncode == 0
    (sealed,) = (folder / "mine").iterdir()
    assert sealed.read_bytes().startswith(b"age-encryption.org/v1\n-> scrypt ")
    assert (folder / "mine").stat().st_mode & 0o077 == 0
    committed = ippyo(folder, "trustee", "commit", "mine")
    assert (committed.returncode, committed.stderr) == (0, "")
    assert (folder / "exchange" / "commit-1.json").exists()
    (folder / "passphrase").write_text("another passphrase\n")
    refused = ippyo(folder, "trustee", "commit", "mine")
    assert refused.returncode == 2
    assert "the passphrase is wrong" in refused.stderr
    assert "Traceback" not in refused.stderr
    for words in (committed, refused):
        assert PASSPHRASE not in words.stdout + words.stderr


def test_no_terminal_no_file(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ippyo", "trustee", "init", "mine", "--number", "1"],
        cwd=folder,
        env={**os.environ, "IPPYO_LANG": "ja"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "合い言葉を尋ねる端末がありません" in done.stderr
    assert not (folder / "mine").exists()
