"""What holds of every module that a browser loads: it imports files that are served, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ippyo.web_files import static_folders

FOLDERS = dict(static_folders())
MODULES = [path for folder in FOLDERS.values() for path in sorted(folder.rglob("*.js"))]
OWN = [path for path in MODULES if "vendor" not in path.parts]
COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
IMPORT = re.compile(
    r"^\s*(?:import|export)\s+(?:[\w*${}\s,]+\sfrom\s*)?[\"']([^\"']+)[\"']|\bimport\(\s*[\"']([^\"']+)[\"']",
    re.MULTILINE,
)


def code_of(path: Path) -> str:
    return COMMENT.sub("", path.read_text(encoding="utf-8"))


def test_the_folders_are_there() -> None:
    assert {f"web/{name}" for name in ("checker", "ippyo", "look", "registration", "vendor", "voting")} == set(FOLDERS)
    assert {"worker.js", "main.js"} <= {path.name for path in OWN}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_imports_are_relative_and_lead_to_files_that_are_served(
    path: Path, require: Callable[[str, bool, str], None]
) -> None:
    require("web/vendor", FOLDERS["web/vendor"].is_dir(), "run 'make web/vendor/.made'")
    served = [folder.resolve() for folder in FOLDERS.values()]
    for pair in IMPORT.findall(code_of(path)):
        specifier = "".join(pair)
        assert specifier.startswith("."), specifier
        target = (path.parent / specifier).resolve()
        assert target.is_file(), specifier
        assert any(target.is_relative_to(folder) for folder in served), specifier


@pytest.mark.parametrize("path", OWN, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_nothing_is_made_of_text_that_only_markup_or_code_should_be(path: Path) -> None:
    assert not re.search(r"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write", code_of(path))


@pytest.mark.parametrize("path", OWN, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_secret_can_get_into_a_log_or_a_lasting_store(path: Path) -> None:
    code = code_of(path)
    if path.parent.name == "voting" and path.name == "main.js":
        # The one place that hands the store on, to kept.js: for what the voter chooses to keep.
        code = code.replace("return window.localStorage;", "", 1)
    assert not re.search(r"\bconsole\.|localStorage|indexedDB|document\.cookie|Math\.random", code)


def test_no_line_is_longer_than_150_characters() -> None:
    web = FOLDERS["web/ippyo"].parent
    paths = [
        path
        for part in ("checker", "ippyo", "look", "registration", "tests", "tools", "voting")
        for path in (web / part).glob("*.js")
    ]
    lines = [(path.name, line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    assert [name for name, line in lines if len(line) > 150] == []
