"""axe-core finds nothing to complain about: every screen of registration and of the agent's window.

With ``IPPYO_SCREENSHOTS`` naming a folder, each screen is also kept there as a picture, narrow and wide.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest

from ippyo.identity.agent.desk import Desk
from ippyo.identity.agent.polls import KnownPolls
from ippyo.identity.agent.server import running_agent

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = os.environ.get("IPPYO_SCREENSHOTS")
WIDTHS = (360, 1280)
LOOKS = [("ja-JP", "light"), ("ja-JP", "dark"), ("en-GB", "light"), ("en-GB", "dark")]

SHOW = """([name, state]) => {
  document.documentElement.dataset.script = "on";
  for (const screen of document.querySelectorAll("[data-screen]")) screen.hidden = screen.dataset.screen !== name;
  const screen = document.querySelector(`[data-screen="${name}"]`);
  for (const block of screen.querySelectorAll("[data-state]")) block.hidden = block.dataset.state !== state;
  for (const error of screen.querySelectorAll(".error")) {
    error.hidden = false;
    error.textContent ||= "誤り";
  }
  for (const hidden of screen.querySelectorAll("details")) hidden.open = true;
  const guide = JSON.parse(document.getElementById("guidance").textContent)["already-issued"];
  const code = "0123-4567-89AB-CDEF-GHJK-MNPQ-RS0P".split("-").map((group, i, all) => {
    const span = document.createElement("span");
    span.textContent = i + 1 === all.length ? group : `${group}-`;
    return span;
  });
  const out = (key, ...content) => {
    for (const place of screen.querySelectorAll(`[data-out="${key}"]`)) place.replaceChildren(...content);
  };
  for (const key of ["title", "what", "way"]) out(`refused-${key}`, guide[key]);
  out("refused-code", "already-issued");
  for (const after of screen.querySelectorAll("[data-after]")) after.hidden = false;
  out("voting-code", ...code);
}"""
SCREENS = """() => [...document.querySelectorAll("[data-screen]")].flatMap((screen) => {
  const states = new Set([...screen.querySelectorAll("[data-state]")].map((block) => block.dataset.state));
  return (states.size ? [...states] : [""]).map((state) => [screen.dataset.screen, state]);
})"""
RUN = """async () => (await axe.run()).violations.map(({ id, nodes }) => [id, nodes.map((n) => n.html).join(" | ")])"""

POLL = {"title": {"ja": "中里公園の住民投票", "en": "Referendum on Nakazato Park"}, "fingerprint": "A" * 43}
JOB: dict[str, Any] = {
    "kind": "voting-code",
    "poll": POLL,
    "styles": [{"id": "all", "name": {"ja": "全域", "en": "Everywhere"}}],
    "origin": "https://vote.example",
    "pins": [],
}
PROBLEM = {"code": "wrong-pin", "message": {"ja": "パスワードが違います。", "en": "That password is wrong."}}
WINDOWS: dict[str, dict[str, Any]] = {
    "card": JOB | {"step": "card"},
    "card-problem": JOB | {"step": "card", "problem": PROBLEM},
    "pin": JOB | {"step": "pin", "pins": [{"key": "signature", "tries": 5}]},
    "last-try": JOB | {"step": "pin", "problem": PROBLEM, "pins": [{"key": "user", "tries": 1}]},
    "two-pins": JOB
    | {
        "step": "pin",
        "kind": "card-binding",
        "styles": [],
        "poll": POLL | {"title": None},
        "pins": [{"key": "signature", "tries": 5}, {"key": "user", "tries": 3}],
    },
    "request": JOB | {"step": "request"},
    "done": JOB | {"step": "done"},
    "failed": JOB | {"step": "failed", "problem": PROBLEM},
    "gone": {"step": "gone"},
}


@pytest.fixture
def page_with(chromium: Any, require: Callable[[str, bool, str], None]) -> Callable[[str, str, str], Any]:
    """Return a function that opens an address in a language and colour scheme, ready for axe."""
    require("axe-core", AXE.is_file(), "run 'make web/vendor/.made'")

    def opened(address: str, language: str, scheme: str) -> Any:
        page = chromium.new_context(locale=language, color_scheme=scheme).new_page()
        page.goto(address)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        return page

    return opened


def examine(page: Any, name: str, scheme: str) -> list[tuple[str, Any]]:
    """Return what axe finds on the page as it is now, narrow and wide; what is dark differs in colour only."""
    found: list[tuple[str, Any]] = []
    for width in WIDTHS if scheme == "light" else WIDTHS[:1]:
        page.set_viewport_size({"width": width, "height": 800})
        found += [(f"{name} at {width}", each) for each in page.evaluate(RUN)]
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found += [(f"{name} at {width}", f"{overflow} px too wide")] if overflow > 0 else []
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)
    return found


def answer_with(page: Any, answers: dict[str, Any]) -> None:
    """Let the agent's window hear these answers, by path, instead of its agent's."""
    for path in answers:
        page.route(f"**{path}", lambda route: route.fulfill(json=answers[urlsplit(route.request.url).path]))


@pytest.fixture
def origin(office_maker: Any, registry_sites: Any) -> str:
    """The desk of a poll that has every screen."""
    (desk, first), (_, second) = registry_sites
    maker = office_maker(channels=("card-reader", "digital-auth"), second_factor="both")
    config = maker.config(1, origin=first, issuers=(first, second), booth="http://localhost:1")
    desk.office = maker.office(1, config=config)
    return str(first)


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
def test_every_screen_of_the_registration(origin: str, page_with: Any, language: str, scheme: str) -> None:
    page = page_with(f"{origin}/registration/", language, scheme)
    found = []
    for name, state in page.evaluate(SCREENS):
        page.evaluate(SHOW, [name, state])
        found += examine(page, f"{language}-{scheme}-{name}{'-' if state else ''}{state}", scheme)
    page.goto(f"{origin}/registration/help")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found += examine(page, f"{language}-{scheme}-help", scheme)
    assert found == []


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
def test_every_step_of_the_agents_window(card_slots: ModuleType, page_with: Any, language: str, scheme: str) -> None:
    with running_agent(Desk(card_slots.Slot().connect, KnownPolls.of(())), [JOB["origin"]], port=0) as agent:
        found = []
        for name, view in WINDOWS.items():
            page = page_with("about:blank", language, scheme)
            answer_with(page, {"/window/claim": {"session": "s", "kiosk": False}, "/window/state": view})
            page.goto(f"{agent.origin}/#key")
            page.locator("h1").wait_for()
            page.evaluate(AXE.read_text(encoding="utf-8"))
            found += examine(page, f"{language}-{scheme}-agent-{name}", scheme)
            page.context.close()
    assert found == []
