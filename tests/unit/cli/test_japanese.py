"""Every error that the command line can print has its Japanese sentence, and every sentence has its error."""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ippyo.cli.japanese import translate
from ippyo.cli.japanese.catalogue import MESSAGES, NAMES, REASONS, Template, templates
from ippyo.cli.main import main
from ippyo.errors import (
    CheckFailedError,
    FaultyIssuerError,
    FaultyTrusteeError,
    InputError,
    ParseError,
    RefusedError,
)

SRC = Path(__file__).resolve().parents[3] / "src"
START = "ippyo.cli.main"
ROOT = "ippyo.errors.IppyoError"

# Texts in these fields get into errors, or stand beside them, though no error is made of them on the spot.
CARRIERS = (
    ("ippyo.contract.interface.Verdict", "code", "name"),
    ("ippyo.contract.interface.Verdict", "detail", "message"),
    ("ippyo.poll.rules.Problem", "text", "message"),
    ("ippyo.poll.toml_table.Finding", "message", "message"),
    ("ippyo.ledger.record_layout.Problem", "text", "message"),
    ("ippyo.ballot.statements.Statement", "name", "name"),
)

# What is wrong with a node is no error of whoever looks at it, and is told all the same: results and a constant.
TOLD = (
    ("ippyo.ledger.comet.report", "_judged"),
    ("ippyo.ledger.comet.watching", "_shown"),
    ("ippyo.ledger.comet.supervisor", "_OTHER"),
)

# Names of files are the same in every language.
FILE_NAME = re.compile(r"[^ ]+[./:][^ ]+")

# What is put in translated has to be in the catalogue too.
KINDS = {"name": "name", "known": "name", "message": "message", "reason": "message"}

Expression = ast.expr | None


@dataclass(frozen=True, eq=False)
class Scope:
    """A module, a class in it or a function, and what that stands in."""

    module: str
    node: ast.Module | ast.ClassDef | ast.FunctionDef
    outer: Scope | None = None

    @property
    def owner(self) -> Scope | None:
        """The class whose method this is."""
        return self.outer if self.outer and isinstance(self.outer.node, ast.ClassDef) else None

    @property
    def name(self) -> str:
        """The full name."""
        if isinstance(self.node, ast.Module) or self.outer is None:
            return self.module
        return f"{self.outer.name}.{self.node.name}"

    @property
    def parameters(self) -> dict[str, Expression]:
        """Names and defaults, without ``self`` or ``cls``."""
        assert isinstance(self.node, ast.FunctionDef)
        arguments = self.node.args
        names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
        defaults: list[Expression] = [None] * (len(names) - len(arguments.defaults))
        found = dict(zip(names, [*defaults, *arguments.defaults], strict=True))
        if self.owner and "staticmethod" not in map(ast.unparse, self.node.decorator_list):
            found.pop(names[0])
        keywords = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        return found | {argument.arg: default for argument, default in keywords}


@dataclass(frozen=True)
class Slot:
    """A parameter of a function, or of a class by its constructor, whose value gets into a message."""

    callee: str
    parameter: str
    kind: str


