"""``ippyo card digital-auth`` serves cards from a folder, to the registry whose keys it was told or made."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import typer
from typer.testing import CliRunner

from ippyo.cli import card_digital_auth
from ippyo.errors import InputError
from ippyo.identity.card.virtual.contents import CardContents
from ippyo.identity.digital_auth import DigitalAuth, DigitalAuthConfig, load_client_key, load_result_key
from ippyo.identity.simulated.digital_auth import press_button, serve_digital_auth

REDIRECT = "http://127.0.0.1:8000/registration/back"


def run(*arguments: str) -> Any:
    app = typer.Typer()
    app.command("other")(lambda: None)
    card_digital_auth.register(app)
    return CliRunner().invoke(app, ["digital-auth", "--redirect-uri", REDIRECT, *arguments], catch_exceptions=True)


@pytest.fixture
def cards(tmp_path: Path, digital_auth_people: dict[str, CardContents]) -> Path:
    folder = tmp_path / "cards"
    folder.mkdir()
    for name, contents in digital_auth_people.items():
        (folder / f"{name}.card").write_text(contents.to_text())
    return folder


def test_the_command_serves_cards(
    cards: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    digital_auth_request: Any,
    digital_auth_people: dict[str, CardContents],
) -> None:
    client_pem, result_pem = tmp_path / "client.pem", tmp_path / "result.pem"
    seen = []

    def told(make: Any, port: int) -> Any:
        def made(origin: str) -> Any:
            seen.append(make(origin))
            return seen[-1]

        return serve_digital_auth(made, port)

    def visit() -> None:
        config = DigitalAuthConfig.at(
            seen[0].issuer,
            client_id="ippyo",
            redirect_uri=REDIRECT,
            client_key=load_client_key(client_pem),
            result_key=load_result_key(result_pem),
        )
        client = DigitalAuth(config, seconds=60)
        request = digital_auth_request(when=int(time.time()))
        for kind in ("login", "signature"):
            journey = getattr(client, f"begin_{kind}")(request)
            query = parse_qs(urlsplit(press_button(journey.location, "hanako")).query)
            getattr(client, f"finish_{kind}")(journey, {name: values[0] for name, values in query.items()})

    monkeypatch.setattr(card_digital_auth, "serve_digital_auth", told)
    monkeypatch.setattr(card_digital_auth, "_wait", visit)
    result = run(str(cards), "--client-key", str(client_pem), "--result-key", str(result_pem))
    assert result.exit_code == 0, result.exception
    assert seen[0].issuer in result.output
    assert client_pem.stat().st_mode & 0o777 == 0o600


def test_a_key_that_is_there_is_used(cards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_digital_auth, "_wait", lambda: None)
    path = tmp_path / "client.pem"
    for _ in range(2):
        assert run(str(cards), "--client-key", str(path)).exit_code == 0
        first = path.read_bytes()
    assert path.read_bytes() == first


def test_what_cannot_be_served(
    cards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digital_auth_bench: Any
) -> None:
    monkeypatch.setattr(card_digital_auth, "_wait", lambda: None)
    key = str(tmp_path / "client.pem")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert isinstance(run(str(empty), "--client-key", key).exception, InputError)
    (empty / "x.card").write_text("{}")
    assert isinstance(run(str(empty), "--client-key", key).exception, InputError)
    with digital_auth_bench() as bench:
        port = str(urlsplit(bench.service.issuer).port)
        refused = run(str(cards), "--client-key", key, "--port", port).exception
        assert isinstance(refused, InputError)
        assert str(refused) == (
            f"cannot serve at 127.0.0.1, port {port}: another program uses this port; choose another one"
        )


def test_it_waits_until_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Over(Exception):  # noqa: N818
        pass

    def wait() -> None:
        raise Over

    monkeypatch.setattr(card_digital_auth, "threading", SimpleNamespace(Event=lambda: SimpleNamespace(wait=wait)))
    with pytest.raises(Over):
        card_digital_auth._wait()
