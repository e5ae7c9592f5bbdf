"""The bars of the voting page never cover what has the focus (WCAG 2.4.11), however long the paper is."""

from __future__ import annotations

from typing import Any

import pytest

LONG_PAPER = """() => {
  const cards = document.querySelector("#paper .cards");
  for (let i = 0; i < 12; i += 1) {
    const card = cards.firstElementChild.cloneNode(true);
    Object.assign(card.querySelector("input"), { type: "checkbox", id: `more-${i}` });
    cards.append(card);
  }
  document.getElementById("contest-title").focus();
}"""
COVERED = """() => {
  const one = document.activeElement;
  const { top, bottom } = one.getBoundingClientRect();
  return [...document.querySelectorAll(".sticky, #closing")].some((bar) => {
    const place = bar.getBoundingClientRect();
    const over = Math.min(bottom, place.bottom) - Math.max(top, place.top) > 0;
    return over && !bar.contains(one) && getComputedStyle(bar).position === "sticky";
  }) && one.id;
}"""


@pytest.mark.parametrize("size", [(360, 640), (180, 320), (768, 1024)], ids=str)
def test_bars_cover_no_focus(booth: Any, chromium: Any, size: tuple[int, int]) -> None:
    voter = booth.small.voter()
    context = chromium.new_context(viewport=dict(zip(("width", "height"), size, strict=True)))
    page = context.new_page()
    page.goto(f"{booth.origin}/vote?lang=ja")
    page.wait_for_selector("html[data-script=on]")
    page.click("[data-do=begin]")
    page.fill("#voting-code", voter.code.reveal())
    page.click("form[data-form=code] .primary")
    page.fill("#ticket", voter.ticket.to_text())
    page.click("form[data-form=ticket] .primary")
    page.locator("#paper .card").first.wait_for()
    page.evaluate(LONG_PAPER)
    for key in ("Tab", "Shift+Tab"):
        for _ in range(16):
            page.keyboard.press(key)
            assert not page.evaluate(COVERED), f"{key} at {size}"
    context.close()
