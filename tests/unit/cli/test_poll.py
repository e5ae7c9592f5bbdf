"""``ippyo poll``."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ippyo import profiles
from ippyo.cli.poll import app
from ippyo.errors import InputError, ParseError
from ippyo.poll.election import contest_uuid
from ippyo.poll.manifest import Manifest
from ippyo.poll.toml_manifest import ManifestError, read_manifest_file


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPPYO_LANG", "en")
    monkeypatch.setenv("COLUMNS", "100")


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(app, list(map(str, arguments)))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def run_json(*arguments: object) -> Any:
    return json.loads(run(*arguments, "--json").stdout)


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    file = tmp_path / "poll.toml"
    assert run("new", file, "--profile", "multi-question", "--id", "services").exit_code == 0
    return file


def test_new_lists_the_profiles() -> None:
    lines = run("new").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(profiles.names())


def test_new_writes_a_profile_that_opens_soon(toml: Path) -> None:
    manifest = read_manifest_file(toml).manifest
    template = profiles.load("multi-question")
    assert manifest.id == "services"
    assert manifest.contests == template.contests
    assert manifest.closes - manifest.opens == template.closes - template.opens
    week = 7 * 24 * 3600
    assert 2 * week <= manifest.opens - time.time() + 60 <= 3 * week + 120
    assert "# 投票時間" in toml.read_text(encoding="utf-8")


def test_new_keeps_what_is_there(toml: Path) -> None:
    with pytest.raises(InputError, match="exists already; use --force"):
        run("new", toml)
    assert run("new", toml, "--force").exit_code == 0
    assert read_manifest_file(toml).manifest.id == "residents-poll"


def test_new_refuses_bad_names(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="id 'A' is not an id"):
        run("new", tmp_path / "x", "--id", "A")
    with pytest.raises(InputError, match="no profile 'x'"):
        run("new", tmp_path / "x", "--profile", "x")
    with pytest.raises(InputError, match="cannot be written"):
        run("new", tmp_path / "none" / "x")


def test_check(toml: Path) -> None:
    assert "has no mistakes (contests: 3)" in run("check", toml).stdout
    assert run_json("check", toml) == {
        "ok": True,
        "errors": [],
        "warnings": [],
        "manifest": read_manifest_file(toml).manifest.hash,
    }


def test_check_tells_all_mistakes(toml: Path) -> None:
    toml.write_text(toml.read_text(encoding="utf-8").replace("+09:00\n", "\n"), encoding="utf-8")
    with pytest.raises(ManifestError, match="2 mistakes"):
        run("check", toml)
    result = run("check", toml, "--json")
    assert result.exit_code == 2
    errors = json.loads(result.stdout)["errors"]
    assert [sorted(error) for error in errors] == [["file", "line", "message"]] * 2


def test_check_warns_of_a_poll_in_the_past(tmp_path: Path) -> None:
    file = tmp_path / "old.toml"
    text = profiles.text("score").replace("= 2026-11", "= 2020-11")
    file.write_text(text, encoding="utf-8")
    assert "would have closed already" in run("check", file).stderr
    closes = next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith("closes"))
    assert [warning["line"] for warning in run_json("check", file)["warnings"]] == [closes]


def test_mistakes_do_not_hide_warnings(tmp_path: Path) -> None:
    file = tmp_path / "poll.toml"
    text = profiles.text("score").replace("threshold = 3", "threshold = 1").replace('kind = "choose-one"', 'kind = "x"')
    file.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["check", str(file)])
    assert isinstance(result.exception, ManifestError)
    assert "lets any single trustee open the votes" in result.stderr
    assert result.stderr.count("warning:") == 1
    value = json.loads(run("check", file, "--json").stdout)
    assert (len(value["errors"]), len(value["warnings"])) == (1, 1)


def test_warnings_are_japanese_for_japanese_readers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPPYO_LANG", "ja")
    file = tmp_path / "old.toml"
    text = profiles.text("score").replace("= 2026-11", "= 2020-11")
    file.write_text(re.sub(r', en = "[^"]*"', "", text), encoding="utf-8")
    lines = run("check", file).stderr.splitlines()
    assert len(lines) == 2
    for line in lines:
        assert re.fullmatch(r"注意: .*old\.toml:\d+: .*。", line), line


def test_freeze_and_show(toml: Path, tmp_path: Path) -> None:
    frozen = tmp_path / "manifest.json"
    manifest = read_manifest_file(toml).manifest
    assert manifest.hash in run("freeze", toml, "--out", frozen).stdout
    assert frozen.read_bytes() == f"{manifest.to_text()}\n".encode()
    with pytest.raises(InputError, match="exists already"):
        run("freeze", toml, "--out", frozen)
    assert run_json("freeze", toml, "--out", frozen, "--force")["manifest"] == manifest.hash

    english = run("show", frozen).stdout
    japanese = run("show", frozen, "--lang", "ja").stdout
    assert manifest.hash in english
    assert "What to work on (up to three)" in english
    assert "力を入れてほしいこと" in japanese
    assert "5 人のうち 3 人" in japanese
    shown = run_json("show", frozen)
    assert shown["hash"] == manifest.hash
    assert [contest["id"] for contest in shown["contests"]] == [contest.id for contest in manifest.contests]
    assert Manifest.from_text(json.dumps(shown["manifest"], separators=(",", ":"), ensure_ascii=False)) == manifest


@pytest.mark.parametrize(
    ("profile", "ja", "en"),
    [
        ("residents-poll", ["一つを選ぶ", "署名用電子証明書（6〜16 文字）"], ["choose one"]),
        ("multi-question", ["1〜3 個を選ぶ・白票あり"], ["choose 1 to 3; blank allowed"]),
        ("national-review", ["印を付けるものをいくつでも選ぶ（なしでもよい）"], ["mark any number, or none"]),
        ("score", ["2026年11月1日 0:00（日本時間）"], ["2026-11-01 00:00 JST"]),
    ],
)
def test_show_says_what_values_mean(tmp_path: Path, profile: str, ja: list[str], en: list[str]) -> None:
    frozen = tmp_path / "manifest.json"
    manifest = profiles.load(profile)
    frozen.write_text(manifest.to_text() + "\n", encoding="utf-8")
    for language, expected in (("ja", ja), ("en", en)):
        shown = run("show", frozen, "--lang", language).stdout
        assert [words for words in expected if words not in shown] == []
    uuid = contest_uuid(manifest.hash, manifest.contests[0].id)
    assert f"投票の番号（uuid）: {uuid}" in run("show", frozen, "--lang", "ja").stdout.splitlines()


def test_show_says_a_fixed_number(tmp_path: Path) -> None:
    value = json.loads(profiles.load("national-review").to_text())
    value["contests"][0] |= {"kind": "choose", "min": 2, "max": 2}
    frozen = tmp_path / "manifest.json"
    frozen.write_text(json.dumps(value, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")
    assert "choose 2" in run("show", frozen).stdout.splitlines()


def test_show_without_description(tmp_path: Path) -> None:
    frozen = tmp_path / "manifest.json"
    value = json.loads(profiles.load("score").to_text())
    del value["description"]
    frozen.write_text(json.dumps(value, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")
    assert run("show", frozen).exit_code == 0


def test_show_refuses_what_is_not_frozen(tmp_path: Path) -> None:
    file = tmp_path / "x"
    with pytest.raises(InputError, match="cannot be read"):
        run("show", file)
    file.write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="does not end with a newline"):
        run("show", file)
    file.write_text("{}\n", encoding="utf-8")
    with pytest.raises(ParseError, match="lacks the field"):
        run("show", file)
