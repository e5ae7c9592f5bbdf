"""What holds of every file of the project."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[3]
PACKAGE = HOUSE / "src" / "ippyo"
MADE_BY_TOOLS = {".git", ".venv", "node_modules", "__pycache__", "out", "dist", "htmlcov", ".hypothesis"}
LARGE = 5_000_000

# A lock or a page that names a registry sends everybody there, also those who have a mirror of their own.
REGISTRY_HOST = re.compile(
    r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|yarnpkg\.com|unpkg\.com|jsdelivr\.net|crates\.io"
    r"|proxy\.golang\.org|repo1?\.maven\b|deb\.debian\.org|security\.debian\.org|archive\.ubuntu\.com"
)
# Where somebody happens to have built it is nobody's business, and works nowhere else.
WORKPLACE = re.compile(r"(?<![\w.~/-])/(?:work|root)/")


def project_files() -> list[Path]:
    found = []
    for folder, folders, names in os.walk(HOUSE):
        folders[:] = [name for name in folders if name not in MADE_BY_TOOLS and not name.endswith("_cache")]
        paths = (Path(folder, name) for name in names if not name.startswith(".coverage"))
        found += [path for path in paths if path.is_file() and path.stat().st_size < LARGE]
    return sorted(found)


def places(pattern: re.Pattern[str]) -> list[str]:
    hits = []
    for path in project_files():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        lines = enumerate(text.splitlines(), start=1)
        hits += [f"{path.relative_to(HOUSE)}:{number}" for number, line in lines if pattern.search(line)]
    return hits


def test_the_walk_sees_the_project() -> None:
    names = {path.relative_to(HOUSE).as_posix() for path in project_files()}
    assert {"Makefile", ".ci/run", "src/ippyo/__init__.py", "tests/unit/house/test_files.py"} <= names


def test_no_file_names_a_registry_host() -> None:
    assert places(REGISTRY_HOST) == []


def test_no_file_names_the_workplace() -> None:
    assert places(WORKPLACE) == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (REGISTRY_HOST, "https://" + "pypi" + ".org/simple"),
        (REGISTRY_HOST, '"resolved": "https://registry.' + "npmjs" + '.org/x.tgz"'),
        (WORKPLACE, "cd /" + "work/main"),
        (WORKPLACE, "open('/" + "root/x')"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


@pytest.mark.parametrize("text", ["docs/work/x", "the /rootless/ mode", "~/work/x", "pypi, organised"])
def test_the_patterns_leave_other_text_alone(text: str) -> None:
    assert not REGISTRY_HOST.search(text)
    assert not WORKPLACE.search(text)


def test_every_package_says_what_it_is_for() -> None:
    silent = [
        path.relative_to(HOUSE).as_posix()
        for path in sorted(PACKAGE.rglob("__init__.py"))
        if len(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "") < 20
    ]
    assert silent == []


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [folder.name for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_tests_hold_no_packages() -> None:
    # --import-mode=importlib needs none; what tests share is imported from tests/*.py.
    assert list((HOUSE / "tests").rglob("__init__.py")) == []


def test_every_room_stands_in_the_architecture() -> None:
    described = (HOUSE / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = [path.parent.name for path in PACKAGE.glob("*/__init__.py")]
    assert [room for room in rooms if f"{room}/" not in described] == []
