"""Every refusal has a way on, in both languages, and every sentence of the pages has its English."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from django.utils import translation
from django.utils.translation.template import templatize

import ippyo.registry.registration as room
from ippyo.registry.registration.guidance import GUIDANCE, TOPICS
from ippyo.registry.site.refusals import REFUSALS

FOLDER = Path(room.__file__).parent
CATALOGUE = FOLDER / "locale" / "en" / "LC_MESSAGES" / "django.po"
EASY = FOLDER / "locale" / "ja_Easy" / "LC_MESSAGES" / "django.po"
REPOSITORY = Path(__file__).parents[4]
JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
_CALL = re.compile(r"""\b(?:gettext|_)\(u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\)""")
_MARKERS = {"_", "gettext"}

AGENT_CODES = {"cancelled", "timed-out", "busy", "no-job"}
"""What the card agent says besides the card's own codes (docs/card-agent.md)."""

PAGE_CODES = {"offline", "agent-missing", "faulty-issuer", "bad-ticket", "unknown-group", "no-worker"}
"""What the page itself finds (web/registration, web/ippyo)."""


def codes_of_the_page() -> set[str]:
    """Return the codes of docs/registration.md §4: of the table, and those on the card."""
    text = (REPOSITORY / "docs" / "registration.md").read_text(encoding="utf-8")
    section = text.split("## 4.")[1].split("## 5.")[0]
    rows = re.findall(r"^\| (`[^|]+`) \|", section, re.MULTILINE)
    on_the_card = section.split("On the card itself")[1]
    return {code for row in [*rows, on_the_card] for code in re.findall(r"`([a-z-]+)`", row)}


def test_every_refusal_has_its_guidance() -> None:
    assert set(GUIDANCE) == codes_of_the_page() | set(REFUSALS) | AGENT_CODES | PAGE_CODES


def test_each_code_stands_under_one_topic() -> None:
    assert sum(len(topic.entries) for topic in TOPICS) == len(GUIDANCE)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_two_refusals_look_alike(language: str) -> None:
    with translation.override(language):
        shown = [(str(entry.title), str(entry.what)) for entry in GUIDANCE.values()]
    assert len(set(shown)) == len(shown)


@pytest.mark.parametrize("code", GUIDANCE)
def test_guidance_in_both_languages(code: str) -> None:
    with translation.override("ja"):
        japanese = GUIDANCE[code].to_value()
    with translation.override("en"):
        english = GUIDANCE[code].to_value()
    assert all(JAPANESE.search(sentence) for sentence in japanese.values())
    assert not any(JAPANESE.search(sentence) for sentence in english.values())
    assert all(japanese.values())
    assert all(english.values())


def sentences() -> set[str]:
    """Return every sentence marked for translation in templates and modules."""
    found: set[str] = set()
    for path in (FOLDER / "templates").rglob("*.html"):
        source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        found |= {ast.literal_eval(call) for call in _CALL.findall(source)}
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _MARKERS:
                found.add(ast.literal_eval(node.args[0]))
    return found


@pytest.fixture(scope="module")
def compiler() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compile_messages", REPOSITORY / "scripts" / "compile_messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("file", [CATALOGUE, EASY], ids=["english", "easy"])
def test_every_sentence_has_its_translation_and_no_other_is_kept(compiler: ModuleType, file: Path) -> None:
    catalogue = compiler.read_catalogue(file.read_text(encoding="utf-8"))
    catalogue.pop("")
    assert set(catalogue) == sentences()
    assert all(catalogue.values())


@pytest.mark.parametrize("file", [CATALOGUE, EASY], ids=["english", "easy"])
def test_placeholders_are_the_same(compiler: ModuleType, file: Path) -> None:
    catalogue = compiler.read_catalogue(file.read_text(encoding="utf-8"))
    for japanese, other in catalogue.items():
        if japanese:
            assert set(re.findall(r"\{[a-z]+\}", japanese)) == set(re.findall(r"\{[a-z]+\}", other))


def test_easy_japanese_gives_every_reading(compiler: ModuleType) -> None:
    for easy in compiler.read_catalogue(EASY.read_text(encoding="utf-8")).values():
        assert not re.search("[\u4e00-\u9fff]", re.sub(r"\{[^{}|]+\|[\u3040-\u30ff]+\}", "", easy)), easy


def test_the_compiled_catalogue_is_the_written_one(compiler: ModuleType) -> None:
    assert compiler.main(["--check"]) == 0


@pytest.mark.parametrize(
    "text", ['msgstr "x"', 'msgid "a"\nmsgplural "b"', 'msgid "a"\nmsgstr "b"\nmsgid "a"\nmsgstr "c"']
)
def test_a_catalogue_of_another_form_is_refused(compiler: ModuleType, text: str) -> None:
    with pytest.raises(ValueError):
        compiler.read_catalogue(text)


def test_what_is_typed_for_the_card_has_one_name(compiler: ModuleType) -> None:
    easy = compiler.read_catalogue(EASY.read_text(encoding="utf-8")).values()
    bare = [re.sub(r"\{([^{}|]+)\|[^{}]+\}", r"\1", sentence) for sentence in easy]
    for sentence in [*sentences(), *bare]:
        # The other name stands beside it only, for who has it in their papers.
        assert not re.search("(?<!暗証番号（署名用)パスワード", sentence), sentence
    for sentence in compiler.read_catalogue(CATALOGUE.read_text(encoding="utf-8")).values():
        assert not re.search(r"(?<!\(signature )password", sentence), sentence


def test_no_japanese_is_left_outside_the_marked_sentences() -> None:
    for path in (FOLDER / "templates").rglob("*.html"):
        bare = re.sub(r"\{[{%].*?[}%]\}|やさしい日本語|日本語", "", path.read_text(encoding="utf-8"))
        assert not JAPANESE.search(bare), path.name
