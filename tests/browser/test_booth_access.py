"""Every page of booth and checker, in every tongue and theme, held to WCAG by axe-core."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
THEMES = [("light", "no-preference"), ("dark", "no-preference"), ("light", "more"), ("dark", "more")]


def violations(page: Any) -> list[str]:
    """Return what axe-core finds wrong with a page as it stands."""
    page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
    found = page.evaluate("tags => axe.run({ runOnly: tags })", TAGS)["violations"]
    return [
        f"{entry['id']}: {node['html'][:120]} {node.get('failureSummary', '')[:200]}"
        for entry in found
        for node in entry["nodes"]
    ]


def screens(page: Any, booth: Any, voter: Any, tongue: str) -> Any:
    """Go the whole way, and yield the name of each thing to look at."""
    page.goto(f"{booth.origin}/vote?lang={tongue}")
    page.wait_for_selector("html[data-script=on]")

    def shown(name: str) -> str:
        page.locator(f"[data-screen={name}]").wait_for(state="visible")
        return name

    yield "welcome"
    page.click("[data-do=begin]")
    yield shown("code")
    page.click("form[data-form=code] .primary")
    page.locator("#voting-code-error").wait_for(state="visible")
    yield "code-wrong"
    page.click("[data-do=scan]")
    page.locator("dialog[open]").wait_for()
    yield "camera"
    page.click("[data-do=camera-close]")
    page.fill("#voting-code", voter.code.reveal())
    page.click("form[data-form=code] .primary")
    yield shown("ticket")
    page.fill("#ticket", voter.ticket.to_text())
    page.click("form[data-form=ticket] .primary")
    yield shown("contest")
    page.click("#contest-next")
    page.locator("#contest-error").wait_for(state="visible")
    yield "contest-wrong"
    page.check("#answer-0")
    yield "contest-chosen"
    page.click("#contest-next")
    page.check("#answer-skip")
    page.click("#contest-next")
    yield shown("review")
    page.click("[data-do=reviewed]")
    yield shown("free-will")
    page.check("#alone")
    page.click("form[data-form=free-will] .primary")
    shown("sealed")
    page.locator("[data-screen=sealed] .qr svg").wait_for()
    yield "sealed"
    page.click("[data-do=check]")
    yield shown("opening")
    page.click("[data-screen=opening] [data-do=seal]")
    shown("sealed")
    page.context.route("**/api/transactions/*", lambda route: route.abort())
    page.click("[data-do=cast]")
    yield shown("waiting")
    page.context.unroute_all()
    shown("done")
    page.locator("[data-screen=done] .qr svg").wait_for()
    yield "done"
    page.click("[data-screen=done] [data-do=finish]")
    page.click("[data-do=begin]")
    page.fill("#voting-code", voter.code.reveal())
    page.click("form[data-form=code] .primary")
    yield shown("voted")


@pytest.fixture
def axe(require: Any) -> None:
    require("axe-core", AXE.is_file(), "run 'make web/vendor/.made'")


@pytest.mark.parametrize("tongue", ["ja", "easy", "en"])
def test_every_screen_in_every_theme(booth: Any, chromium: Any, axe: None, tongue: str) -> None:
    page = chromium.new_page(viewport={"width": 768, "height": 900})
    page.set_default_timeout(30_000)
    wrong = []
    for name in screens(page, booth, booth.small.voter(), tongue):
        for theme, contrast in THEMES:
            page.emulate_media(color_scheme=theme, contrast=contrast)
            wrong += [f"{name} {theme} {contrast}: {line}" for line in violations(page)]
    assert wrong == []


@pytest.mark.parametrize("tongue", ["ja", "easy", "en"])
@pytest.mark.parametrize("path", ["/", "/desk", "/vote?place=city-hall"])
def test_every_other_page(booth: Any, chromium: Any, axe: None, path: str, tongue: str) -> None:
    page = chromium.new_page()
    page.goto(f"{booth.origin}{path}{'&' if '?' in path else '?'}lang={tongue}")
    for theme, contrast in THEMES:
        page.emulate_media(color_scheme=theme, contrast=contrast)
        assert violations(page) == []


@pytest.mark.parametrize("tongue", ["ja", "easy", "en"])
def test_the_checker(booth: Any, chromium: Any, axe: None, tongue: str) -> None:
    page = chromium.new_page()
    page.goto(f"{booth.checker}/?lang={tongue}")
    page.wait_for_selector("html[data-script=on]")
    wrong = []
    for verdict in ("none", "true", "lied"):
        page.evaluate(
            "v => { for (const n of ['true', 'lied']) document.getElementById(`verdict-${n}`).hidden = n !== v; }",
            verdict,
        )
        for theme, contrast in THEMES:
            page.emulate_media(color_scheme=theme, contrast=contrast)
            wrong += violations(page)
    assert wrong == []


@pytest.mark.parametrize("tongue", ["ja", "easy", "en"])
def test_nothing_is_cut_off_on_a_small_screen(booth: Any, chromium: Any, tongue: str) -> None:
    # 320 px is a screen of 1280 px at 400 %.
    page = chromium.new_page(viewport={"width": 320, "height": 640})
    page.set_default_timeout(30_000)
    for name in screens(page, booth, booth.small.voter(), tongue):
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name


def test_a_sentence_with_furigana_stays_a_sentence(booth: Any, chromium: Any) -> None:
    """Where a box lays out its children (flex, grid), every reading would become a column of its own."""
    page = chromium.new_page(viewport={"width": 320, "height": 640})
    page.set_default_timeout(30_000)
    torn = """() => [...document.querySelectorAll("ruby")]
      .filter(e => e.checkVisibility() && /flex|grid/.test(getComputedStyle(e.parentElement).display))
      .map(e => e.parentElement.outerHTML)"""
    for name in screens(page, booth, booth.small.voter(), "easy"):
        assert page.evaluate(torn) == [], name


def test_targets_are_large(booth: Any, chromium: Any) -> None:
    page = chromium.new_page(viewport={"width": 360, "height": 740})
    page.set_default_timeout(30_000)
    small = """() => [...document.querySelectorAll("button, .button, .card, summary, nav a")]
      .filter(e => e.checkVisibility()).filter(e => e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"""
    for name in screens(page, booth, booth.small.voter(), "ja"):
        assert page.evaluate(small) == [], name


def test_furigana_can_be_switched_off(booth: Any, chromium: Any) -> None:
    page = chromium.new_page()
    page.goto(f"{booth.origin}/vote?lang=easy")
    page.wait_for_selector("html[data-script=on]")
    reading = page.locator("#welcome-title rt").first
    assert reading.is_visible()
    page.click("[data-do=furigana]")
    assert not reading.is_visible()
    assert page.get_attribute("[data-do=furigana]", "aria-pressed") == "false"