class Source:
    """Follows messages backwards, from the constructors of errors to the literals that callers hand in.

    ``pieces`` are the literals found: ``message`` or ``name`` and the text, with ``{}`` for what varies, to where it
    stands. What the catalogue puts in as it is (a path, a number) is not followed.
    """

    def __init__(self) -> None:
        self.pieces: dict[tuple[str, str], str] = {}
        self._marks = {
            (kind, _varying(one.english)): one.placeholders
            for kind, table in (("name", NAMES), ("message", MESSAGES))
            for one in templates(table)
        }
        self._modules = dict(_reachable(START))
        self._scopes: dict[ast.AST, Scope] = {}
        self._named: dict[str, Scope] = {}
        self._inside: dict[Scope, list[ast.AST]] = {}
        for module, tree in self._modules.items():
            self._enter(tree, Scope(module, tree))
        self._calls = [node for node in self._scopes if isinstance(node, ast.Call)]
        self._targets = {call: self._called(call) for call in self._calls}
        self._read: set[tuple[Scope, str]] = set()
        self._waiting = [Slot(ROOT, "message", "message"), *(Slot(*carrier) for carrier in CARRIERS)]
        self._followed: set[Slot] = set()
        for carrier, _, _ in CARRIERS:
            if shown := self._named.get(f"{carrier}.__str__"):
                self._results(shown, "message")
        for module, name in TOLD:
            if function := self._named.get(f"{module}.{name}"):
                self._results(function, "message")
            else:
                self._name(name, self._named[module], "message")
        while self._waiting:
            slot = self._waiting.pop()
            if slot not in self._followed:
                self._followed.add(slot)
                self._follow(slot)

    def _enter(self, node: ast.AST, scope: Scope) -> None:
        self._named.setdefault(scope.name, scope)
        inside = self._inside.setdefault(scope, [])
        for child in ast.iter_child_nodes(node):
            self._scopes[child] = scope
            inside.append(child)
            if isinstance(child, ast.ClassDef | ast.FunctionDef):
                self._enter(child, Scope(scope.module, child, scope))
            else:
                self._enter(child, scope)

    # --- who is called ---

    def _full(self, module: str, name: str) -> str | None:
        """Return what ``name`` means at the top of a module, through all re-exports."""
        if f"{module}.{name}" in self._named:
            return f"{module}.{name}"
        for node in ast.walk(self._modules[module]):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        return self._imported(node.module, alias.name)
        return None

    def _imported(self, module: str, name: str) -> str | None:
        if f"{module}.{name}" in self._modules:
            return f"{module}.{name}"
        return self._full(module, name) if module in self._modules else None

    def _called(self, call: ast.Call) -> frozenset[str]:
        """Return the functions and classes that a call may mean."""
        return frozenset(self._constructor(name) for name in self._callees(call.func, self._scopes[call]))

    def _callees(self, function: ast.expr, scope: Scope) -> Iterator[str]:
        match function:
            case ast.Name(id=name):
                around: Scope | None = scope
                while around and not isinstance(around.node, ast.Module):
                    if f"{around.name}.{name}" in self._named and isinstance(around.node, ast.FunctionDef):
                        yield f"{around.name}.{name}"
                        return
                    around = around.outer
                if name == "cls" and (owner := self._class(scope)):
                    yield owner.name
                elif full := self._full(scope.module, name):
                    yield full
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"):
                owner = self._class(scope)
                yield from self._bases(owner.name) if owner else ()
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name) if owner := self._class(scope):
                own = self._method(owner.name, name)
                yield from [own] if own else self._methods(name)
            case ast.Attribute(value=ast.Name(id=receiver), attr=name) if full := self._full(scope.module, receiver):
                named = self._full(full, name) if full in self._modules else self._method(full, name)
                yield from [named] if named else []
            case ast.Attribute(attr=name):
                yield from self._methods(name)

    def _class(self, scope: Scope | None) -> Scope | None:
        while scope and not isinstance(scope.node, ast.ClassDef):
            scope = scope.outer
        return scope

    def _bases(self, name: str) -> list[str]:
        scope = self._named[name]
        if not isinstance(scope.node, ast.ClassDef):
            return []
        bases = (self._full(scope.module, base.id) for base in scope.node.bases if isinstance(base, ast.Name))
        return [base for base in bases if base]

    def _method(self, owner: str, name: str) -> str | None:
        if f"{owner}.{name}" in self._named:
            return f"{owner}.{name}"
        return next((found for base in self._bases(owner) if (found := self._method(base, name))), None)

    def _methods(self, name: str) -> list[str]:
        return [full for full, scope in self._named.items() if scope.owner and full.rpartition(".")[2] == name]

    def _constructor(self, name: str) -> str:
        """Of an error class without a constructor of its own, return the class that has it."""
        while name in self._named and f"{name}.__init__" not in self._named and name != ROOT:
            errors = [base for base in self._bases(name) if base == ROOT or base.endswith("Error")]
            if not errors:
                break
            name = errors[0]
        return name

    # --- following ---

    def _parameters(self, callee: str) -> dict[str, Expression]:
        if callee == ROOT:
            return {"message": None}
        scope = self._named[callee]
        if isinstance(scope.node, ast.FunctionDef):
            return scope.parameters
        if constructor := self._named.get(f"{callee}.__init__"):
            return constructor.parameters
        assert isinstance(scope.node, ast.ClassDef)
        fields = [node for node in scope.node.body if isinstance(node, ast.AnnAssign)]
        return {node.target.id: node.value for node in fields if isinstance(node.target, ast.Name)}

    def _follow(self, slot: Slot) -> None:
        parameters = self._parameters(slot.callee)
        position = list(parameters).index(slot.parameter)
        for call in self._calls:
            if slot.callee not in self._targets[call]:
                continue
            given: Expression = next((word.value for word in call.keywords if word.arg == slot.parameter), None)
            if given is None and len(call.args) > position:
                given = call.args[position]
            self._collect(given or parameters[slot.parameter], self._scopes[call], slot.kind)

    def _collect(self, expression: Expression, scope: Scope, kind: str) -> None:
        match expression:
            case ast.Constant(value=str(text)) if text:
                self._add(kind, text, expression, scope)
            case ast.JoinedStr():
                self._template(expression, scope, kind)
            case ast.Name(id=name):
                self._name(name, scope, kind)
            case ast.Attribute(value=value, attr=name):
                self._attribute(value, name, scope, kind)
            case ast.IfExp(body=one, orelse=other):
                self._collect(one, scope, kind)
                self._collect(other, scope, kind)
            case (
                ast.BoolOp(values=several) | ast.Tuple(elts=several) | ast.List(elts=several) | ast.Dict(values=several)
            ):
                for one in several:
                    self._collect(one, scope, kind)
            case ast.ListComp(elt=one) | ast.GeneratorExp(elt=one) | ast.Starred(value=one) | ast.Subscript(value=one):
                self._collect(one, scope, kind)
            case ast.Call(func=ast.Name(id="str" | "next"), args=[one, *_]):
                self._collect(one, scope, kind)
            case ast.Call(func=ast.Attribute(attr="join"), args=[several]):
                self._collect(several, scope, kind)
            case ast.Call(func=ast.Attribute(value=one, attr="get"), args=[_, other]):
                self._collect(one, scope, kind)
                self._collect(other, scope, kind)
            case ast.Call(func=ast.Attribute(value=one, attr="replace")):
                self._collect(one, scope, kind)
            case ast.Call(func=ast.Name(id="say")):
                pass  # says it in both languages
            case ast.Call(func=ast.Name() | ast.Attribute(value=ast.Name(id="self")) as function):
                for callee in self._callees(function, scope):
                    self._results(self._named[callee], kind)

    def _results(self, function: Scope, kind: str) -> None:
        """Collect what a function returns or yields."""
        if (function, kind) in self._read or not isinstance(function.node, ast.FunctionDef):
            return
        self._read.add((function, kind))
        for node in self._inside[function]:
            if isinstance(node, ast.Return | ast.Yield):
                self._collect(node.value, function, kind)

    def _template(self, expression: ast.JoinedStr, scope: Scope, kind: str) -> None:
        text = ""
        values = []
        for part in expression.values:
            if isinstance(part, ast.FormattedValue):
                quoted = part.conversion == ord("r") or re.fullmatch(r"shown\([^()]*\)", ast.unparse(part.value))
                text += "{!r}" if quoted else "{}"
                values.append(part.value)
            else:
                assert isinstance(part, ast.Constant)
                text += str(part.value)
        self._add(kind, text, expression, scope)
        for value, placeholder in zip(values, self._marks.get((kind, text), ()), strict=False):
            if placeholder.mark in KINDS:
                self._collect(value, scope, KINDS[placeholder.mark])

    def _name(self, name: str, scope: Scope, kind: str) -> None:
        around: Scope | None = scope
        while around:
            if isinstance(around.node, ast.FunctionDef) and name in around.parameters:
                callee = around.owner.name if around.owner and around.node.name == "__init__" else around.name
                self._waiting.append(Slot(callee, name, kind))
                return
            bound = [value for node in self._inside[around] for value in _bound(node, name)]
            if bound:
                for value in bound:
                    self._collect(value, around, kind)
                return
            around = around.outer
        for node in ast.walk(self._modules[scope.module]):
            if isinstance(node, ast.ImportFrom) and node.module in self._modules:
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        self._name(alias.name, self._named[node.module], kind)

    def _attribute(self, value: ast.expr, name: str, scope: Scope, kind: str) -> None:
        owner = self._class(scope)
        if isinstance(value, ast.Name) and value.id == "self" and owner:
            constructor = self._named.get(f"{owner.name}.__init__")
            if constructor is None and name in self._parameters(owner.name):
                self._waiting.append(Slot(owner.name, name, kind))
            for node in self._inside[constructor] if constructor else ():
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == f"self.{name}":
                    self._collect(node.value, constructor or scope, kind)
        # Constants of classes: the kinds of transactions and of messages. Those of a StrEnum are words for programs.
        for around, nodes in self._inside.items():
            spoken = isinstance(around.node, ast.ClassDef) and "StrEnum" not in map(ast.unparse, around.node.bases)
            for node in nodes if spoken else ():
                if isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(node.value, ast.Constant):
                    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
                    if ast.unparse(target) == name:
                        self._collect(node.value, around, kind)

    def _add(self, kind: str, text: str, node: ast.AST, scope: Scope) -> None:
        if kind == "name":
            if FILE_NAME.fullmatch(text):
                return
            text = text.replace("-", " ")
        if re.search(r"[A-Za-z{]", text):
            self.pieces.setdefault((kind, text), f"{scope.module}:{getattr(node, 'lineno', 0)}")


