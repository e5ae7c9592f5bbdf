"""Writes §14 of docs/protocol.md, the worked example, from ``vectors/contract.json`` with nothing but hashlib and json.

``python -m tests.vectors_tool.example`` puts it into the page; a test compares the two.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "protocol.md"
HEADING = "## 14. A worked example\n"


def sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def shortened(text: str, ends: int = 48) -> str:
    return text if len(text) <= 2 * ends + 5 else f"{text[:ends]} … {text[-ends:]}"


def accepted(vectors: dict[str, Any]) -> list[str]:
    return [tx["text"] for block in vectors["blocks"] for tx in block["transactions"] if not tx["code"]]


def entry_of(text: str) -> str:
    value = json.loads(text)
    trackers = [b64(sha256(compact(ballot))) for ballot in value.get("ballots", [])]
    if value["type"] == "spoil":
        trackers = [value["tracker"]]
    return f"ippyo-entry-v1|{value['type']}|{b64(sha256(text))}|{','.join(trackers)}"


def section() -> str:
    """Return §14."""
    vectors = json.loads((ROOT / "vectors" / "contract.json").read_text(encoding="utf-8"))
    genesis = json.loads(vectors["genesis"])
    mh = b64(sha256("ippyo-manifest-v1|" + vectors["manifest"]))
    texts = accepted(vectors)
    first, cast_text = texts[0], next(text for text in texts if text.startswith('{"type":"cast"'))
    cast = json.loads(cast_text)
    ballot = cast["ballots"][0]
    unsigned = {name: value for name, value in ballot.items() if name != "signature"}
    trackers = ",".join(b64(sha256(compact(entry))) for entry in cast["ballots"])
    style, number, credential = cast["ticket"]["style"], cast["number"], cast["ticket"]["credential"]
    phi = vectors["fingerprint"]
    block = vectors["blocks"][0]
    leaf = hashlib.sha256(b"\x00" + entry_of(first).encode()).hexdigest()
    rows = [
        ("manifest M (§3)", shortened(vectors["manifest"]), f"{len(vectors['manifest'].encode())} bytes"),
        ("mh", "b64(H(`ippyo-manifest-v1\\|` ‖ M))", mh),
        ("trustees T (§5)", "b64(H(`ippyo-trustees-v1\\|` ‖ T))", genesis["trustees"]),
        ("transcript (§5)", "b64(H(`ippyo-ceremony-v1\\|` ‖ transcript))", genesis["ceremony"]),
        ("Phi (§5)", "b64(H(`ippyo-poll-v1\\|` ‖ genesis))", phi),
        ("app hash of the empty box (§10)", "", vectors["app_hash"]),
        ("transaction 0 (§8)", shortened(first), f"{len(first.encode())} bytes"),
        ("its entry (§11)", "", entry_of(first)),
        ("its leaf hash", "SHA-256(0x00 ‖ entry), hexadecimal", leaf),
        (f"after block {block['height']}: size", "", str(block["size"])),
        ("RFC 6962 root", "", block["root"]),
        ("app hash", "", block["app_hash"]),
        ("first ballot: uuid, phi (§3)", ballot["election_uuid"], ballot["election_hash"]),
        ("h (§7)", "b64(H(ballot without `signature`))", b64(sha256(compact(unsigned)))),
        ("tracker", "b64(H(ballot))", b64(sha256(compact(ballot)))),
        ("S0", "phi`\\|`str(C)", f"{ballot['election_hash']}|{ballot['credential']}"),
        ("ticket message (§6)", "", f"ippyo-ticket-v1|{phi}|{credential}"),
        ("prefix of the cast's proof (§8)", "", f"ippyo-cast-v1|{phi}|{style}|{number}|{trackers}|{credential}|"),
        ("entry of the cast", "", entry_of(cast_text)),
    ]
    lines = [
        HEADING,
        (
            "The poll of `vectors/contract.json`, whose texts are there in full. `tests/vectors_tool/example.py` "
            "writes this table with SHA-256 and JSON alone."
        ),
        "",
        "| what | from | value |",
        "|---|---|---|",
        *(f"| {what} | {source} | {_code(value)} |" for what, source, value in rows),
    ]
    return "\n".join(lines) + "\n"


def _code(value: str) -> str:
    return "`" + value.replace("|", "\\|") + "`"


def page_with(text: str) -> str:
    """Return the page with its last section, §14, replaced."""
    page = PAGE.read_text(encoding="utf-8")
    return page[: page.index(HEADING)] + text if HEADING in page else page.rstrip() + "\n\n" + text


if __name__ == "__main__":
    PAGE.write_text(page_with(section()), encoding="utf-8")
