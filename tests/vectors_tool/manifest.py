"""Write vectors/manifest.json: run ``python tests/vectors_tool/manifest.py``.

Nothing of the code under test is used: the manifests are written out here, field by field as docs/protocol.md §3 has
them, and hashed with ``hashlib``. The public keys are stand-ins of the right shape.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parents[2] / "vectors"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
ED25519_KEY = "5866666666666666666666666666666666666666666666666666666666666666"
FINITE_FIELD_KEY = "16"

Value = dict[str, Any]


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def uuid(mh: str, contest: str) -> str:
    number = int(hashlib.sha256(f"ippyo-uuid-v1|{mh}|{contest}".encode()).hexdigest(), 16)
    return "".join(BASE58[number // 58**place % 58] for place in range(43, 21, -1))


def text(ja: str, en: str) -> Value:
    return {"ja": ja, "en": en}


def answer(number: int, ja: str, en: str, **more: Any) -> Value:
    return {"id": f"a{number}", "number": number, "name": text(ja, en), **more}


REFERENDUM: Value = {
    "version": 1,
    "id": "bridge",
    "title": text("橋についての住民投票", "Referendum on a bridge"),
    "group": "RFC-3526-2048",
    "opens": 1_792_000_000,
    "closes": 1_792_600_000,
    "policies": {
        "certificate": "user",
        "channels": ["card-reader"],
        "second_factor": "none",
        "anonymity": "blind-ticket",
        "revote": "never",
        "places": ["kiosk"],
    },
    "trustees": {"total": 1, "threshold": 1},
    "issuers": ["町"],
    "officers": {"total": 1, "threshold": 1},
    "styles": [{"id": "all", "name": text("全員", "Everybody"), "contests": ["q"]}],
    "contests": [
        {
            "id": "q",
            "kind": "referendum",
            "title": text("橋をかけること", "Building the bridge"),
            "min": 1,
            "max": 1,
            "blank": False,
            "tally": "homomorphic",
            "answers": [answer(1, "賛成", "For"), answer(2, "反対", "Against")],
        }
    ],
}

FULL: Value = {
    "version": 1,
    "id": "all-kinds-0",
    "profile": "mayor-council",
    "title": text("「すべて」の\\見本 🗳", 'A sample of "everything"'),
    "description": text("一行目\n二行目 <b>&amp;</b>", "First line\nsecond line"),
    "group": "Ed25519",
    "opens": 1_790_000_000,
    "closes": 1_790_000_001,
    "policies": {
        "certificate": "signature",
        "channels": ["card-reader", "digital-auth"],
        "second_factor": "both",
        "anonymity": "blind-ticket",
        "revote": "last-counts",
        "places": ["kiosk", "remote"],
    },
    "trustees": {"total": 5, "threshold": 3},
    "issuers": ["市 選挙管理委員会", "県", "大学"],
    "officers": {"total": 3, "threshold": 2},
    "styles": [
        {"id": "east", "name": text("東区", "East"), "contests": ["mayor", "judges"]},
        {"id": "west", "name": text("西区", "West"), "contests": ["mayor", "projects"]},
    ],
    "contests": [
        {
            "id": "mayor",
            "kind": "choose-one",
            "title": text("市長", "Mayor"),
            "description": text("一人を選ぶ", "Choose one"),
            "min": 1,
            "max": 1,
            "blank": True,
            "tally": "homomorphic",
            "answers": [
                answer(2, "紫陽花 ひかり", "Hikari Ajisai", furigana="あじさい ひかり"),
                answer(1, "𠮷野 﨑子", "Sakiko Yoshino", statement=text("明るい町に。\n約束です。", "A bright town.")),
            ],
        },
        {
            "id": "judges",
            "kind": "per-item",
            "title": text("審査", "Review"),
            "min": 0,
            "max": 3,
            "blank": False,
            "tally": "homomorphic",
            "answers": [answer(number, f"裁判官{number}", f"Judge {number}") for number in (1, 2, 3)],
        },
        {
            "id": "projects",
            "kind": "choose",
            "title": text("二つまで", "Up to two"),
            "min": 0,
            "max": 2,
            "blank": True,
            "tally": "homomorphic",
            "answers": [answer(number, f"案{number}", f"Plan {number}") for number in (10, 20, 30, 9999)],
        },
    ],
}


def election(manifest: Value, mh: str, contest: Value, public_key: str) -> Value:
    question: Value = {"answers": [f"{entry['number']} {entry['name']['ja']}" for entry in contest["answers"]]}
    if contest["blank"]:
        question["blank"] = True
    question |= {"min": contest["min"], "max": contest["max"], "question": contest["title"]["ja"]}
    written = compact(
        {
            "version": 1,
            "description": manifest.get("description", {"ja": ""})["ja"],
            "name": manifest["title"]["ja"],
            "group": manifest["group"],
            "public_key": public_key,
            "questions": [question],
            "uuid": uuid(mh, contest["id"]),
            "ippyo": {"manifest": mh, "contest": contest["id"]},
        }
    )
    return {
        "contest": contest["id"],
        "choices": len(contest["answers"]) + contest["blank"],
        "uuid": uuid(mh, contest["id"]),
        "text": written,
        "fingerprint": digest(written),
    }


def valid(manifest: Value, public_key: str) -> Value:
    written = compact(manifest)
    mh = digest(f"ippyo-manifest-v1|{written}")
    elections = [election(manifest, mh, contest, public_key) for contest in manifest["contests"]]
    return {"text": written, "hash": mh, "public_key": public_key, "elections": elections}


MISSING = object()

# Why it is refused, where the full manifest is changed, and into what.
ALTERED: list[tuple[str, tuple[str | int, ...], Any]] = [
    ("another version", ("version",), 2),
    ("the version is missing", ("version",), MISSING),
    ("an unknown field", ("colour",), "red"),
    ("id begins with a digit", ("id",), "1st"),
    ("id has a capital letter", ("id",), "Poll"),
    ("id of 41 characters", ("id",), "a" * 41),
    ("id of full-width letters", ("id",), "ａｂｃ"),
    ("profile is not an id", ("profile",), "A profile"),
    ("title without English", ("title",), {"ja": "題"}),
    ("an empty title", ("title", "en"), ""),
    ("title over two lines", ("title", "ja"), "一\n二"),
    ("title begins with an ideographic space", ("title", "ja"), "　題"),
    ("title of 301 characters", ("title", "ja"), "題" * 301),
    ("title with a control character", ("title", "ja"), "題\u0007名"),
    ("title with a bidirectional override", ("title", "ja"), "題\u202e名"),
    ("description with a tab", ("description", "ja"), "一\t二"),
    ("description of 20,001 characters", ("description", "ja"), "a" * 20_001),
    ("unknown group", ("group",), "P-256"),
    ("closes not after opens", ("closes",), 1_790_000_000),
    ("time before 1970", ("opens",), -1),
    ("time after the year 9998", ("closes",), 253_370_764_800),
    ("time as a text", ("opens",), "1790000000"),
    ("unknown certificate", ("policies", "certificate"), "passport"),
    ("no channel", ("policies", "channels"), []),
    ("channels out of order", ("policies", "channels"), ["digital-auth", "card-reader"]),
    ("a channel twice", ("policies", "channels"), ["card-reader", "card-reader"]),
    ("unknown channel", ("policies", "channels"), ["fax"]),
    ("unknown second factor", ("policies", "second_factor"), "fax"),
    ("anonymity that is not built yet", ("policies", "anonymity"), "double-envelope"),
    ("unknown revote", ("policies", "revote"), "sometimes"),
    ("no place", ("policies", "places"), []),
    ("unknown place", ("policies", "places"), ["moon"]),
    ("no trustee", ("trustees",), {"total": 0, "threshold": 0}),
    ("31 trustees", ("trustees", "total"), 31),
    ("more trustees needed than there are", ("trustees", "threshold"), 6),
    ("33 officers", ("officers", "total"), 33),
    ("no officer needed", ("officers", "threshold"), 0),
    ("no issuer", ("issuers",), []),
    ("17 issuers", ("issuers",), [f"発行者{number}" for number in range(17)]),
    ("an issuer twice", ("issuers",), ["市", "市"]),
    ("an issuer without a name", ("issuers",), [""]),
    ("no style", ("styles",), []),
    ("two styles of one id", ("styles", 1, "id"), "east"),
    ("a style without contests", ("styles", 0, "contests"), []),
    ("a style with an unknown contest", ("styles", 0, "contests"), ["mayor", "judges", "council"]),
    ("a style with a contest twice", ("styles", 0, "contests"), ["mayor", "mayor", "judges"]),
    ("a style with contests out of order", ("styles", 0, "contests"), ["judges", "mayor"]),
    ("a contest in no style", ("styles", 0, "contests"), ["mayor"]),
    ("no contest", ("contests",), []),
    ("two contests of one id", ("contests", 1, "id"), "mayor"),
    ("unknown kind", ("contests", 0, "kind"), "rank"),
    ("a tally that is not built yet", ("contests", 0, "tally"), "shuffle"),
    ("choose-one with min 0", ("contests", 0, "min"), 0),
    ("choose-one with max 2", ("contests", 0, "max"), 2),
    ("choose with max above the answers", ("contests", 2, "max"), 5),
    ("choose with min above max", ("contests", 2, "min"), 3),
    ("choose with max 0", ("contests", 2, "max"), 0),
    ("per-item with min 1", ("contests", 1, "min"), 1),
    ("per-item with max below the answers", ("contests", 1, "max"), 2),
    ("per-item with blank", ("contests", 1, "blank"), True),
    ("referendum with three answers", ("contests", 1, "kind"), "referendum"),
    ("blank as a number", ("contests", 0, "blank"), 1),
    ("no answer", ("contests", 0, "answers"), []),
    ("two answers of one id", ("contests", 0, "answers", 1, "id"), "a2"),
    ("two answers of one number", ("contests", 0, "answers", 1, "number"), 2),
    ("number above 9999", ("contests", 0, "answers", 0, "number"), 10_000),
    ("an answer without a name", ("contests", 0, "answers", 0, "name"), MISSING),
    ("an empty furigana", ("contests", 0, "answers", 0, "furigana"), ""),
    ("a statement with a lone surrogate", ("contests", 0, "answers", 1, "statement", "ja"), "\ud800"),
]


def altered(path: tuple[str | int, ...], value: Any) -> Value:
    manifest = copy.deepcopy(FULL)
    place: Any = manifest
    for step in path[:-1]:
        place = place[step]
    if value is MISSING:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return manifest


def invalid() -> list[Value]:
    written = compact(FULL)
    cases: list[Value] = []
    for why, path, value in ALTERED:
        ascii_only = "surrogate" in why
        changed = altered(path, value)
        cases.append(
            {"why": why, "text": json.dumps(changed, separators=(",", ":")) if ascii_only else compact(changed)}
        )
    answers = [answer(number, f"案{number}", f"Plan {number}") for number in range(201)]
    cases += [
        {"why": "201 answers", "text": compact(altered(("contests", 0, "answers"), answers))},
        {"why": "a space after a colon", "text": written.replace(":", ": ", 1)},
        {"why": "a newline at the end", "text": written + "\n"},
        {"why": "an escape that is not needed", "text": written.replace("市", "\\u5e02", 1)},
        {"why": "fields in another order", "text": compact(dict(reversed(FULL.items())))},
        {"why": "a number with a decimal point", "text": written.replace("1790000000", "1790000000.0")},
        {"why": "a field twice", "text": written.replace('"version":1,', '"version":1,"version":1,')},
        {"why": "not an object", "text": "[]"},
        {"why": "not JSON", "text": written[:-1]},
    ]
    return cases


def main() -> None:
    vectors = {
        "about": "Manifests of docs/protocol.md §3: texts, hashes, elections (dummy public keys), and texts to refuse.",
        "valid": [valid(REFERENDUM, FINITE_FIELD_KEY), valid(FULL, ED25519_KEY)],
        "invalid": invalid(),
    }
    # ASCII, because some texts to refuse hold characters that editors show wrongly.
    VECTORS.joinpath("manifest.json").write_text(json.dumps(vectors, indent=1) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
