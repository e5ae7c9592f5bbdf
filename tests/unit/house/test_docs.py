"""What the pages name is there: other pages, files, modules, targets of make, variables of the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[3]
PAGES = sorted([*HOUSE.glob("*.md"), *HOUSE.glob("docs/**/*.md"), *HOUSE.glob("*/README.md")])
ROOTS = ("", "src/ippyo/", "web/", "docs/")
"""Where a page's paths may start, besides the page's own folder and folders named before in the same line."""

LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)\s]*)?\)")
SPAN = re.compile(r"`([^`\n]+)`")
# A file of code, a folder, or what is in one of the rooms. After a slash stands an address, or a place on a server.
INSIDE = "|".join([*(path.parent.name for path in HOUSE.glob("src/ippyo/*/__init__.py")), "docs", "tests", "web"])
PLACE = re.compile(rf"\w[\w./-]*\.(?:py|js|css|sh|service)|[a-z][\w-]*(?:/[\w-]+)*/|(?:{INSIDE})(?:/[\w.-]+)+")
MODULE = re.compile(r"(ippyo(?:\.[a-z][a-z_0-9]*)+)(?:\.([A-Z]\w*))?(?:\(\))?")
TARGET = re.compile(r"(?:^ {4}|`)make +([a-z][\w/.-]*)", re.MULTILINE)
VARIABLE = re.compile(r"\bIPPYO_[A-Z_]+\b")

ELSEWHERE = {"abstract/edwards.js", "web/vendor", "comet/config/", "nodes/"}
"""What is in packages of others, what CometBFT makes, what an operator has."""


def _tree() -> frozenset[str]:
    """Return the files of the project, and its folders with a slash at the end."""
    found = set()
    for place, folders, names in os.walk(HOUSE):
        folders[:] = [name for name in folders if name not in {".git", ".venv", "node_modules", "vendor", "out"}]
        inside = Path(place).relative_to(HOUSE).as_posix().removeprefix(".") + "/"
        found |= {(inside + name).lstrip("/") for name in (*names, *(f"{folder}/" for folder in folders))}
    return frozenset(found)


TREE = _tree()


def named(page: Path) -> Iterator[tuple[int, str, list[str]]]:
    """Yield every place that stands as code: the line, the place, and the folders that the line named before."""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        folders: list[str] = []
        for span in SPAN.findall(line):
            if PLACE.fullmatch(span):
                yield number, span, folders
                if found := there(page, span, folders):
                    folders.append(found if found.endswith("/") else found.rpartition("/")[0] + "/")


def there(page: Path, place: str, folders: list[str]) -> str | None:
    """Return where in the project ``place`` is, None if it is nowhere."""
    own = page.parent.relative_to(HOUSE).as_posix().removeprefix(".")
    starts = (f"{own}/".lstrip("/"), *ROOTS, *reversed(folders))
    if found := next((path for start in starts for path in (start + place, f"{start}{place}/") if path in TREE), None):
        return found
    # A name alone, at the beginning of a line of a page about one folder, may be in any.
    alone = not folders and "/" not in place.removesuffix("/")
    return next((path for path in sorted(TREE) if alone and path.endswith(f"/{place}")), None)


def test_there_is_something_to_look_at() -> None:
    assert {"README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/screens/README.md", "vectors/README.md"} <= {
        page.relative_to(HOUSE).as_posix() for page in PAGES
    }
    assert sum(1 for page in PAGES for _ in named(page)) > 150


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(HOUSE).as_posix())
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    missing = [f"{number}: {place}" for number, place, folders in named(page) if there(page, place, folders) is None]
    missing += [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    assert [place for place in missing if place.partition(": ")[2] not in ELSEWHERE] == []


def _is_module(name: str) -> bool:
    """Tell whether there is a module of this name, or something so called in one."""
    path = f"src/{name.replace('.', '/')}"
    if {f"{path}.py", f"{path}/"} & TREE:
        return True
    module, _, last = path.rpartition("/")
    file = next((one for one in (f"{module}.py", f"{module}/__init__.py") if one in TREE), None)
    return file is not None and re.search(rf"\b{last}\b", (HOUSE / file).read_text(encoding="utf-8")) is not None


@cache
def _variables() -> frozenset[str]:
    """Return the variables of the environment that the programs and the tests know."""
    files = [*HOUSE.glob("src/**/*.py"), *HOUSE.glob("tests/**/*.py"), HOUSE / "Makefile"]
    return frozenset(name for file in files for name in VARIABLE.findall(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(HOUSE).as_posix())
def test_modules_targets_and_variables_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    makefile = (HOUSE / "Makefile").read_text(encoding="utf-8")
    modules = [found[1] for span in SPAN.findall(text) if (found := MODULE.fullmatch(span))]
    targets = [name for name in TARGET.findall(text) if not re.search(rf"(?m)^{name}:|:= {name}$", makefile)]
    assert [name for name in modules if not _is_module(name)] == []
    assert targets == []
    assert sorted(set(VARIABLE.findall(text)) - _variables()) == []


def test_every_module_of_client_and_booth_stands_in_the_page_about_them() -> None:
    page = (HOUSE / "docs" / "web.md").read_text(encoding="utf-8")
    modules = [path for folder in ("ippyo", "voting") for path in (HOUSE / "web" / folder).glob("*.js")]
    assert len(modules) > 50
    assert sorted(path.name for path in modules if f"`{path.name}`" not in page and f"/{path.name}`" not in page) == []
