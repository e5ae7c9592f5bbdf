"""Headers of every kind of answer: strict policy, no cookie, the opener only where a ticket is handed over."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

import pytest
import requests
from tests import commands

PATHS = [
    "/",
    "/vote",
    "/desk",
    "/board/",
    "/board/find",
    "/api/poll",
    "/api/clock",
    "/nowhere",
    "/api/nowhere",
    "/static/nowhere",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer(visitor: Any, path: str) -> None:
    headers = visitor.get(path, Accept="text/html").headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == "'self'"
    if path != "/vote":
        assert policy["script-src"] == "'self'"
    assert (policy["worker-src"], policy["connect-src"]) == ("'self'", "'self'")
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "camera=(self)" in headers["Permissions-Policy"]
    assert "microphone=()" in headers["Permissions-Policy"]
    assert "Set-Cookie" not in headers


def test_the_voting_page_runs_modules_of_this_origin_and_its_list_of_hashes(visitor: Any) -> None:
    answer = visitor.get("/vote", Accept="text/html")
    listed = re.findall(r'<script type="importmap">(.*?)</script>', answer.text, re.DOTALL)
    assert len(listed) == 1
    source = base64.b64encode(hashlib.sha256(listed[0].encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{source}';" in answer.headers["Content-Security-Policy"]
    hashes = json.loads(listed[0])["integrity"]
    worker = re.search(r'<script id="worker" type="application/json">(.*?)</script>', answer.text)
    assert worker is not None
    assert "/static/web/ippyo/seal.js" in json.loads(worker[1])
    for address, integrity in (hashes | json.loads(worker[1])).items():
        content = requests.get(visitor.origin + address, timeout=60).content
        assert integrity == "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode(), address


def test_the_opener_is_kept_for_the_ticket_only(visitor: Any) -> None:
    def policy(path: str) -> str:
        return str(visitor.get(path).headers["Cross-Origin-Opener-Policy"])

    assert policy("/vote?from=registration") == "unsafe-none"
    assert policy("/vote?from=elsewhere") == "same-origin"
    assert policy("/vote") == "same-origin"
    assert policy("/board/?from=registration") == "same-origin"


def test_a_wrong_host_is_refused(visitor: Any) -> None:
    answer = requests.get(visitor.origin + "/", headers={"Host": "elsewhere.example"}, timeout=120)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_files_of_the_browser_are_served(visitor: Any) -> None:
    answer = visitor.get("/static/web/ippyo/client.js")
    assert answer.status_code == 200
    assert "javascript" in answer.headers["Content-Type"]
    assert visitor.get("/static/../booth.toml").status_code == 404


def test_https_only_in_production(town: Any, ledger_origin: str, visitors: Any) -> None:
    folder = town.init(ledger_origin, name="secure", secure=True)
    assert commands.run("booth", "check", str(folder)).returncode == 0
    with town.booth(folder) as booth:
        visitor = visitors(booth.origin)
        plain = visitor.get("/board/", Host="booth.example")
        assert (plain.status_code, plain.headers["Location"]) == (301, "https://booth.example/board/")
        answer = visitor.get("/board/", **{"Host": "booth.example", "X-Forwarded-Proto": "https"})
        assert answer.status_code == 200
        assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
        assert visitor.get("/board/", **{"Host": "localhost", "X-Forwarded-Proto": "https"}).status_code == 400


@pytest.mark.parametrize("place", ["nowhere", "", "x" * 500, "%22%3E%3Cb%3E", "%00"])
@pytest.mark.parametrize(
    ("language", "words"), [("ja", "この場所は登録されていません"), ("en", "This place is not known")]
)
def test_a_place_that_is_not_configured_gets_no_kiosk(visitor: Any, place: str, language: str, words: str) -> None:
    answer = visitor.get(f"/vote?place={place}&lang={language}", Accept="text/html")
    assert answer.status_code == 404
    assert words in answer.text
    assert "data-api" not in answer.text
    assert "<b>" not in answer.text
    assert "main.js" not in answer.text
    # No way leads out of it to a page that is no kiosk's.
    assert 'href="/board/' not in answer.text
    assert answer.text.count("&amp;place=") == 3


def test_without_a_place_it_is_no_kiosk(visitor: Any) -> None:
    answer = visitor.get("/vote")
    assert (answer.status_code, 'data-kiosk="false"' in answer.text) == (200, True)
