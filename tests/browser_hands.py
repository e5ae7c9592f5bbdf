"""What hands and eyes do at the pages: wait for a screen, choose, hold a code to another device, look with axe-core."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

AXE = Path(__file__).parents[1] / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
THEMES = [("light", "no-preference"), ("dark", "no-preference")]
CONTRASTS = [*THEMES, ("light", "more"), ("dark", "more")]
TORN = """() => [...document.querySelectorAll("ruby")]
  .filter(e => e.checkVisibility() && /flex|grid/.test(getComputedStyle(e.parentElement).display))
  .map(e => e.parentElement.outerHTML)"""
"""Where a box lays out its children (flex, grid), every reading would become a column of its own."""

NARROW = {"width": 320, "height": 640}
"""A screen of 1280 px at 400 %."""


def ready(page: Any) -> Any:
    """Wait until the page's script runs; return the page."""
    page.wait_for_selector("html[data-script=on]")
    return page


def screen(page: Any, name: str) -> Any:
    """Wait for a screen, which must then be the only one, and return it."""
    page.locator(f"[data-screen={name}]").wait_for(state="visible")
    assert page.locator("[data-screen]:visible").count() == 1
    return page.locator(f"[data-screen={name}]")


def idle(page: Any) -> None:
    """Wait until nothing is under way on the page: it hears no other click before, though the screen may be there."""
    page.wait_for_selector("#app:not([aria-busy=true])")


def go_back(page: Any) -> None:
    """Press the browser's own "back" within a page, and wait until the page has heard of it."""
    page.evaluate("() => { window.wentBack = new Promise((went) => addEventListener('popstate', () => went())); }")
    page.go_back()
    page.evaluate("wentBack")


def trackers(page: Any) -> list[str]:
    """Return the trackers on the screen."""
    shown = page.locator("[data-screen]:visible [data-out=trackers] code").all_inner_texts()
    return [re.sub(r"\s", "", text) for text in shown]


def type_code(page: Any, code: str) -> None:
    """Leave the booth's welcome, and give the voting code."""
    page.click("[data-do=begin]")
    screen(page, "code")
    page.fill("#voting-code", code)
    page.click("form[data-form=code] .primary")


def give_ticket(page: Any, ticket: str) -> None:
    """Paste the ticket where it is asked for."""
    screen(page, "ticket")
    page.fill("#ticket", ticket)
    page.click("form[data-form=ticket] .primary")


def choose(page: Any, *answers: str) -> None:
    """Mark one answer in each contest, and say that it is one's own will, up to the sealed ballot."""
    for answer in answers:
        page.check(f"#answer-{answer}")
        page.click("#contest-next")
    screen(page, "review")
    page.click("[data-do=reviewed]")
    screen(page, "free-will")
    page.check("#alone")
    page.click("form[data-form=free-will] .primary")


def codes(page: Any, name: str) -> list[bytes]:
    """Return pictures (PNG) of the QR codes that the booth shows as ``name``, once the newest are drawn."""
    idle(page)
    shown = page.locator(f"[data-screen]:visible [data-out={name}] svg")
    shown.first.wait_for()
    return [code.screenshot() for code in shown.all()]


def hold(page: Any, checker: Any, name: str) -> None:
    """Hold the QR code that the booth shows as ``name`` to the checker on another device."""
    (code,) = codes(page, name)
    checker.set_input_files("#picture", {"name": "qr.png", "mimeType": "image/png", "buffer": code})


def hold_opening(page: Any, checker: Any) -> None:
    """Hold every part of the opening to the checker, until it judges."""
    while checker.locator("#reading").is_visible():
        before = checker.inner_text("#says")
        hold(page, checker, "opening-qr")
        checker.wait_for_function(
            "b => document.getElementById('reading').hidden || document.getElementById('says').innerText !== b",
            arg=before,
        )
        if page.locator("[data-do=next-part]").is_visible():
            page.click("[data-do=next-part]")


def booth_screens(page: Any, address: str, voter: Any) -> Iterator[str]:
    """Go a voter's whole way through the booth at ``address``, and yield the name of each thing to look at."""
    page.goto(address)
    ready(page)
    yield "welcome"
    page.click("[data-do=begin]")
    screen(page, "code")
    yield "code"
    page.click("form[data-form=code] .primary")
    page.locator("#voting-code-error").wait_for(state="visible")
    yield "code-wrong"
    page.click("[data-do=scan]")
    page.locator("dialog[open]").wait_for()
    yield "camera"
    page.click("[data-do=camera-close]")
    page.fill("#voting-code", voter.code.reveal())
    page.click("form[data-form=code] .primary")
    screen(page, "ticket")
    yield "ticket"
    give_ticket(page, voter.ticket.to_text())
    screen(page, "contest")
    yield "contest"
    page.click("#contest-next")
    page.locator("#contest-error").wait_for(state="visible")
    yield "contest-wrong"
    page.check("#answer-0")
    yield "contest-chosen"
    page.click("#contest-next")
    page.check("#answer-skip")
    page.click("#contest-next")
    screen(page, "review")
    yield "review"
    page.click("[data-do=reviewed]")
    screen(page, "free-will")
    yield "free-will"
    page.check("#alone")
    page.click("form[data-form=free-will] .primary")
    screen(page, "sealed")
    page.locator("[data-screen=sealed] .qr svg").wait_for()
    yield "sealed"
    page.click("[data-do=check]")
    screen(page, "opening")
    page.locator("[data-screen=opening] .qr svg").wait_for()
    yield "opening"
    page.click("[data-screen=opening] [data-do=seal]")
    screen(page, "sealed")
    page.context.route("**/api/transactions/*", lambda route: route.abort())
    page.click("[data-do=cast]")
    screen(page, "waiting")
    yield "waiting"
    page.context.unroute_all()
    screen(page, "done")
    page.locator("[data-screen=done] .qr svg").wait_for()
    yield "done"
    # The page wipes itself by loading anew: what is clicked before would be lost.
    with page.expect_navigation():
        page.click("[data-screen=done] [data-do=finish]")
    ready(page)
    type_code(page, voter.code.reveal())
    screen(page, "voted")
    yield "voted"


def violations(page: Any) -> list[str]:
    """Return what axe-core finds wrong with a page as it stands."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
    found = page.evaluate("tags => axe.run({ runOnly: tags, resultTypes: ['violations'] })", TAGS)["violations"]
    return [
        f"{entry['id']}: {node['html'][:120]} {node.get('failureSummary', '')[:200]}"
        for entry in found
        for node in entry["nodes"]
    ]


def faults(page: Any, name: str, themes: Iterable[tuple[str, str]] = THEMES) -> list[str]:
    """Return what is wrong with a page as it stands, in both themes, and whether a small screen cuts something off."""
    wrong = [f"{name}: furigana torn into columns: {line}" for line in page.evaluate(TORN)]
    size = page.viewport_size
    page.set_viewport_size(NARROW)
    if page.evaluate("document.documentElement.scrollWidth") > NARROW["width"]:
        wrong.append(f"{name}: wider than {NARROW['width']} px")
    page.set_viewport_size(size)
    for scheme, contrast in themes:
        page.emulate_media(color_scheme=scheme, contrast=contrast)
        wrong += [f"{name}, {scheme}, contrast {contrast}: {line}" for line in violations(page)]
    page.emulate_media(color_scheme="light", contrast="no-preference")
    return wrong
