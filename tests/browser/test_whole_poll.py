"""The live poll (``ippyo demo --serve``) as people meet it: from the start page to the result, nothing left out.

With ``IPPYO_SCREENS`` naming a folder, the main pages are kept there as small pictures, at three widths; those of
docs/screens are made so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from tests import browser_hands as hands
from tests.waiting import until

from ippyo.audit.receipts import check_receipt_in_record
from ippyo.cli.demo.live import LivePoll
from ippyo.cli.demo.start_page import StartPage
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.receipt import Receipt
from ippyo.sites.serving import served

PATIENCE_MS = 180_000
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
PICTURES = os.environ.get("IPPYO_SCREENS")
WIDTHS = (360, 768, 1280)
PICTURE_BYTES = 80_000
HERE = {"localhost", "127.0.0.1"}
FIRST, SECOND, BLANK = "0", "1", "blank"
OTHER_FOLDER = """(folder) => {
  for (const code of document.querySelectorAll("code"))
    code.textContent = code.textContent.replace(folder, "out/poll-try");
}"""
"""Pictures name the folder of ``make demo``, not one of the machine that they were taken on."""


@dataclass
class Watched:
    """All that a browser asked for and complained about."""

    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def hear(self, context: Any) -> None:
        """Listen to all pages of a context, those that open later, too."""
        context.on("request", lambda request: self._requested(request.url))
        context.on("console", self._said)
        context.on("weberror", lambda error: self.complaints.append(f"error: {error.error}"))
        context.on("response", self._answered)

    def _requested(self, url: str) -> None:
        if urlsplit(url).scheme not in {"blob", "data"}:
            self.hosts.add(urlsplit(url).hostname or url)

    def _said(self, message: Any) -> None:
        # What a Content-Security-Policy stops is said as an error.
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text} {message.location.get('url')}")

    def _answered(self, response: Any) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status}: {response.request.method} {urlsplit(response.url).path}")

    def require_quiet(self) -> None:
        """Fail if anybody but this computer was asked, or anything went wrong."""
        assert self.hosts <= HERE
        assert self.complaints == []


@pytest.fixture(scope="module")
def whole_poll(live_poll: LivePoll) -> Iterator[tuple[LivePoll, str]]:
    """Yield a poll at work, and the address of its start page."""
    with served(StartPage(live_poll)) as start:
        yield live_poll, f"{start}/"


@pytest.fixture
def people(whole_poll: Any, chromium: Any) -> Iterator[Callable[..., Any]]:
    """Return ``people(**options)``: a browser of somebody's own, watched. In the end all must have been quiet."""
    watched = Watched()

    @contextmanager
    def make(**options: Any) -> Iterator[Any]:
        context = chromium.new_context(locale="ja-JP", accept_downloads=True, **options)
        context.set_default_timeout(PATIENCE_MS)
        watched.hear(context)
        try:
            yield context
        finally:
            context.close()

    yield make
    watched.require_quiet()


def picture(page: Any, name: str) -> None:
    """Keep the whole page as small pictures, if they are asked for; its size is as before afterwards."""
    if not PICTURES:
        return
    size = page.viewport_size
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 700})
        # What sticks to the window's edge belongs at the page's.
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": height})
        _save_small(page.screenshot(), Path(PICTURES) / f"{name}-{width}.png")
    page.set_viewport_size(size)


def _save_small(png: bytes, file: Path) -> None:
    from PIL import Image  # noqa: PLC0415 - only for pictures

    whole = Image.open(BytesIO(png)).convert("RGB")
    for colours in (192, 128, 96, 64, 48, 32, 24):
        # Of few colours, those that look most like the many.
        whole.quantize(colours, Image.Quantize.MEDIANCUT, kmeans=2).save(file, optimize=True)
        if file.stat().st_size <= PICTURE_BYTES:
            return


def take_up_letter(context: Any, start: str, person: Any) -> Any:
    """Put a person's card on the reader, and follow the link of the letter. Returns the registration page."""
    page = context.new_page()
    page.goto(start)
    row = page.locator("tr", has_text=person.name)
    row.get_by_role("button").click()
    row.get_by_text("リーダーの上").wait_for()
    row.get_by_role("link").click()
    page.wait_for_selector("html[data-script=on]")
    assert "#" not in page.url
    picture(page, "registration-welcome")
    page.click("[data-do=begin]")
    hands.screen(page, "code")
    assert page.input_value("#code") == person.code
    picture(page, "registration-code")
    page.click("form[data-form=code] button.primary")
    return page


