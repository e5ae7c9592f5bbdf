"""Setting up from nothing: what the Makefile and its scripts say where something is missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[3]
SCRIPTS = HOUSE / "scripts"
PHONY = re.compile(r"^\.PHONY: (.+)$", re.MULTILINE)


def run(*command: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    # These tests themselves run under make, whose variables would reach the make that they start.
    around = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        command,
        cwd=cwd,
        env={**around, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def tool(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A place with a space in its path and what `make` reads there."""
    place = tmp_path / "a place"
    place.mkdir()
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(HOUSE / name, place)
    for name in ("scripts", "requirements"):
        shutil.copytree(HOUSE / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    return place


def test_make_alone_lists_every_target(checkout: Path) -> None:
    phony = PHONY.search((HOUSE / "Makefile").read_text(encoding="utf-8"))
    assert phony
    done = run("make", cwd=checkout)
    assert done.returncode == 0
    assert [line.split()[1] for line in done.stdout.splitlines()] == phony[1].split()


@pytest.mark.parametrize("target", ["demo", "test"])
def test_an_old_python_is_refused_in_one_sentence(checkout: Path, tmp_path: Path, target: str) -> None:
    # It answers the question for its version, and fails the comparison that follows.
    old = tool(tmp_path / "old", "python", "case $2 in *print*) echo 3.9 ;; *) exit 1 ;; esac")
    done = run("make", target, f"PYTHON={old}", cwd=checkout)
    assert done.returncode == 2
    assert f"Ippyo needs Python 3.11 or newer, and '{old}' is 3.9" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_python_that_is_not_there_is_refused_in_one_sentence(checkout: Path) -> None:
    done = run("make", "demo", "PYTHON=no-such-python", cwd=checkout)
    assert done.returncode == 2
    assert "'no-such-python' does not run here" in done.stderr


def test_a_python_without_venv_says_what_to_install(tmp_path: Path) -> None:
    bare = tool(
        tmp_path / "bare",
        "python",
        "case $2 in *print*) echo 3.11 ;; *ensurepip*) exit 1 ;; *) exit 0 ;; esac",
    )
    tool(tmp_path / "bare", "id", "echo 1000")
    done = run(
        "/bin/sh", SCRIPTS / "make_venv.sh", bare, "venv", cwd=tmp_path, PATH=f"{bare.parent}:{os.environ['PATH']}"
    )
    assert done.returncode == 2
    assert "the package python3.11-venv" in done.stderr


def test_a_venv_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    broken = tool(tmp_path / "broken", "python", "case $1 in -m) mkdir venv; exit 1 ;; *) echo 3.11 ;; esac")
    done = run("/bin/sh", SCRIPTS / "make_venv.sh", broken, "venv", cwd=tmp_path)
    assert done.returncode == 2
    assert not (tmp_path / "venv").exists()


def test_missing_system_packages_are_named_and_stop_nothing(tmp_path: Path) -> None:
    tool(tmp_path / "bin", "id", "echo 1000")
    done = run("/bin/sh", SCRIPTS / "system_packages.sh", cwd=tmp_path, PATH=str(tmp_path / "bin"))
    assert done.returncode == 0
    assert "belenios-tool softhsm2" in done.stdout


def system_with_all_but(absent: str, folder: Path) -> dict[str, str]:
    """Make a system in a folder that has every part but one; return the environment that shows it to the script."""
    script = (SCRIPTS / "system_packages.sh").read_text(encoding="utf-8")
    listed = re.search(r'^parts="([^"]*)"', script, re.MULTILINE)
    assert listed is not None
    for part in listed[1].split():
        package, _, sign = part.partition(":")
        if package == absent:
            continue
        if sign.startswith("/"):
            file = folder / "root" / sign[1:].replace("*", "some")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        else:
            tool(folder / "bin", sign, "exit 0")
    tool(folder / "bin", "cometbft", "exit 0")
    tool(folder / "bin", "id", "echo 0")
    tool(folder / "bin", "apt-get", f'echo "$@" >> "{folder}/calls"')
    return {"PATH": str(folder / "bin"), "IPPYO_SYSTEM_ROOT": str(folder / "root")}


def test_system_packages_that_are_there_are_not_installed_again(tmp_path: Path) -> None:
    done = run("/bin/sh", SCRIPTS / "system_packages.sh", cwd=tmp_path, **system_with_all_but("", tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (tmp_path / "calls").exists()


def test_cometbft_is_built_where_go_is(tmp_path: Path) -> None:
    environment = system_with_all_but("", tmp_path)
    (tmp_path / "bin" / "cometbft").unlink()
    script = SCRIPTS / "system_packages.sh"
    assert "tests with several nodes skip" in run("/bin/sh", script, cwd=tmp_path, **environment).stdout
    build = (
        f'[ "$1" = env ] && echo "{tmp_path}" && exit; mkdir "{tmp_path}/bin/built"; echo "$@" >> "{tmp_path}/calls"'
    )
    tool(tmp_path / "bin", "mkdir", '/bin/mkdir "$@"')
    tool(tmp_path / "bin", "go", build)
    said = run("/bin/sh", script, cwd=tmp_path, **environment).stdout
    assert (tmp_path / "calls").read_text(encoding="utf-8").startswith("install github.com/cometbft/cometbft")
    assert "Building cometbft" in said
    # What stands in Go's own folder counts.
    tool(tmp_path / "bin", "cometbft", "exit 0")
    assert run("/bin/sh", script, cwd=tmp_path, **environment).stdout == ""


@pytest.mark.parametrize("absent", ["belenios-tool", "libpcsclite-dev"])
def test_only_missing_system_packages_are_installed(tmp_path: Path, absent: str) -> None:
    done = run("/bin/sh", SCRIPTS / "system_packages.sh", cwd=tmp_path, **system_with_all_but(absent, tmp_path))
    update, install = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    assert done.returncode == 0
    assert update.startswith("update")
    assert install.startswith("install")
    assert install.endswith(f" {absent}")


def test_a_machine_that_cannot_build_the_reader_s_library_goes_on(tmp_path: Path) -> None:
    (tmp_path / "venv").mkdir()
    tool(tmp_path / "venv" / "bin", "python", "exit 1")
    done = run("/bin/sh", SCRIPTS / "card_reader.sh", "venv", cwd=tmp_path)
    assert done.returncode == 0
    assert "tests with a card reader skip" in done.stdout
    assert not (tmp_path / "venv" / ".installed-card").exists()


def test_the_reader_s_library_is_installed_once(tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "venv").mkdir()
    for name in ("card.txt", "card-build.txt"):
        (tmp_path / "requirements" / name).touch()
        os.utime(tmp_path / "requirements" / name, (1, 1))
    tool(tmp_path / "venv" / "bin", "python", f'echo "$@" >> "{tmp_path}/calls"')
    for _ in range(2):
        assert run("/bin/sh", SCRIPTS / "card_reader.sh", "venv", cwd=tmp_path).returncode == 0
    tools, library = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    assert "--require-hashes --only-binary :all: --requirement requirements/card-build.txt" in tools
    assert "--require-hashes --no-build-isolation --no-deps --requirement requirements/card.txt" in library


def test_the_ci_script_can_run() -> None:
    script = HOUSE / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert run("bash", "-n", script, cwd=HOUSE).returncode == 0


def test_this_python_is_one_of_those_promised() -> None:
    assert sys.version_info >= (3, 11)
