"""``ippyo card agent``: it serves with the options given, and refuses those that are wrong."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from ippyo.canonical import b64, sha256_b64
from ippyo.cli import card_agent
from ippyo.errors import InputError
from ippyo.identity.agent import server
from ippyo.identity.agent.refusals import AgentRefusedError
from ippyo.identity.agent.same_user import CAN_TELL
from ippyo.identity.agent.server import RunningAgent
from ippyo.identity.card.transport import Transport

PAGE = "https://vote.town.example"


@pytest.fixture
def app() -> typer.Typer:
    group = typer.Typer()
    card_agent.register(group)
    return group


def run(app: typer.Typer, *arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None:
        raise result.exception
    return result.output


@pytest.mark.parametrize("options", [[], ["--kiosk"]])
def test_it_serves_until_it_is_interrupted(
    app: typer.Typer, options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Any] = []

    def ask_once(running: RunningAgent) -> None:
        connection = http.client.HTTPConnection(running.origin.removeprefix("http://"), timeout=60)
        connection.request("GET", "/api/agent", headers={"Origin": PAGE})
        heard.append((running.origin, json.loads(connection.getresponse().read())))
        connection.close()

    monkeypatch.setattr(RunningAgent, "wait", ask_once)
    output = run(app, "--origin", PAGE, "--port", "0", *options)
    [(origin, answer)] = heard
    assert origin.startswith("http://127.0.0.1:")
    assert answer["kiosk"] is ("--kiosk" in options)
    assert origin in output


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--origin", "http://vote.town.example"], "not encrypted"),
        (["--origin", "vote.town.example"], "not an origin"),
        (["--origin", PAGE, "--poll", "no-such-folder"], r"genesis\.json"),
    ],
)
def test_wrong_options(app: typer.Typer, arguments: list[str], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        run(app, "--port", "0", *arguments)


def test_an_origin_is_needed(app: typer.Typer) -> None:
    with pytest.raises(SystemExit):
        run(app, "--port", "0")


def test_a_client_user_needs_a_system_that_can_tell(app: typer.Typer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_agent, "CAN_TELL", False)
    with pytest.raises(InputError, match="Linux only"):
        run(app, "--origin", PAGE, "--port", "0", "--client-user", "1000")


def test_a_client_user_is_admitted_instead(app: typer.Typer, monkeypatch: pytest.MonkeyPatch, require: Any) -> None:
    require("owners of connections", CAN_TELL, "run this on Linux")
    users: list[int | None] = []
    monkeypatch.setattr(RunningAgent, "wait", lambda running: users.append(running.gate.user))
    run(app, "--origin", PAGE, "--port", "0", "--client-user", "4242")
    assert users == [4242]


def test_polls_are_read_before_it_serves(
    app: typer.Typer, small_poll: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "manifest.json").write_text(small_poll.poll.manifest.text, encoding="utf-8")
    (tmp_path / "genesis.json").write_text(small_poll.poll.genesis.text, encoding="utf-8")
    poll = small_poll.poll
    assert poll.manifest.policies.certificate == "user", "a binding is of use"

    def ask(running: RunningAgent) -> None:
        desk, binding = running.gate.desk, {"kind": "card-binding", "nonce": b64(bytes(32)), "time": 1}
        with pytest.raises(AgentRefusedError, match=r"^wrong-poll$"):
            desk.start(PAGE, binding | {"poll": sha256_b64("another poll")})
        known = desk.start(PAGE, binding | {"poll": poll.fingerprint}).poll
        assert known is not None
        assert known.title == poll.manifest.title

    monkeypatch.setattr(RunningAgent, "wait", ask)
    run(app, "--origin", PAGE, "--port", "0", "--poll", str(tmp_path))


@pytest.mark.parametrize(("options", "asked"), [([], []), (["--kiosk"], [None]), (["--kiosk", "--reader", "R"], ["R"])])
def test_a_kiosk_looks_for_cards_left_on_its_reader(
    app: typer.Typer,
    options: list[str],
    asked: list[str | None],
    card_slots: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slot = card_slots.Slot(card_slots.contents())
    seen: list[str | None] = []

    def is_there(reader: str | None) -> bool:
        seen.append(reader)
        return True

    @contextmanager
    def opened(*_: object) -> Iterator[tuple[str, Transport]]:
        with slot.connect() as transport:
            yield "reader", transport

    def use_twice(running: RunningAgent) -> None:
        desk = running.gate.desk
        for kind in ("first", "second"):
            work = desk.start(
                PAGE, {"kind": "card-binding", "poll": sha256_b64(kind), "nonce": b64(bytes(32)), "time": 1}
            )
            steps.append(desk.view(desk.claim(work.window_key))["step"])

    steps: list[object] = []
    monkeypatch.setattr(card_agent, "card_is_there", is_there)
    monkeypatch.setattr(card_agent, "opened_card", opened)
    monkeypatch.setattr(server, "TICK_SECONDS", 60)
    monkeypatch.setattr(RunningAgent, "wait", use_twice)
    run(app, "--origin", PAGE, "--port", "0", *options)
    assert (steps, seen) == (["pin", "card" if asked else "pin"], asked)


def test_a_virtual_card_serves_as_one(
    app: typer.Typer, card_slots: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "card.json"
    file.write_text(card_slots.contents().to_text(), encoding="utf-8")
    heard: list[Any] = []

    def ask(running: RunningAgent) -> None:
        work = running.gate.desk.start(PAGE, {"kind": "info"})
        heard.append(running.gate.desk.result(PAGE, work.id, work.token))

    monkeypatch.setattr(RunningAgent, "wait", ask)
    # Nobody leaves a virtual card behind, which is there for every job.
    monkeypatch.setattr(card_agent, "card_is_there", pytest.fail)
    run(app, "--origin", PAGE, "--port", "0", "--virtual", str(file), "--kiosk")
    assert heard[0]["result"]["user"] == {"tries": 3, "certificate": True}