def by_card(page: Any, person: Any) -> None:
    """Let the card sign; the PIN is typed in the agent's own window."""
    hands.screen(page, "way")
    page.click("[data-screen=way] [data-do=card-reader]")
    picture(page, "registration-card")
    with page.expect_popup() as popup:
        page.click("[data-screen=card] [data-do=sign]:visible")
    window = popup.value
    window.wait_for_selector("#pin-signature")
    assert urlsplit(window.url).netloc == "127.0.0.1:8931"
    picture(window, "agent-pin")
    window.fill("#pin-signature", person.pin)
    window.click("button[type=submit]")


def by_phone(page: Any, person: Any) -> None:
    """Go to the simulated デジタル認証, and come back."""
    hands.screen(page, "way")
    page.click("[data-screen=way] [data-do=digital-auth]")
    page.fill("input[name=person]", f"{person.number} {person.name}")
    page.click("button[value=allow]")


def keep_code(page: Any) -> str:
    """Say that it is one's own will, and keep the voting code, which is returned."""
    hands.screen(page, "free-will")
    page.check("#alone")
    page.click("form[data-form=free-will] button")
    shown = hands.screen(page, "voting-code")
    code = str(shown.locator("[data-out=voting-code]").inner_text())
    assert len(re.sub(r"[-\s]", "", code)) == 28
    hands.idle(page)
    picture(page, "registration-voting-code")
    # Leaving now would lose something: the browser asks first, and one stays.
    with page.expect_event("dialog") as asked:
        page.once("dialog", lambda dialog: dialog.dismiss())
        page.evaluate("() => void setTimeout(() => location.reload())")
    assert asked.value.type == "beforeunload"
    page.check("#kept")
    page.click("form[data-form=kept] button")
    hands.screen(page, "done")
    return code


def go_to_booth(page: Any) -> Any:
    """Follow the button to the booth, which opens in a window of its own, with code and ticket handed over."""
    with page.expect_popup() as opened:
        page.click("[data-do=vote]")
    booth = opened.value
    hands.screen(booth, "contest")
    return booth


def choose(page: Any, answer: str) -> list[str]:
    """Choose, review and seal. Returns the trackers of the sealed ballots."""
    hands.screen(page, "contest")
    require_photos(page, "contest", 4)
    picture(page, "booth-choice")
    page.check(f"#answer-{answer}")
    page.click("#contest-next")
    hands.screen(page, "review")
    require_photos(page, "review", 0 if answer == BLANK else 1)
    if answer == SECOND:
        picture(page, "booth-review")
    page.click("[data-do=reviewed]")
    hands.screen(page, "free-will")
    page.check("#alone")
    page.click("form[data-form=free-will] .primary")
    hands.screen(page, "sealed")
    picture(page, "booth-sealed")
    return list(hands.trackers(page))


def require_photos(page: Any, screen: str, count: int) -> None:
    """Fail unless a screen shows so many candidates' pictures, each of which the browser can draw."""
    photos = page.locator(f"[data-screen={screen}] img.card-photo")
    assert photos.count() == count
    for photo in photos.all():
        photo.evaluate("(photo) => photo.decode()")


def check_elsewhere(page: Any, checker: Any) -> str:
    """Hold the sealed ballot's QR codes to the checker on another device. Returns what it says is in it."""
    hands.hold(page, checker, "sealed-qr")
    checker.wait_for_selector("#step-1.past")
    page.click("[data-do=check]")
    hands.screen(page, "opening")
    picture(page, "booth-check")
    hands.hold_opening(page, checker)
    checker.wait_for_selector("#verdict-true:visible")
    picture(checker, "checker-result")
    return str(checker.inner_text("#held"))


def cast(page: Any) -> list[str]:
    """Cast. Returns the trackers on the receipt's screen."""
    page.click("[data-do=cast]")
    hands.screen(page, "done")
    picture(page, "booth-done")
    return list(hands.trackers(page))


def save_receipt(page: Any, folder: Path) -> Path:
    """Save the receipt."""
    with page.expect_download() as download:
        page.click("[data-screen=done] [data-do=save]")
    file = folder / "receipt"
    download.value.save_as(file)
    return file


def shows_result(board: Any) -> bool:
    """Load the board anew, which follows the ledger at its own pace; tell whether it has the result."""
    board.reload()
    return bool(board.get_by_role("heading", name="開票の結果").is_visible())


def test_another_language_keeps_the_letter(whole_poll: tuple[LivePoll, str], people: Callable[..., Any]) -> None:
    live, _ = whole_poll
    code = str(live.people[2].code)
    with people(**DESKTOP) as home:
        page = home.new_page()
        # The start page has no letters once the other test has closed the poll.
        page.goto(f"{live.addresses['registration']}#code={quote(code)}&poll={quote(live.poll.fingerprint, safe='')}")
        page.wait_for_selector("html[data-script=on]")
        page.get_by_role("button", name="English").click()
        page.wait_for_selector("html[lang=en][data-script=on]")
        assert "#" not in page.url
        page.click("[data-do=begin]")
        hands.screen(page, "code")
        assert page.input_value("#code") == code
        page.goto(live.addresses["board"])
        page.get_by_role("link", name="English").click()
        page.wait_for_selector("html[lang=en]")


