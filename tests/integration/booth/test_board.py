"""The bulletin board over HTTP: every page in both languages, figures, trackers, and a record that verifies."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.waiting import until

YES, NO = (1, 0), (0, 1)
WITH_NODES = """
import sys
from dataclasses import replace
from pathlib import Path
from ippyo.booth.site.setup import set_up
config = set_up(Path(sys.argv[1]))
from django.test import Client
from ippyo.booth.board.nodes import Nodes
from ippyo.booth.site.hall import use
from ippyo.booth.site.opening import open_hall
with open_hall(config) as opened, use(replace(opened, nodes=Nodes(lambda: sys.argv[2]))):
    sys.stdout.buffer.write(Client(SERVER_NAME="localhost").get("/board/?lang=en").content)
"""
PAGES = ["/board/", "/board/ballots/0", "/board/find", "/board/receipt", "/board/record"]


@pytest.fixture(scope="module")
def votes(town: Any, running: Any, visitors: Any) -> dict[str, str]:
    """Cast, vote again, check, surrender; return trackers by what should have become of them."""
    visitor = visitors(running.origin)
    first, second, third = (town.small.voter() for _ in range(3))
    old, new = first.seal("bridge", YES), first.seal("bridge", NO)
    visitor.outcome(first.cast_ballots(16, bridge=old))
    visitor.outcome(first.cast_ballots(32, bridge=new))
    opened = second.seal("mayor", (1, 0, 0))
    visitor.outcome(second.spoil(opened.tracker))
    gone = third.seal("mayor", (0, 1, 0))
    visitor.outcome(third.cast_ballots(16, mayor=gone))
    visitor.outcome(third.surrender(32))
    until(lambda: visitor.get("/board/status.json").json()["totals"]["surrender"] == 1, "the board has come so far")
    return {
        "counts": new.tracker,
        "replaced": old.tracker,
        "spoiled": opened.tracker,
        "surrendered": gone.tracker,
        "unknown": "A" * 43,
    }


def test_figures(votes: dict[str, str], visitor: Any) -> None:
    value = visitor.get("/board/status.json").json()
    assert value["totals"] == {"voter": 2, "cast": 3, "revote": 1, "spoil": 1, "surrender": 1}
    assert (value["ballots"], value["phase"], value["problem"]) == (3, "open", "")
    assert sum(hour["cast"] for hour in value["hours"]) == 3
    assert {style["id"]: style["voter"] for style in value["styles"]} == {"all": 2, "bridge-only": 0}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_speaks_its_language(votes: dict[str, str], visitor: Any, path: str, language: str) -> None:
    answer = visitor.get(f"{path}?lang={language}")
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    assert answer.headers["Content-Language"] == language
    assert "Set-Cookie" not in answer.headers
    asked = visitor.get(path, **{"Accept-Language": language})
    assert f'<html lang="{language}"' in asked.text
    assert "Accept-Language" in asked.headers["Vary"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_speaks_easy_japanese(votes: dict[str, str], visitor: Any, path: str) -> None:
    answer = visitor.get(f"{path}?lang=easy")
    assert (answer.status_code, answer.headers["Content-Language"]) == (200, "ja")
    assert '<html lang="ja"' in answer.text
    heading = answer.text.split("<h1>")[1].split("</h1>")[0]
    assert "<rt>" in heading
    # No mark of a reading is shown as it is written.
    assert not re.search(r"\{[^{}|<>\"]+\|", answer.text.split("<main")[1].split("</main>")[0])


def test_charts_have_their_tables(votes: dict[str, str], visitor: Any) -> None:
    page = visitor.get("/board/?lang=en").text
    assert page.count('<svg class="chart"') == 2
    assert page.count("Show as a table") == 2
    assert "style=" not in page.split("</svg>")[0].split("<svg class")[-1]


def panel(town: Any, folder: Path, *nodes: dict[str, Any], goes_on: bool, evidence: list[dict[str, Any]]) -> str:
    """Return the board's first page beside these nodes."""
    good = {"version": "1.0", "height": 9, "failure": "", "lag": 0, "signed_at": 1000, "agrees": True, "kind": ""}
    report = {"goes_on": goes_on, "operators": [{"answers": True, **good, **node} for node in nodes]}
    command = [sys.executable, "-c", WITH_NODES, str(folder), json.dumps({**report, "evidence": evidence})]
    done = subprocess.run(command, env=town.environment, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def test_the_nodes_beside_each_other(town: Any, ledger_origin: str) -> None:
    folder = town.init(ledger_origin, name="beside-nodes")
    good = panel(town, folder, {"name": "city"}, {"name": "port"}, goes_on=True, evidence=[])
    assert good.count('class="node-good"') == 2
    assert "notice warning" not in good
    deviates = {"name": "port", "agrees": False, "kind": "other-block"}
    stopped = {"name": "shop", "failure": "cannot write /var/lib/node/ledger.sqlite3"}
    evidence = [{"kind": 1, "validator": "0123456789ABCDEF", "height": 7}]
    bad = panel(town, folder, {"name": "city"}, deviates, stopped, goes_on=False, evidence=evidence)
    assert '<tr class="node-deviates"><th scope="row">port</th><td><strong>Differs from the others</strong>' in bad
    assert "It has a block whose content is not that of the others" in bad
    assert '<tr class="node-stopped"><th scope="row">shop</th><td>Has stopped</td>' in bad
    assert "/var/lib" not in bad
    assert "No new entries can be made just now" in bad
    assert "<code>0123456789ABCDEF</code>" in bad


def test_trackers_in_order(votes: dict[str, str], visitor: Any) -> None:
    answer = visitor.get("/board/ballots/0")
    places = [answer.text.index(votes[fate]) for fate in ("replaced", "counts", "surrendered")]
    assert places == sorted(places)
    assert votes["spoiled"] not in answer.text
    assert "immutable" not in answer.headers["Cache-Control"]
    assert visitor.get("/board/ballots/1").status_code == 404
    assert visitor.get("/board/ballots/99999999999999999999").status_code == 404


@pytest.mark.parametrize("fate", ["counts", "replaced", "spoiled", "surrendered", "unknown"])
def test_what_became_of_a_tracker(votes: dict[str, str], visitor: Any, fate: str) -> None:
    tracker = votes[fate]
    grouped = " ".join(tracker[start : start + 4] for start in range(0, 43, 4))
    for typed in (tracker, grouped):
        answer = visitor.get("/board/find?" + "tracker=" + typed.replace("+", "%2B").replace("/", "%2F"))
        assert answer.status_code == 200
        assert f"fate-{fate}" in answer.text
        assert ("/board/ballots/0" in answer.text.split("fate-")[1]) == (fate in {"counts", "replaced", "surrendered"})


@pytest.mark.parametrize("typed", ["x", "<b>", "%00", "%ff", "A" * 500])
def test_what_is_no_tracker(visitor: Any, typed: str) -> None:
    answer = visitor.get(f"/board/find?tracker={typed}")
    assert answer.status_code == 400
    assert "43 文字" in answer.text.split('role="alert"')[1]
    assert "<b>" not in answer.text.split("<main")[1]


def test_the_record_verifies(votes: dict[str, str], town: Any, visitor: Any, tmp_path: Path) -> None:
    answer = visitor.get("/board/record.zip")
    assert answer.headers["Content-Type"] == "application/zip"
    assert 'filename="ippyo-small.zip"' in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    command = [sys.executable, "-m", "ippyo", "verify", str(tmp_path / "record"), "--json", "--unfinished"]
    done = subprocess.run(command, env=town.environment, capture_output=True, text=True, timeout=120, check=False)
    checks = json.loads(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert checks


def test_a_download_goes_on_where_it_was_cut_off(votes: dict[str, str], visitor: Any) -> None:
    whole = visitor.get("/board/record.zip")
    tag = whole.headers["ETag"]
    rest = visitor.get("/board/record.zip", **{"Range": "bytes=1000-", "If-Range": tag})
    assert (rest.status_code, rest.content) == (206, whole.content[1000:])
    assert rest.headers["Content-Range"] == f"bytes 1000-{len(whole.content) - 1}/{len(whole.content)}"
    other = visitor.get("/board/record.zip", **{"Range": "bytes=1000-", "If-Range": '"another"'})
    assert (other.status_code, other.content) == (200, whole.content)
    beyond = visitor.get("/board/record.zip", Range=f"bytes={len(whole.content)}-")
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(whole.content)}")


def test_every_turn_is_given_back(votes: dict[str, str], visitor: Any) -> None:
    answers = [visitor.get("/board/record.zip", Range=f"bytes={start}-") for start in [0, 10**9] * 10]
    assert {answer.status_code for answer in answers} == {200, 416}
