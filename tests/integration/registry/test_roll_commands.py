"""The clerk's way on the command line: a new registry, the roll, codes, letters, a replacement, the end."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HEADER = "名簿番号,氏名,カナ,住所,性別,生年月日,対象区分"
ROWS = [f"{number},山田　花子{number},ヤマダ,清瀬市中里5-{number},女,S55.1.2,all" for number in range(1, 6)]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def clerk(tmp_path: Path) -> Run:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "DJANGO_", "IPPYO_"))
    }

    def run(command: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        told = [sys.executable, "-m", "ippyo", "registry", *command.split(), "registry", *map(str, arguments)]
        environment = kept | {"IPPYO_LANG": "ja"}
        return subprocess.run(
            told, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    return run


@pytest.fixture
def desk(tmp_path: Path, small_poll: Any, clerk: Run) -> Path:
    poll = small_poll.poll
    folder = tmp_path / "poll"
    folder.mkdir()
    for name, part in (("manifest", poll.manifest), ("genesis", poll.genesis), ("trustees", poll.trustees)):
        (folder / f"{name}.json").write_text(part.to_text() + "\n", encoding="utf-8")
    origins = [f"http://localhost:{8000 + number}" for number in range(len(poll.genesis.issuers))]
    options = [word for origin in origins for word in ("--origin", origin)]
    made = clerk(
        "init",
        "--poll",
        "poll",
        "--issuer",
        1,
        *options,
        "--ledger",
        "http://localhost:9000",
        "--test",
        "--pin",
        f"signature:{'0' * 64}",
    )
    assert made.returncode == 0, made.stderr
    return tmp_path


def roll_file(folder: Path, *rows: str) -> Path:
    file = folder / "roll.csv"
    file.write_bytes("\r\n".join([HEADER, *rows, ""]).encode("cp932"))
    return file


def test_from_the_roll_to_the_letters(desk: Path, clerk: Run) -> None:
    file = roll_file(desk, *ROWS)
    dry = clerk("import-roll", file, "--dry-run", "--json")
    assert json.loads(dry.stdout) == {"rows": 5, "written": False, "problems": []}
    done = clerk("import-roll", file, "--by", "clerk")
    assert (done.returncode, done.stdout) == (0, "5 人を名簿に入れました。\n"), done.stderr

    assert clerk("update-roll", 5, "moved", "--on", "2026-11-01", "--reason", "転出届").returncode == 0
    twice = clerk("update-roll", 5, "died", "--on", "2026-11-01", "--reason", "x")
    assert (twice.returncode, "すでに終わっています" in twice.stderr) == (2, True)

    made = clerk("codes make", "--out", "list.csv")
    assert made.returncode == 0, made.stderr
    assert (desk / "list.csv").stat().st_mode & 0o777 == 0o600
    with (desk / "list.csv").open(encoding="utf-8-sig", newline="") as lines:
        codes = {row["名簿番号"]: row["投票人登録用コード"] for row in csv.DictReader(lines)}
    assert sorted(codes) == ["1", "2", "3", "4"]
    assert not any(code in made.stdout + made.stderr for code in codes.values())
    again = clerk("codes make", "--out", "more.csv")
    assert (again.returncode, (desk / "more.csv").exists()) == (2, False)

    assert clerk("letters", "list.csv", "--out", "letters", "--day", "2026-11-20").returncode == 0
    (letter,) = (desk / "letters").iterdir()
    assert letter.read_bytes().startswith(b"%PDF-")
    assert letter.stat().st_mode & 0o777 == 0o600
    assert clerk("codes mailed").returncode == 0
    assert clerk("codes replace", 1, "--reason", "紛失", "--out", "new.pdf").returncode == 0
    counts = json.loads(clerk("codes list", "--json").stdout)
    assert counts == {"made": 1, "mailed": 3, "used": 0, "replaced": 1}

    database = b"".join(file.read_bytes() for file in (desk / "registry").glob("registry.db*"))
    assert not any(code.encode() in database or code.replace("-", "").encode() in database for code in codes.values())


def test_a_list_that_cannot_be_written_leaves_no_codes(desk: Path, clerk: Run) -> None:
    clerk("import-roll", roll_file(desk, *ROWS))
    (desk / "list.csv").write_text("precious")
    assert clerk("codes make", "--out", "list.csv").returncode == 2
    assert json.loads(clerk("codes list", "--json").stdout)["made"] == 0
    assert (desk / "list.csv").read_text() == "precious"


def test_bad_rows_are_told_without_personal_data(desk: Path, clerk: Run) -> None:
    file = roll_file(desk, ROWS[0], "2,佐藤,サトウ,中里1,女,昭和65年1月2日,all", "1,鈴木,スズキ,中里2,女,S55.1.2,all")
    told = clerk("import-roll", file)
    assert told.returncode == 2
    assert told.stderr.splitlines() == [
        "3 行目 生年月日: 日付として読めません",
        "4 行目 名簿番号: 同じ番号がほかにあります（2 行目）",
    ]
    shown = clerk("import-roll", file, "--show-values")
    assert "昭和65年1月2日" in shown.stderr


def test_a_sample_and_its_codes(desk: Path, clerk: Run) -> None:
    clerk("import-roll", roll_file(desk, *ROWS))
    for name in ("one.txt", "two.txt"):
        assert clerk("sample", 2, "--seed", "6 3 1", "--out", name).returncode == 0
    assert (desk / "one.txt").read_text() == (desk / "two.txt").read_text()
    assert clerk("codes make", "--out", "list.csv", "--sample", 2, "--seed", "6 3 1").returncode == 0
    with (desk / "list.csv").open(encoding="utf-8-sig", newline="") as lines:
        assert [row["名簿番号"] for row in csv.DictReader(lines)] == (desk / "one.txt").read_text().split()


def test_retention_tells_when_all_goes(desk: Path, clerk: Run) -> None:
    answer = json.loads(clerk("retention", "--dry-run", "--json").stdout)
    assert answer["deleted"] == {}
    assert answer["due"].count("-") == 2
