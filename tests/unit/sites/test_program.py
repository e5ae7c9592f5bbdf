"""The program of a page: every module with its hash, and what says so can be no more than data."""

from __future__ import annotations

import json

import pytest

from ippyo.errors import InputError
from ippyo.sites.program import MODULES, Program, program_of
from ippyo.web_files import static_folders
from ippyo.web_modules import integrity_of

pytestmark = pytest.mark.usefixtures("vendor")

PAGES = [("voting/main.js", "voting/worker.js"), ("registration/main.js", "ippyo/worker.js")]


@pytest.mark.parametrize(("page", "worker"), PAGES)
def test_each_module_has_the_hash_of_its_file(page: str, worker: str) -> None:
    folders = dict(static_folders())
    program = program_of(page, worker)
    assert {MODULES + page, MODULES + worker} <= set(program.modules)
    assert program.entry in program.page
    for address, integrity in program.modules.items():
        _, _, web, part, rest = address.split("/", 4)
        assert integrity == integrity_of((folders[f"{web}/{part}"] / rest).read_bytes())


def test_what_loads_when_asked_for_is_among_them() -> None:
    program = program_of(*PAGES[0])
    assert {MODULES + "vendor/uqr/index.js", MODULES + "vendor/qr/decode.js"} <= set(program.page)
    # Types are named in comments only, and nobody loads them.
    assert MODULES + "voting/device.js" not in program.page
    assert MODULES + "voting/device.js" in program.worker


def test_the_lists_are_data_and_end_no_element() -> None:
    program = Program("/static/a.js", {"/static/</script>.js": "sha256-A"}, {"/static/<b>.js": "sha256-B"})
    assert "<" not in program.import_map + program.worker_list
    assert json.loads(program.import_map) == {"integrity": program.page}
    assert json.loads(program.worker_list) == program.worker
    assert program.script_source == f"'{integrity_of(program.import_map.encode())}'"


def test_another_module_makes_another_fingerprint() -> None:
    one = Program("/a.js", {"/a.js": "sha256-A"}, {"/b.js": "sha256-B"})
    others = [
        Program("/a.js", {"/a.js": "sha256-A"}, {"/b.js": "sha256-C"}),
        Program("/a.js", {"/a.js": "sha256-A"}, {}),
    ]
    assert one.fingerprint not in {other.fingerprint for other in others}


def test_a_missing_module_is_named() -> None:
    with pytest.raises(InputError, match=r"web/voting/missing\.js"):
        program_of("voting/main.js", "voting/missing.js")
