"""What the locks in requirements/ promise: exact versions, hashes, no address, and nothing that is wanted left out."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HOUSE = Path(__file__).parents[3]
LOCKS = {name: HOUSE / "requirements" / f"{name}.txt" for name in ("runtime", "dev")}
PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))

RUNTIME = [
    *PROJECT["project"]["dependencies"],
    *PROJECT["build-system"]["requires"],
    *PROJECT["dependency-groups"]["build"],
]
DEV = [*RUNTIME, *PROJECT["dependency-groups"]["dev"], *PROJECT["project"]["optional-dependencies"]["hsm"]]


def locked(name: str) -> dict[str, tuple[str, list[str]]]:
    """Return package → (version, hashes); refuse a line that is neither a pin, nor a hash, nor a comment."""
    packages: dict[str, tuple[str, list[str]]] = {}
    hashes: list[str] = []
    for line in LOCKS[name].read_text(encoding="utf-8").splitlines():
        text = line.removesuffix("\\").strip()
        if pin := re.fullmatch(r"([a-z0-9-]+)==([0-9][0-9a-z.]*)(?: ; .+)?", text):
            hashes = []
            packages[pin[1]] = (pin[2], hashes)
        elif digest := re.fullmatch(r"--hash=sha256:([0-9a-f]{64})", text):
            hashes.append(digest[1])
        else:
            assert text.startswith("#"), f"{name}.txt: {line!r}"
    return packages


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_and_hashed(name: str) -> None:
    packages = locked(name)
    assert packages
    assert [package for package, (_, hashes) in packages.items() if not hashes] == []


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_names_an_address(name: str) -> None:
    assert not re.search(r"://|--(?:index|extra-index|find-links)|\bfile:| @ ", LOCKS[name].read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "wanted"), [("runtime", RUNTIME), ("dev", DEV)])
def test_the_lock_answers_every_wish_of_the_project(name: str, wanted: list[str]) -> None:
    packages = locked(name)
    unmet = []
    for requirement in map(Requirement, wanted):
        version, _ = packages.get(canonicalize_name(requirement.name), ("", []))
        if not version or not requirement.specifier.contains(version):
            unmet.append(f"{requirement} (locked: {version or 'no'}): run 'make lock'")
    assert unmet == []


def test_the_dev_lock_holds_the_runtime_lock() -> None:
    dev = locked("dev")
    assert {package: pin for package, pin in locked("runtime").items() if dev.get(package) != pin} == {}


def test_every_direct_dependency_is_accounted_for() -> None:
    table = (HOUSE / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    names = {Requirement(wish).name.lower() for wish in DEV}
    assert sorted(name for name in names if f"| {name} |" not in table) == []


def test_every_package_of_the_browser_is_accounted_for() -> None:
    section = (
        (HOUSE / "docs" / "dependencies.md").read_text(encoding="utf-8").split("## In the browser")[1].split("## ")[0]
    )
    asked = json.loads((HOUSE / "web" / "package.json").read_text(encoding="utf-8"))
    wishes = {**asked["dependencies"], **asked["devDependencies"]}
    rows = re.findall(r"^\| (\S+) \|(?:[^|]*\|){2} ([0-9.]+) \|", section, re.MULTILINE)
    assert {name: version.removeprefix("^") for name, version in wishes.items()}.items() <= dict(rows).items()


def test_every_system_package_is_accounted_for() -> None:
    script = (HOUSE / "scripts" / "system_packages.sh").read_text(encoding="utf-8")
    parts = re.search(r'^parts="([^"]*)"', script, re.MULTILINE)
    assert parts
    packages = {part.partition(":")[0] for part in parts[1].split()} | {"cometbft"}
    table = (HOUSE / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
    assert packages - {name for row in rows for name in row.split(", ")} == set()
