"""What axe-core does not see at the booth (test_every_page.py): large targets, readings that can be switched off."""

from __future__ import annotations

from typing import Any

from tests import browser_hands as hands


def test_targets_are_large(booth: Any, chromium: Any) -> None:
    page = chromium.new_page(viewport={"width": 360, "height": 740})
    page.set_default_timeout(120_000)
    small = """() => [...document.querySelectorAll("button, .button, .card, summary, nav a")]
      .filter(e => e.checkVisibility()).filter(e => e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"""
    for name in hands.booth_screens(page, f"{booth.origin}/vote?lang=ja", booth.small.voter()):
        assert page.evaluate(small) == [], name


def test_furigana_can_be_switched_off(booth: Any, chromium: Any) -> None:
    page = chromium.new_page()
    page.goto(f"{booth.origin}/vote?lang=easy")
    hands.ready(page)
    reading = page.locator("#welcome-title rt").first
    assert reading.is_visible()
    page.click("[data-do=furigana]")
    assert not reading.is_visible()
    assert page.get_attribute("[data-do=furigana]", "aria-pressed") == "false"
