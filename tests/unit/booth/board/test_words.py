"""Every sentence of the board has its English and its easy Japanese, in which every kanji has its reading."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from scripts.compile_messages import read_catalogue

import ippyo.booth.board as room

FOLDER = Path(room.__file__).parent
KANJI = re.compile("[\u4e00-\u9fff]")
JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
_MARKED = re.compile(r"""\{\{ _\((?:"([^"]+)"|'([^']+)')\)\|(?:say|plain) \}\}""")


def sentences() -> set[str]:
    """Return every sentence marked for translation in templates and modules."""
    found: set[str] = set()
    for template in FOLDER.rglob("*.html"):
        found |= {"".join(match) for match in _MARKED.findall(template.read_text(encoding="utf-8"))}
    for module in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="gettext"), args=[ast.Constant(value=str(text))]):
                    found.add(text)
    return found


def catalogue(language: str) -> dict[str, str]:
    text = (FOLDER / "locale" / language / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")
    return {message: words for message, words in read_catalogue(text).items() if message}


@pytest.mark.parametrize("language", ["en", "ja_Easy"])
def test_every_sentence_has_its_translation_and_no_other_is_kept(language: str) -> None:
    assert set(catalogue(language)) == sentences()
    assert all(catalogue(language).values())


def test_english_is_english() -> None:
    assert not any(JAPANESE.search(words) for words in catalogue("en").values())


def test_easy_japanese_gives_every_reading() -> None:
    for words in catalogue("ja_Easy").values():
        assert not KANJI.search(re.sub(r"\{[^{}|]+\|[\u3040-\u30ff]+\}", "", words)), words


def test_no_japanese_is_left_outside_the_marked_sentences() -> None:
    for template in FOLDER.rglob("*.html"):
        bare = re.sub(r"\{[{%].*?[}%]\}", "", template.read_text(encoding="utf-8"))
        assert not JAPANESE.search(bare), template.name
