"""Every sentence of the console has its English, and every refusal its Japanese."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.utils.translation import gettext, override

import ippyo.registry.console as package
from ippyo.registry.console.models import Proposal
from ippyo.registry.console.words import act_name

FOLDER = Path(package.__file__).parent
_PLAIN = re.compile(r'{% translate "([^"]*)" %}')
_BLOCK = re.compile(r"{% blocktranslate[^%]*%}(.*?){% endblocktranslate %}")


def sentences() -> list[str]:
    found: set[str] = set()
    for template in FOLDER.rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        found |= set(_PLAIN.findall(text))
        found |= {re.sub(r"{{ (\w+) }}", r"%(\1)s", block) for block in _BLOCK.findall(text)}
    for module in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="_"), args=[ast.Constant(value=str(text))]):
                    found.add(text)
    return sorted(found)


def refusals() -> list[str]:
    """Return what the console and what it calls refuse, where the words are fixed."""
    found: set[str] = set()
    for module in (*FOLDER.glob("*.py"), FOLDER.parent / "roll" / "updates.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="InputError"), args=[ast.Constant(value=str(text))]):
                    found.add(text)
    return sorted(found)


def acts() -> list[str]:
    """Return what the console writes into its log, where the words are fixed."""
    found: set[str] = set()
    for module in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="log"), attr="record"),
                    args=[_, ast.Constant(value=str(act)), *_],
                ):
                    found.add(act)
    decided = {f"{verb}-{kind}" for verb in ("propose", "confirm", "refuse") for kind in Proposal.Kind}
    return sorted(found | decided)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("act", acts())
def test_every_act_has_its_name(act: str, language: str) -> None:
    with override(language):
        assert act_name(act) != act
        assert act_name(act).isascii() == (language == "en")


@pytest.mark.parametrize("sentence", sentences())
def test_english(sentence: str) -> None:
    with override("en"):
        assert gettext(sentence).isascii() or gettext(sentence) != sentence


@pytest.mark.parametrize("sentence", refusals())
def test_japanese(sentence: str) -> None:
    with override("ja"):
        assert not gettext(sentence).isascii()
