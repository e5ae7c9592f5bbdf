"""The judgement of branch coverage by room."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from scripts.room_coverage import rooms as rooms_of

HOUSE = Path(__file__).parents[3]
SCRIPT = HOUSE / "scripts" / "room_coverage.py"


def report(**branches: tuple[int, int]) -> dict[str, Any]:
    files = {
        f"src/ippyo/{path.replace('__', '/')}.py": {"summary": {"num_branches": total, "covered_branches": taken}}
        for path, (total, taken) in branches.items()
    }
    return {"files": files}


FULL = {"crypto__a": (10, 10), "ballot__a": (4, 4), "contract__a": (4, 4), "audit__a": (2, 2)}


def test_files_are_added_up_by_room() -> None:
    rooms = {room.room: room for room in rooms_of(report(**FULL, crypto__groups__b=(30, 29), errors=(2, 1)))}
    assert (rooms["crypto"].branches, rooms["crypto"].taken) == (40, 39)
    assert rooms["crypto"].percent == pytest.approx(97.5)
    assert rooms["(house)"].branches == 2
    assert all(room.enough for room in rooms.values())


@pytest.mark.parametrize("room", ["crypto", "ballot", "contract", "audit"])
def test_each_guarded_room_must_reach_the_least(room: str) -> None:
    short = {**FULL, f"{room}__a": (1000, 949)}
    assert [found.room for found in rooms_of(report(**short)) if not found.enough] == [room]
    assert "below 95 %" in next(found.line() for found in rooms_of(report(**short)) if found.room == room)
    just = {**FULL, f"{room}__a": (1000, 950)}
    assert all(found.enough for found in rooms_of(report(**just)))


@pytest.mark.parametrize("room", ["crypto", "ballot", "contract", "audit"])
def test_a_guarded_room_that_was_not_measured_is_not_enough(room: str) -> None:
    without = {path: counts for path, counts in FULL.items() if not path.startswith(room)}
    assert [found.room for found in rooms_of(report(**without)) if not found.enough] == [room]


def test_a_file_without_counts_is_not_enough() -> None:
    measured = report(**FULL)
    measured["files"]["src/ippyo/ballot/b.py"] = {"summary": {"percent_covered": 0.0}}
    assert [found.room for found in rooms_of(measured) if not found.enough] == ["ballot"]


def test_a_room_without_branches_is_taken_whole() -> None:
    assert all(room.enough for room in rooms_of(report(**{**FULL, "audit__a": (0, 0)})))


def test_other_rooms_are_shown_and_not_judged() -> None:
    cli = next(room for room in rooms_of(report(**FULL, cli__main=(10, 0))) if room.room == "cli")
    assert cli.enough
    assert "0 of     10 branches     0.0 %" in cli.line()


@pytest.mark.parametrize(
    ("taken", "code", "said"), [(100, 0, "100.0 %"), (90, 1, "below 95 %"), (None, 1, "below 95 %")]
)
def test_a_short_room_fails_a_run_whose_tests_pass(tmp_path: Path, taken: int | None, code: int, said: str) -> None:
    """Run pytest with the plugin in a folder of its own; the one test there writes the report in pytest-cov's place."""
    written = None if taken is None else json.dumps(report(**{**FULL, "crypto__a": (100, taken)}))
    (tmp_path / "test_it.py").write_text(
        "from pathlib import Path\n"
        f"def test_it():\n    if {written!r}: Path('.coverage.json').write_text({written!r})\n",
        encoding="utf-8",
    )
    (tmp_path / ".coverage.json").write_text(json.dumps(report(**FULL)), encoding="utf-8")
    (tmp_path / "room_coverage.py").write_bytes(SCRIPT.read_bytes())
    command = [sys.executable, "-m", "pytest", "-p", "room_coverage", "-p", "no:cacheprovider", "-c", "/dev/null"]
    done = subprocess.run(
        [*command, "--rootdir", ".", "test_it.py"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stdout
    assert said in done.stdout
    assert "1 passed" in done.stdout.splitlines()[-1]
