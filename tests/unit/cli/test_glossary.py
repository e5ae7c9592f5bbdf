"""One Japanese word for each role and thing: what officials read must not change its names from page to page."""

import ast
import re
from pathlib import Path

import pytest

import ippyo
from ippyo.cli.japanese.catalogue import MESSAGES, NAMES, REASONS, templates

SOURCE = Path(ippyo.__file__).parent

OLD = re.compile(
    "開票管理者|開票立会人|立会人|証人|連署"  # 鍵の管理者; 台帳の立会者, 立会署名
    "|職員|選挙管理者|行為"  # 選挙管理の担当者, 手続き
    "|起点|取引|鍵生成|返納"  # はじめの設定（genesis）, 台帳の記載, 鍵づくりの手続き, 返上
    "|(?<!部分)群"  # 暗号の方式
)


def texts(file: Path) -> list[str]:
    """Return every string of a module but its docstrings, which no reader of Japanese is shown."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in bare)
    return [node.value for node in found if isinstance(node.value, str)]


@pytest.mark.parametrize("table", [MESSAGES, NAMES, REASONS])
def test_the_catalogue_keeps_to_the_glossary(table: str) -> None:
    assert [entry.japanese for entry in templates(table) if OLD.search(entry.japanese)] == []


# The demonstration tells a story of a town, in the words of a town.
@pytest.mark.parametrize(
    "file",
    [
        *SOURCE.glob("cli/*.py"),
        *SOURCE.glob("cli/bench/*.py"),
        *SOURCE.glob("cli/demo/*.py"),
        *SOURCE.rglob("audit/**/*.py"),
    ],
)
def test_what_commands_say_keeps_to_the_glossary(file: Path) -> None:
    assert [text for text in texts(file) if OLD.search(text)] == []


@pytest.mark.parametrize("file", [*SOURCE.glob("profiles/*.toml")])
def test_profiles_keep_to_the_glossary(file: Path) -> None:
    assert [line for line in file.read_text(encoding="utf-8").splitlines() if OLD.search(line)] == []