def _bound(node: ast.AST, name: str) -> Iterator[ast.expr]:
    """Yield what a statement gives to a name."""
    match node:
        case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
            yield value
        case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if target == name:
            yield value
        case ast.NamedExpr(target=ast.Name(id=target), value=value) if target == name:
            yield value
        case ast.For(target=ast.Name(id=target), iter=value) if target == name:
            yield value
        case ast.For(target=ast.Tuple(elts=targets), iter=ast.Tuple(elts=rows)):
            for position, element in enumerate(targets):
                if isinstance(element, ast.Name) and element.id == name:
                    yield from (row.elts[position] for row in rows if isinstance(row, ast.Tuple))


def _reachable(start: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield every module that the command line imports, and those that these import."""
    waiting, seen = [start], set()
    while waiting:
        module = waiting.pop()
        path = SRC.joinpath(*module.split("."))
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if module in seen or not file.is_file():
            continue
        seen.add(module)
        tree = ast.parse(file.read_text(encoding="utf-8"))
        yield module, tree
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("ippyo"):
                waiting += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        if "." in module:
            waiting.append(module.rpartition(".")[0])


def _varying(english: str) -> str:
    """Return a template of the catalogue as the source has it."""
    return re.sub(r"\{\w+(!r)?(?:![nwch])?\}", r"{\1}", english)


@pytest.fixture(scope="module")
def source() -> Source:
    return Source()


@pytest.fixture
def names() -> set[str]:
    return {_varying(one.english).replace("-", " ") for one in templates(NAMES)}


@pytest.fixture
def messages() -> set[str]:
    return {_varying(one.english) for one in templates(MESSAGES)}


def test_every_message_and_name_has_its_japanese(source: Source, names: set[str], messages: set[str]) -> None:
    # A whole message can be a name: a refusal that says no more than its code.
    known = {"name": names, "message": messages}
    missing = [
        f"{place}: {kind} {text!r}"
        for (kind, text), place in source.pieces.items()
        if text not in known[kind] and (kind == "name" or text.replace("-", " ") not in names)
    ]
    assert not missing, "write Japanese for these into src/ippyo/cli/japanese:\n" + "\n".join(sorted(missing))


def test_every_entry_has_its_error(source: Source, names: set[str], messages: set[str]) -> None:
    texts = {text for _, text in source.pieces}
    stale = (names | messages) - texts
    assert not stale, "no error says this any more:\n" + "\n".join(sorted(stale))


def test_the_source_is_followed_through_helpers(source: Source) -> None:
    for piece in (
        ("message", "has the same field twice"),
        ("message", "the box was opened before"),  # by way of _require_phase
        ("message", "it names another manifest"),  # yielded
        ("message", "the disk is full"),  # out of a table
        ("message", "is not valid Unicode"),  # of canonical.py
        ("message", "is {}, not between {} and {}"),  # a problem of a manifest
        ("name", "commit"),  # a constant of a class
        ("name", "overall proof"),  # a field of a dataclass
        ("name", "issuer's RSA key"),  # a local variable
    ):
        assert piece in source.pieces


@pytest.mark.parametrize("table", [MESSAGES, NAMES, REASONS])
def test_every_entry_is_japanese_and_uses_all_it_is_told(table: str) -> None:
    for one in templates(table):
        number_of_error = {"number"} if table == REASONS else set()
        assert set(re.findall(r"\{(\w+)", one.english)) - number_of_error == set(
            re.findall(r"\{(\w+)", one.japanese)
        ), one.english
        assert not re.search(r"\{\w*\}", re.sub(r"\{\w+(:\w+)?\}", "", one.japanese)), one.japanese
        if table == MESSAGES and not one.japanese.endswith("}"):
            assert one.japanese.endswith(("。", "？", ":", "）")), one.japanese


def test_a_template_takes_no_placeholder_from_nowhere() -> None:
    with pytest.raises(ValueError, match="has no placeholder what"):
        Template.read("is missing", "{what} がありません。")


@pytest.mark.parametrize(
    ("error", "japanese"),
    [
        (
            ParseError("manifest", "is not in canonical form"),
            "選挙定義: 正準形で書かれていません。手を加えずに、元のファイルを使ってください。",
        ),
        (ParseError("/a b/key.age", "is empty"), "/a b/key.age: 空です。"),
        (FaultyTrusteeError(2, "did not sign its coefexps"), "鍵の管理者 2: 自分の公開値に署名していません。"),
        (FaultyIssuerError(1, "sent no blind signature"), "発行者 1: ブラインド署名を送っていません。"),
        (RefusedError("not-open"), "拒否 not-open"),
        (RefusedError("closed", "the voting hours are over"), "拒否 closed: 投票時間は終わりました。"),
        (
            RefusedError("malformed", "ballot: lacks the field 'answers'"),
            "拒否 malformed: 票: 項目 'answers' がありません。",
        ),
        (
            RefusedError(
                "bad-decryption", "trustee 3: sent a partial decryption with a false strong proof for choice 2"
            ),
            "拒否 bad-decryption: 鍵の管理者 3: 2 番目の選択肢について、強い証明の正しくない部分復号を送りました。",
        ),
        (
            RefusedError("bad-ballot", "the ballot's individual proof 3 does not verify"),
            "拒否 bad-ballot: 票の3 番目の選択の証明: 検証に合格しません。",
        ),
        (
            InputError("a is there already and useless (b: is empty); move it away and repeat"),
            "a がすでにありますが、使えません（b: 空です）。別の場所に移してやり直してください。",
        ),
        (
            CheckFailedError(
                "1 good partial decryptions are not enough: 2 trustees are needed; "
                "trustee 3: sent a partial decryption that does not have the shape of the tally"
            ),
            (
                "正しい部分復号が 1 人分しかありません。鍵の管理者 2 人分をそろえてください。"
                " 鍵の管理者 3: 集計と形の合わない部分復号を送りました。"
            ),
        ),
        (
            InputError("m.toml:3: policies.revote 'x' is unknown; use 'last-counts' or 'never'"),
            "m.toml:3: policies.revote: 'x' は使えません。'last-counts' か 'never' を使ってください。",
        ),
        (
            InputError("m.toml:7: is not TOML: invalid value; use half-width signs instead of “"),
            "m.toml:7: TOML として読めません（invalid value）。“ は半角で書いてください。",
        ),
        (
            InputError("2 mistakes to mend:\n  m.toml:1: id is missing\n  m.toml:4: no words for this"),
            "直すところが 2 か所あります:\n  m.toml:1: id: ありません。\n  m.toml:4: no words for this",
        ),
        (InputError("m.toml cannot be read: Permission denied."), "m.toml を読めません。権限がありません。"),
        (InputError("m.toml cannot be read: Tea break."), "m.toml を読めません。Tea break"),
        (
            InputError("Too few answers are chosen; choose at least 2."),
            "選んだ数が足りません。2 個以上選んでください。",
        ),
        (
            InputError("Too few answers are chosen; choose at least 2, or cast a blank vote."),
            "選んだ数が足りません。2 個以上選んでください（白票も投じられます）。",
        ),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, Exception) else "",
)
def test_errors_that_stand_in_one_another_are_translated_throughout(error: Exception, japanese: str) -> None:
    assert translate(str(error)) == japanese


@pytest.mark.parametrize(
    "text",
    [
        "記録の検証に失敗しました（項目 3）。詳しくは: ippyo verify x",
        "この鍵は、この投票の選挙管理の担当者のものではありません。",
        "nobody wrote this sentence: ever; not even here",
        "manifest: an unknown problem",
        "",
        " ",
        "{what}: {problem}",
    ],
)
def test_what_is_not_known_passes_through(text: str) -> None:
    assert translate(text) == text


@pytest.mark.parametrize("text", ["x: " * 130 + "is empty", "a; " * 130, "is not TOML: " + "a; b: c " * 50, "a " * 600])
def test_a_text_that_a_stranger_stuffed_is_given_up_at_once(text: str) -> None:
    # The processor's time, of which others of this computer take none away.
    begin = time.thread_time()
    assert translate(text) == text
    assert time.thread_time() - begin < 2


def run(monkeypatch: pytest.MonkeyPatch, language: str, *arguments: str) -> int:
    monkeypatch.setenv("IPPYO_LANG", language)
    monkeypatch.setenv("COLUMNS", "200")
    return main(list(arguments))


def test_errors_are_told_in_the_language_of_the_reader(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    missing = tmp_path / "none"
    assert run(monkeypatch, "ja", "verify", str(missing)) == 2
    assert (
        capsys.readouterr().err == f"ippyo: エラー: 記録のフォルダー {missing} がありません。場所を確かめてください。\n"
    )
    assert run(monkeypatch, "en", "verify", str(missing)) == 2
    assert capsys.readouterr().err == f"ippyo: error: there is no record folder {missing}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("poll", "check"), "引数 'FILE' がありません。"),
        (("poll", "chek"), "コマンド 'chek' はありません。"),
        (("nothing",), "コマンド 'nothing' はありません。"),
        (("verify", "--foo"), "オプション --foo はありません。"),
        (("--foo",), "オプション --foo はありません。"),
        (("poll", "check", "a", "b"), "余分な引数があります: b"),
        (("demo", "--out"), "オプション '--out' には値が必要です。"),
        (("demo", "--voters", "1"), "'--voters' の値を直してください。4 以上にしてください。"),
    ],
)
def test_usage_errors_are_japanese(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert run(monkeypatch, "ja", *arguments) == 2
    assert words in capsys.readouterr().err


def test_usage_errors_are_typers_own_in_english(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "en", "poll", "check") == 2
    assert "Missing argument" in capsys.readouterr().err


def test_findings_of_other_rooms_are_japanese(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, "ja", "verify", str(tmp_path)) == 1
    assert "genesis.json: ありません。" in capsys.readouterr().out
    assert run(monkeypatch, "en", "verify", str(tmp_path)) == 1
    assert "genesis.json: is missing" in capsys.readouterr().out
