"""``ippyo booth integrity`` and ``ippyo registry integrity``: lists that anybody can compare, and what differs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from ippyo import web_modules
from ippyo.booth.site import program as booth
from ippyo.cli.integrity import require_program
from ippyo.cli.main import main
from ippyo.errors import InputError
from ippyo.ledger.http.exchange import ExchangeError
from ippyo.registry.site import program as registry
from ippyo.sites.program import MODULES, Program, program_of
from ippyo.web_files import static_folders

ORIGIN = "https://site.example"
SITES: dict[str, tuple[str, Callable[[], Program], str]] = {
    "booth": (booth.PAGE, booth.voting_program, "voting/main.js"),
    "registry": (registry.PAGE, registry.registration_program, "registration/main.js"),
}
Serve = Callable[[dict[str, bytes]], None]


@pytest.fixture(autouse=True)
def surroundings(vendor: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPPYO_LANG", "en")


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Return ``serve(files)``: from then on these files, and no others, are what ``ORIGIN`` answers with."""

    def serve(files: dict[str, bytes]) -> None:
        def exchange(method: str, url: str, seconds: float, *, limit: int) -> tuple[int, bytes]:
            assert (method, url.startswith(ORIGIN + "/")) == ("GET", True)
            path = urlsplit(url).path
            return (200, files[path]) if path in files else (404, b"not found")

        monkeypatch.setattr("ippyo.ledger.http.exchange.exchange", exchange)

    return serve


def honest(group: str) -> dict[str, bytes]:
    """Return what a site of this installation serves, by path."""
    page, make, _ = SITES[group]
    program, folders = make(), dict(static_folders())
    text = f"""<script type="importmap">{program.import_map}</script>
<script type="module" src="{program.entry}"></script>
<script id="worker" type="application/json">{program.worker_list}</script>"""
    files = {page: text.encode()}
    for address in program.modules:
        _, _, web, part, rest = address.split("/", 4)
        files[address] = (folders[f"{web}/{part}"] / rest).read_bytes()
    return files


@pytest.mark.parametrize("group", SITES)
def test_every_module_is_listed_with_one_hash_over_all(group: str, capsys: Any) -> None:
    program = SITES[group][1]()
    assert main([group, "integrity"]) == 0
    *modules, whole = capsys.readouterr().out.splitlines()
    assert modules == [f"{hashed}  {address}" for address, hashed in program.modules.items()]
    assert whole == f"{program.fingerprint}  all of them"


@pytest.mark.parametrize("group", SITES)
def test_a_site_that_serves_the_same(group: str, serve: Serve, capsys: Any) -> None:
    serve(honest(group))
    assert main([group, "integrity", f"{ORIGIN}/"]) == 0
    assert SITES[group][1]().fingerprint in capsys.readouterr().out


@pytest.mark.parametrize("group", SITES)
def test_an_altered_module_is_named(group: str, serve: Serve, capsys: Any) -> None:
    module = MODULES + SITES[group][2]
    files = honest(group)
    files[module] += b"// altered"
    serve(files)
    assert main([group, "integrity", ORIGIN]) == 1
    assert capsys.readouterr().out.splitlines() == [f"differs: {module}"]


def test_a_foreign_page_does_not_steer_the_terminal(serve: Serve, capsys: Any) -> None:
    page, files = SITES["booth"][0], honest("booth")
    files[page] += b'<script type="\x1b[2K\xc2\x9b1Athe same program"></script>'
    serve(files)
    assert main(["booth", "integrity", ORIGIN]) == 1
    (told,) = capsys.readouterr().out.splitlines()
    assert told.startswith("differs: ")
    assert told.isprintable()


def test_the_one_site_is_not_the_other(serve: Serve, capsys: Any) -> None:
    serve(honest("booth"))
    assert main(["registry", "integrity", ORIGIN]) == 1
    assert f"differs: {MODULES}registration/main.js" in capsys.readouterr().out


@pytest.mark.parametrize("group", SITES)
@pytest.mark.parametrize(("language", "words"), [("ja", "が応答しません"), ("en", "does not answer")])
def test_a_site_that_does_not_answer(
    group: str, language: str, words: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def exchange(*_: Any, **__: Any) -> tuple[int, bytes]:
        raise ExchangeError("no answer in time")

    monkeypatch.setenv("IPPYO_LANG", language)
    monkeypatch.setattr("ippyo.ledger.http.exchange.exchange", exchange)
    assert main([group, "integrity", ORIGIN]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("name", SITES)
def test_a_page_without_its_program_is_not_ready(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A site that was installed without the browser's part serves all but the one page that matters."""
    _, program, _ = SITES[name]
    require_program(program, strict=True)
    program_of.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(web_modules, "static_folders", list)
        with pytest.raises(InputError, match="is missing; run make"):
            require_program(program, strict=True)
        require_program(program, strict=False)
    assert "is missing; run make" in capsys.readouterr().err
    program_of.cache_clear()