def test_registered_by_card_voted_checked_and_voted_again_on_a_phone(
    whole_poll: tuple[LivePoll, str], people: Callable[..., Any], tmp_path: Path
) -> None:
    live, start = whole_poll
    voter, other = live.people[0], live.people[1]
    contest = live.manifest.contests[0]

    with people(**DESKTOP) as home, people(**PHONE) as second_device:
        page = take_up_letter(home, start, voter)
        by_card(page, voter)
        code = keep_code(page)
        booth = go_to_booth(page)
        opened = choose(booth, FIRST)

        checker = second_device.new_page()
        checker.goto(live.addresses["checker"])
        checker.wait_for_selector("html[data-script=on]")
        assert contest.answers[0].name.ja in re.sub(r"\s", "", check_elsewhere(booth, checker))
        booth.click("[data-screen=opening] [data-do=seal]")
        hands.screen(booth, "sealed")
        sealed = hands.trackers(booth)
        assert not set(sealed) & set(opened)
        assert cast(booth) == sealed
        code_of_trackers = booth.locator("[data-screen=done] [data-out=receipt-qr]")
        code_of_trackers.locator("svg").wait_for()
        photo = {"name": "qr.png", "mimeType": "image/png", "buffer": code_of_trackers.screenshot()}
        first = save_receipt(booth, tmp_path)
        receipt = Receipt.from_text(first.read_text(encoding="utf-8"))
        assert list(receipt.verify(LedgerFacts.of(live.poll.genesis)).trackers) == sealed

    with people(**PHONE) as phone:
        page = phone.new_page()
        page.goto(live.addresses["booth"] + "vote")
        page.wait_for_selector("html[data-script=on]")
        page.tap("[data-do=begin]")
        page.fill("#voting-code", code)
        page.tap("form[data-form=code] .primary")
        hands.screen(page, "voted")
        assert hands.trackers(page) == sealed
        page.tap("[data-do=again]")
        last = choose(page, SECOND)
        assert cast(page) == last

    with people(**DESKTOP) as home:
        page = take_up_letter(home, start, other)
        by_phone(page, other)
        assert keep_code(page) != code
        booth = go_to_booth(page)
        by_app = choose(booth, BLANK)
        assert cast(booth) == by_app

    with people(**DESKTOP) as office:
        page = office.new_page()
        page.goto(start)
        picture(page, "start")
        page.get_by_role("button", name="締め切って数える").click()
        page.get_by_role("heading", name="結果").wait_for()
        assert "すべて合格" in page.inner_text("main")
        assert live.outcome is not None
        if PICTURES:
            page.evaluate(OTHER_FOLDER, str(live.outcome.record))
        picture(page, "start-result")
        counts = dict(
            zip(page.locator("tbody th").all_inner_texts(), page.locator("tbody td").all_inner_texts(), strict=True)
        )
        # The first vote is replaced, the checked one was never cast.
        expected = {contest.answers[1].name.ja: "1", "白票 (blank)": "1"}
        assert counts == {name: expected.get(name, "0") for name in counts}
        assert expected.keys() <= counts.keys()
        assert live.outcome is not None
        assert live.outcome.failed == 0
        assert list(check_receipt_in_record(first, live.outcome.record).entry.trackers) == sealed

        board = live.addresses["board"]
        for tracker, became in ((sealed[0], "replaced"), (opened[0], "spoiled"), (last[0], "counts")):
            page.goto(f"{board}find?tracker={quote(tracker, safe='')}")
            page.locator(f".fate-{became}").wait_for()
        picture(page, "board-find")
        page.goto(f"{board}receipt")
        page.set_input_files("#receipt-file", first)
        page.locator("#receipt-cast").wait_for()
        assert page.locator("#receipt-list").inner_text() == sealed[0]
        page.fill("#receipt-text", first.read_text(encoding="utf-8").replace("index ", "index 1", 1))
        page.click("#receipt-form button")
        page.locator("#receipt-bad").wait_for()
        page.set_input_files("#receipt-file", photo)
        page.locator("#receipt-trackers").wait_for()
        assert page.locator("#receipt-list").inner_text() == sealed[0]
        page.goto(board)
        until(lambda: shows_result(page), "the result on the board", 300)
        picture(page, "board")
        for name, count in counts.items():
            row = page.get_by_role("row", name=name.removesuffix(" (blank)"))
            assert row.locator(".number").first.inner_text() == count
