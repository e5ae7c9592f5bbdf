"""After a poll, all that the booth stored, logged and answered is searched for what it must not know."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from pathlib import Path
from typing import Any

import requests

ADDRESS = "203.0.113.77"
AGENT = "Mozilla/5.0 (a telltale browser)"
NAME, CARD, CODE = "山田太郎", "0123456789AB", "K7QH-2MZP-9W4T"
SECRETS = (ADDRESS, AGENT, NAME, CARD, CODE, "127.0.0.1", "telltale")
TELLTALE = {
    "User-Agent": AGENT,
    "X-Forwarded-For": ADDRESS,
    "Forwarded": f"for={ADDRESS}",
    "Cookie": f"name={CARD}",
    "Referer": f"http://localhost:8000/{CODE}",
}


def test_nothing_that_tells_who(tmp_path: Path, booth_towns: Any, small_polls: Any, visitors: Any) -> None:
    town = booth_towns.Town(tmp_path, small_polls)
    began = int(time.time())
    with town.ledger() as ledger:
        folder = town.init(ledger)
        with town.booth(folder) as booth:
            visitor = visitors(booth.origin)
            texts = [town.small.voter().cast(bridge=(1, 0)) for _ in range(5)]
            for text in texts:
                answer = requests.post(f"{booth.origin}/api/transactions", text.encode(), headers=TELLTALE, timeout=120)
                visitor.fate(answer.json()["id"])
            for path in ("/", "/vote", "/board/", f"/nowhere/{CODE}", f"/board/find?tracker={CODE}", "/api/coin/x"):
                requests.get(booth.origin + path, headers=TELLTALE, timeout=120)
            requests.post(f"{booth.origin}/api/transactions", NAME.encode(), headers=TELLTALE, timeout=120)
            busy = stored(folder)
        errors = booth.errors.read_text()
    assert not errors, errors
    for files in (busy, stored(folder)):
        for file, content in files.items():
            for secret in SECRETS:
                found = secret.encode() in content
                # The configuration says where the ledger is; nothing else knows any address.
                assert not found or (file == "booth.toml" and secret == "127.0.0.1"), (file, secret)
            for text in texts:
                proof = json.loads(text)["ballots"][0]["signature"]["proof"]["response"]
                assert proof.encode() not in content or file.startswith("outbox.sqlite-"), file
    require_coarse_times(folder / "data" / "outbox.sqlite", began)


def stored(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def require_coarse_times(outbox: Path, began: int) -> None:
    """No number in the outbox is a time finer than the hour, and no column could hold anything else."""
    with sqlite3.connect(outbox) as db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(item)")]
        assert columns == ["number", "id", "state", "hour", "holder", "text", "place", "code"]
        rows = db.execute("SELECT * FROM item").fetchall()
    assert rows
    for row in rows:
        values = dict(zip(columns, row, strict=True))
        assert values["state"] == "done"
        assert values["hour"] % 3600 == 0
        assert began - 7200 < values["hour"] <= time.time()
        assert values["holder"] is values["text"] is None
        assert values["place"] < 1000
    db.close()
    assert not re.search(rb"(?<!\d)\d{1,3}(\.\d{1,3}){3}(?!\d)", outbox.read_bytes())
