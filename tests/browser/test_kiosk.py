"""A device of many, with a card reader: registered and voted in one sitting; whoever walks away leaves nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests import browser_hands as hands

from ippyo.cli.demo.live import LivePoll

PLACE = "city-hall"


@pytest.fixture
def kiosk(live_poll: LivePoll, chromium: Any) -> Iterator[Any]:
    """Yield the device's browser, whose history and storage outlast a person."""
    context = chromium.new_context(locale="ja-JP", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(120_000)
    # Time passes as it does, until a test lets it jump.
    context.clock.install()
    yield context
    context.close()


def start(kiosk: Any, live: LivePoll) -> Any:
    """Let the support desk start the device."""
    page = kiosk.new_page()
    page.goto(live.addresses["desk"])
    page.get_by_role("link", name=re.compile("この場所で始める")).click()
    page.wait_for_url(f"**/vote?place={PLACE}*")
    return hands.ready(page)


def register(page: Any, live: LivePoll, number: int) -> None:
    """Put a person's card on the reader, and go as far as the card's window."""
    person = live.people[number - 1]
    live.reader.insert(number)
    page.get_by_role("link", name=re.compile("この端末で登録できます")).click()
    page.wait_for_url(f"**/registration/?place={PLACE}")
    hands.ready(page)
    page.click("[data-do=begin]")
    hands.screen(page, "code")
    page.fill("#code", person.code)
    page.click("form[data-form=code] button.primary")
    # A kiosk reads cards with its own reader only.
    hands.screen(page, "card")


def sign(page: Any, live: LivePoll, number: int) -> None:
    """Type the password in the agent's window."""
    with page.expect_popup() as popup:
        page.click("[data-screen=card] [data-do=sign]:visible")
    popup.value.fill("#pin-signature", live.people[number - 1].pin)
    popup.value.click("button[type=submit]")


def confirm(page: Any) -> str:
    """Say that it is one's own will; return the voting code, not yet noted."""
    hands.screen(page, "free-will")
    page.check("#alone")
    page.click("form[data-form=free-will] button")
    code = hands.screen(page, "voting-code").locator("[data-out=voting-code]").inner_text()
    hands.idle(page)
    return str(code)


def require_empty(kiosk: Any, page: Any, live: LivePoll, *secrets: str) -> None:
    """Nothing of the person before is left: on any screen, in any store, at the desk."""
    assert all(not any(secret in each.content() for secret in secrets) for each in kiosk.pages)
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    there = kiosk.new_page()
    there.goto(live.addresses["registration"])
    assert there.evaluate("localStorage.length + sessionStorage.length") == 0
    assert there.evaluate("fetch('/api/visit').then(answer => answer.json())")["code"] == "no-visit"
    there.close()


def test_registered_by_the_kiosks_reader_and_voted_in_one_sitting(live_poll: LivePoll, kiosk: Any) -> None:
    page = start(kiosk, live_poll)
    register(page, live_poll, 1)
    sign(page, live_poll, 1)
    code = confirm(page)
    page.check("#kept")
    page.click("form[data-form=kept] button")
    hands.screen(page, "done")
    assert page.locator("[data-do=save]").count() == 0
    with page.expect_popup() as opened:
        page.click("[data-do=vote]")
    booth = opened.value
    hands.screen(booth, "contest")
    # Registration has gone, and left the device to the booth.
    page.wait_for_url(f"**/vote?place={PLACE}")
    hands.choose(booth, "0")
    hands.screen(booth, "sealed")
    booth.click("[data-do=cast]")
    hands.screen(booth, "done")
    assert len(hands.trackers(booth)) == 1
    with booth.expect_event("close"):
        booth.click("[data-screen=done] [data-do=finish]")
    hands.ready(page)
    hands.screen(page, "welcome")
    require_empty(kiosk, page, live_poll, code, live_poll.people[0].code or "?")


@pytest.mark.parametrize("step", ["code", "card", "voting-code"])
def test_whoever_walks_away_from_registration_leaves_nothing(live_poll: LivePoll, kiosk: Any, step: str) -> None:
    page = start(kiosk, live_poll)
    shown = []
    if step == "code":
        page.get_by_role("link", name=re.compile("この端末で登録できます")).click()
        hands.ready(page)
        page.click("[data-do=begin]")
        page.fill("#code", live_poll.people[1].code)
    else:
        register(page, live_poll, 2)
    if step == "card":
        with page.expect_popup() as popup:
            page.click("[data-screen=card] [data-do=sign]:visible")
        window = popup.value
        window.wait_for_selector("#pin-signature")
    if step == "voting-code":
        sign(page, live_poll, 2)
        shown.append(confirm(page))
    # Here until now, however long all this took.
    page.keyboard.press("Shift")
    page.clock.fast_forward(91_000)
    page.wait_for_selector("#idle[open]")
    page.clock.fast_forward(31_000)
    page.wait_for_url(f"**/vote?place={PLACE}")
    hands.ready(page)
    hands.screen(page, "welcome")
    if step == "card":
        # What the card was asked for has ended: its window asks for no password any more.
        window.locator("#pin-signature").wait_for(state="detached")
        window.close()
    require_empty(kiosk, page, live_poll, live_poll.people[1].code or "?", *shown)
    page.go_back()
    page.wait_for_load_state()
    require_empty(kiosk, page, live_poll, live_poll.people[1].code or "?", *shown)
