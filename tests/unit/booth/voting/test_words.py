"""The catalogue: every sentence in all tongues, every kanji of easy Japanese with its reading, none missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ippyo.booth.voting as room
from ippyo.booth.voting.words import TONGUES, catalogue
from ippyo.web_files import static_folders

FOLDER = Path(room.__file__).parent
KANJI = re.compile(r"[\u4e00-\u9fff]")
TEMPLATES = "\n".join(file.read_text(encoding="utf-8") for file in FOLDER.rglob("*.html"))
CHECKER = (FOLDER.parent / "checker" / "checker.html").read_text(encoding="utf-8")
SCRIPTS = "\n".join(
    file.read_text(encoding="utf-8")
    for part in ("web/voting", "web/checker")
    for file in dict(static_folders())[part].glob("*.js")
)


def test_every_sentence_is_there_in_every_tongue() -> None:
    for key, words in catalogue().items():
        assert tuple(words) == TONGUES, key
        assert all(text for tongue, text in words.items() if (key, tongue) != ("done.position-after", "en")), key


@pytest.mark.parametrize("tongue", TONGUES)
def test_the_same_places_are_filled_in(tongue: str) -> None:
    for key, words in catalogue().items():
        assert set(re.findall(r"\{(\w+)\}", words[tongue])) == set(re.findall(r"\{(\w+)\}", words["en"])), key


def test_easy_japanese_gives_every_reading() -> None:
    for key, words in catalogue().items():
        assert not KANJI.search(re.sub(r"\{[^{}|]+\|[^{}|]+\}", "", words["easy"])), key
        assert re.fullmatch(r"[\u3040-\u30ff]*", "".join(re.findall(r"\|([^{}|]+)\}", words["easy"]))), key


def test_every_sentence_that_is_asked_for_exists() -> None:
    asked = set(re.findall(r'\{% (?:say|plain) "([^"]+)"', TEMPLATES)) | set(
        re.findall(r'data-word="([^"]+)"', CHECKER)
    )
    asked |= set(re.findall(r'(?:word|say)\("([^"$]+)"', SCRIPTS))
    assert asked - set(catalogue()) == set()


def test_every_refusal_has_its_three_sentences() -> None:
    parts: dict[str, set[str]] = {}
    for key in catalogue():
        if key.startswith("refusal."):
            _, code, part = key.split(".")
            parts.setdefault(code, set()).add(part)
    assert set(map(frozenset, parts.values())) == {frozenset({"title", "what", "way"})}
    assert "internal-error" in parts
