"""The booth in a real browser, with its real server and ledger: the whole vote, and what goes wrong on the way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import expect
from tests import browser_hands as hands

from ippyo.web_modules import integrity_of, modules_of

PATIENCE_MS = 120_000


@pytest.fixture
def visit(chromium: Any, booth: Any) -> Callable[..., Any]:
    """Return ``visit(**options)``: a context manager with a page in a fresh browser context, at the booth.

    ``prepare`` is told of the context before it goes anywhere.
    """

    @contextmanager
    def make(
        path: str = "/vote?lang=en", prepare: Callable[[Any], None] = lambda _: None, **options: Any
    ) -> Iterator[Any]:
        context = chromium.new_context(**options)
        prepare(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto(booth.origin + path)
        page.wait_for_selector("html[data-script=on]")
        try:
            yield page
        finally:
            context.close()

    return make


def enter(page: Any, voter: Any) -> None:
    """Give the code, and the ticket if it is asked for, up to the first contest."""
    hands.type_code(page, voter.code.reveal().lower())
    page.wait_for_selector("main:is([data-shown=ticket], [data-shown=contest], [data-shown=voted])")
    if page.get_attribute("main", "data-shown") == "ticket":
        hands.give_ticket(page, voter.ticket.to_text() + "\n")
    if page.get_attribute("main", "data-shown") == "voted":
        page.click("[data-do=again]")
    hands.screen(page, "contest")


def counting(booth: Any, voter: Any) -> list[str]:
    """Return the trackers of a voter's ballots that count."""
    coin = booth.coin(voter)
    return [] if coin is None else [ballot["tracker"] for ballot in coin["ballots"]]


def test_a_whole_vote_and_another_from_a_phone(booth: Any, visit: Callable[..., Any]) -> None:
    voter = booth.small.voter()
    with visit() as page:
        enter(page, voter)
        hands.choose(page, "0", "1")
        hands.screen(page, "sealed")
        sealed = hands.trackers(page)
        page.click("[data-do=cast]")
        done = hands.screen(page, "done")
        assert hands.trackers(page) == sealed == counting(booth, voter)
        assert "This is the vote that counts" in done.inner_text()
        done.locator("[data-out=receipt-qr] svg").wait_for()
        with page.expect_download() as download:
            page.click("[data-do=save]")
        assert download.value.path().read_text(encoding="utf-8").startswith("c2sp.org/tlog-proof@v1\n")
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0
        assert "#" not in page.url
    assert booth.coin(voter)["last"] == 16
    with visit(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True) as phone:
        phone.tap("[data-do=begin]")
        phone.fill("#voting-code", voter.code.reveal())
        phone.tap("form[data-form=code] .primary")
        hands.screen(phone, "voted")
        assert hands.trackers(phone) == sealed
        phone.tap("[data-do=again]")
        hands.choose(phone, "blank", "skip")
        hands.screen(phone, "sealed")
        assert len(hands.trackers(phone)) == 1
        phone.tap("[data-do=cast]")
        hands.screen(phone, "done")
        second = hands.trackers(phone)
    # The new ballot replaces one; where no paper was taken, the earlier one stays.
    assert counting(booth, voter) == [second[0], sealed[1]]
    assert booth.coin(voter)["last"] == 32


def test_by_keyboard_only(booth: Any, visit: Callable[..., Any]) -> None:
    voter = booth.small.voter()
    with visit() as page:

        def press_on(name: str, key: str = "Enter") -> None:
            for _ in range(60):
                if page.evaluate("document.activeElement.matches(arguments_)".replace("arguments_", json.dumps(name))):
                    page.keyboard.press(key)
                    return
                page.keyboard.press("Tab")
            raise AssertionError(f"the keyboard does not reach {name}")

        press_on("[data-do=begin]")
        hands.screen(page, "code")
        press_on("#voting-code", "Home")
        page.keyboard.type(voter.code.reveal())
        page.keyboard.press("Enter")
        hands.screen(page, "ticket")
        press_on("#ticket", "Home")
        page.keyboard.insert_text(voter.ticket.to_text())
        press_on("form[data-form=ticket] .primary")
        hands.screen(page, "contest")
        assert page.evaluate("document.activeElement.id") == "contest-title"
        press_on("#answer-0", "Space")
        press_on("#contest-next")
        expect(page.locator("#contest-number")).to_have_text("2 / 2")
        press_on("#answer-0", "Space")
        page.keyboard.press("ArrowDown")
        press_on("#contest-next")
        hands.screen(page, "review")
        assert "Candidate 2" in page.inner_text("#answers")
        press_on("[data-do=reviewed]")
        press_on("#alone", "Space")
        press_on("form[data-form=free-will] .primary")
        hands.screen(page, "sealed")
        press_on("[data-do=cast]")
        hands.screen(page, "done")
    assert len(counting(booth, voter)) == 2


def test_check_before_casting_shows_the_true_choice(booth: Any, visit: Callable[..., Any], chromium: Any) -> None:
    voter = booth.small.voter()
    with visit() as page:
        enter(page, voter)
        hands.choose(page, "1", "2")
        hands.screen(page, "sealed")
        opened = hands.trackers(page)
        checker = open_checker(chromium, booth.checker)
        found = check(page, checker)
        assert found == ["On building the bridge", "2 Against", "Mayor", "3 Candidate 3"]
        page.click("[data-screen=opening] [data-do=seal]")
        hands.screen(page, "sealed")
        assert not set(hands.trackers(page)) & set(opened)
        page.click("[data-do=cast]")
        hands.screen(page, "done")
        assert hands.trackers(page) == counting(booth, voter)
    for tracker in opened:
        spoiled = json.loads(booth.ledger.query("tracker", tracker))
        assert spoiled["ballot"] is None
        assert [entry["credential"] for entry in spoiled["spoiled"]] == [voter.credential.text]


def test_the_saved_checker_works_without_a_network(
    booth: Any, visit: Callable[..., Any], chromium: Any, tmp_path: Any
) -> None:
    context = chromium.new_context(locale="ja", accept_downloads=True)
    page = context.new_page()
    page.goto(booth.checker)
    page.wait_for_selector("html[data-script=on]")
    with page.expect_download() as download:
        page.click("a[download]")
    file = tmp_path / "checker.html"
    download.value.save_as(file)
    import hashlib  # noqa: PLC0415

    assert hashlib.sha256(file.read_bytes()).hexdigest() in page.inner_text(".hash >> nth=0")
    context.close()
    with visit() as voting:
        enter(voting, booth.small.voter())
        hands.choose(voting, "blank", "0")
        hands.screen(voting, "sealed")
        checker = open_checker(chromium, file.as_uri(), offline=True)
        assert check(voting, checker) == ["On building the bridge", "Blank vote", "Mayor", "1 Candidate 1"]


def test_a_page_that_flips_the_vote_is_caught(booth: Any, visit: Callable[..., Any], chromium: Any) -> None:
    # Seals the first answer whatever was chosen, and opens what was chosen. The page names the hash of just this.
    honest = modules_of("voting/worker.js")["voting/device.js"]
    sealing = "const ballot = seal(election, credential, choice,"
    assert sealing in honest
    lying = honest.replace(sealing, "const ballot = seal(election, credential, choice.map((_, i) => i ? 0 : 1),")

    def page_too(route: Any) -> None:
        answer = route.fetch()
        body = answer.text().replace(integrity_of(honest.encode()), integrity_of(lying.encode()))
        route.fulfill(response=answer, body=body)

    def prepare(context: Any) -> None:
        context.route("**/vote?*", page_too)
        context.route(
            "**/static/web/voting/device.js", lambda route: route.fulfill(body=lying, content_type="text/javascript")
        )

    with visit(prepare=prepare) as page:
        enter(page, booth.small.voter())
        hands.choose(page, "1", "2")
        hands.screen(page, "sealed")
        checker = open_checker(chromium, booth.checker)
        check(page, checker)
        assert checker.locator("#verdict-lied").is_visible()
        assert "The voting page lied" in checker.inner_text("#verdict-lied")


def open_checker(chromium: Any, address: str, **options: Any) -> Any:
    """Open the checker on another device."""
    context = chromium.new_context(locale="en-GB", **options)
    context.set_default_timeout(PATIENCE_MS)
    checker = context.new_page()
    checker.goto(address)
    checker.wait_for_selector("html[data-script=on]")
    return checker


def check(page: Any, checker: Any) -> list[str]:
    """Check the sealed ballot by QR codes. Returns what the checker shows, line by line."""
    hands.hold(page, checker, "sealed-qr")
    checker.wait_for_selector("#step-1.past")
    shown = [re.sub(r"\s", "", groups) for groups in checker.locator("#seen .seen").all_inner_texts()]
    assert shown == [tracker[:8] for tracker in hands.trackers(page)]
    page.click("[data-do=check]")
    hands.screen(page, "opening")
    assert page.locator("[data-out=sealed-qr]:visible").count() == 0
    hands.hold_opening(page, checker)
    checker.wait_for_selector("#verdict-true:visible, #verdict-lied:visible")
    held = checker.locator("#held h2, #held li, #held p").all_inner_texts()
    return [re.sub(r"\s+", " ", part) for part in held]


def test_handed_over_by_the_registration_page(booth: Any, chromium: Any) -> None:
    voter = booth.small.voter()
    context = chromium.new_context(locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    registration = context.new_page()
    registration.goto(f"{booth.registry}/registration/")
    secrets = {"code": voter.code.reveal(), "ticket": voter.ticket.to_text(), "poll": booth.small.poll.fingerprint}
    with context.expect_page() as opened:
        registration.evaluate(
            """([origin, secrets]) => {
              const booth = window.open(origin + "/vote?from=registration&lang=en");
              window.addEventListener("message", (event) => {
                if (event.origin === origin && event.source === booth && event.data.type === "ippyo-ready")
                  booth.postMessage({ type: "ippyo-ticket", ...secrets }, origin);
              });
            }""",
            [booth.origin, secrets],
        )
    page = opened.value
    hands.screen(page, "contest")
    assert voter.code.reveal() not in page.url
    hands.choose(page, "0", "0")
    hands.screen(page, "sealed")
    page.click("[data-do=cast]")
    hands.screen(page, "done")
    assert len(counting(booth, voter)) == 2
    context.close()


def test_wrong_codes_and_tickets_are_explained(booth: Any, visit: Callable[..., Any]) -> None:
    voter, other = booth.small.voter(), booth.small.voter()
    with visit() as page:
        page.click("[data-do=begin]")
        code = voter.code.reveal()
        for wrong in ("", "XXXX", code[:-1] + ("0" if code[-1] != "0" else "1")):
            page.fill("#voting-code", wrong)
            page.click("form[data-form=code] .primary")
            expect(page.locator("#voting-code-error")).to_contain_text("not a voting code")
            expect(page.locator("#voting-code")).to_be_focused()
        page.fill("#voting-code", code)
        page.click("form[data-form=code] .primary")
        hands.screen(page, "ticket")
        page.fill("#ticket", "not a ticket")
        page.click("form[data-form=ticket] .primary")
        expect(page.locator("#ticket-error")).to_contain_text("cannot be read")
        page.fill("#ticket", other.ticket.to_text())
        page.click("form[data-form=ticket] .primary")
        expect(page.locator("#ticket-error")).to_contain_text("another voting code")
        forged = json.loads(voter.ticket.to_text())
        forged["signatures"].reverse()
        page.fill("#ticket", json.dumps(forged, separators=(",", ":")))
        page.click("form[data-form=ticket] .primary")
        expect(page.locator("#ticket-error")).to_contain_text("not right")


def test_a_lost_connection_at_each_step(booth: Any, visit: Callable[..., Any]) -> None:
    voter = booth.small.voter()
    with visit() as page:
        network = page.context
        network.set_offline(True)
        page.click("[data-do=begin]")
        refused = hands.screen(page, "refused")
        assert refused.locator("[data-out=refused-code]").inner_text() == "offline"
        network.set_offline(False)
        page.click("[data-do=retry]")
        hands.screen(page, "code")
        page.fill("#voting-code", voter.code.reveal())
        network.set_offline(True)
        page.click("form[data-form=code] .primary")
        hands.screen(page, "refused")
        network.set_offline(False)
        page.click("[data-do=retry]")
        hands.screen(page, "code")
        assert page.input_value("#voting-code") == voter.code.reveal()
        page.click("form[data-form=code] .primary")
        hands.screen(page, "ticket")
        page.fill("#ticket", voter.ticket.to_text())
        page.click("form[data-form=ticket] .primary")
        hands.screen(page, "contest")
        for answer in ("0", "0"):
            page.check(f"#answer-{answer}")
            page.click("#contest-next")
        page.click("[data-do=reviewed]")
        page.check("#alone")
        network.set_offline(True)
        page.click("form[data-form=free-will] .primary")
        hands.screen(page, "refused")
        network.set_offline(False)
        page.click("[data-do=retry]")
        hands.screen(page, "sealed")
        network.set_offline(True)
        page.click("[data-do=cast]")
        waiting = hands.screen(page, "waiting")
        waiting.locator("[data-state=offline]").wait_for(state="visible")
        network.set_offline(False)
        hands.screen(page, "done")
    assert len(counting(booth, voter)) == 2


def test_back_and_double_clicks_lose_and_repeat_nothing(booth: Any, visit: Callable[..., Any]) -> None:
    voter = booth.small.voter()
    with visit() as page:
        enter(page, voter)
        page.check("#answer-0")
        page.click("#contest-next")
        expect(page.locator("#contest-number")).to_have_text("2 / 2")
        page.go_back()
        expect(page.locator("#contest-number")).to_have_text("1 / 2")
        assert page.is_checked("#answer-0")
        hands.choose(page, "0", "2")
        hands.screen(page, "sealed")
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        page.dblclick("[data-do=cast]")
        hands.screen(page, "done")
        hands.go_back(page)
        hands.screen(page, "done")
        assert len(sent) == 1
    assert booth.coin(voter)["count"] == 1


CAMERA_LATER = """() => {
  window.given = [];
  navigator.mediaDevices.getUserMedia = () => new Promise(resolve => { window.allow = () => {
    const stream = document.createElement("canvas").captureStream();
    window.given.push(...stream.getTracks());
    resolve(stream);
  }; });
}"""
CAMERA_ASKED = "() => 'allow' in window"
"""The reader of codes is loaded before anybody is asked."""


def test_a_question_about_the_camera_holds_up_nothing(booth: Any, visit: Callable[..., Any]) -> None:
    voter = booth.small.voter()
    with visit() as page:
        page.evaluate(CAMERA_LATER)
        page.click("[data-do=begin]")
        page.click("[data-do=scan]")
        page.locator("dialog[open]").wait_for()
        page.wait_for_function(CAMERA_ASKED)
        page.click("[data-do=camera-close]")
        page.fill("#voting-code", voter.code.reveal())
        page.click("form[data-form=code] .primary")
        hands.screen(page, "ticket")
        # Leave that comes too late switches no camera on.
        page.evaluate("allow()")
        assert page.evaluate("given.every(track => track.readyState === 'ended')")


def test_a_checker_is_told_to_stop_while_it_asks_for_the_camera(booth: Any, chromium: Any) -> None:
    page = open_checker(chromium, booth.checker)
    page.evaluate(CAMERA_LATER)
    page.click("#camera")
    page.wait_for_function(CAMERA_ASKED)
    page.click("#camera")
    assert not page.locator("#video").is_visible()
    page.evaluate("allow()")
    assert page.evaluate("given.every(track => track.readyState === 'ended')")


def test_a_closed_tab_is_taken_up_again(booth: Any, visit: Callable[..., Any]) -> None:
    voter = booth.small.voter()
    with visit() as page:
        enter(page, voter)
        hands.choose(page, "0", "1")
        hands.screen(page, "sealed")
        sealed = hands.trackers(page)
        page.context.route("**/api/transactions/*", lambda route: route.abort())
        page.click("[data-do=cast]")
        hands.screen(page, "waiting")
        page.check("#keep")
        page.locator("[data-screen=waiting] [data-state=offline]").wait_for(state="visible")
        kept = page.evaluate("JSON.stringify({...localStorage})")
        assert voter.code.reveal() not in kept
        assert voter.credential.text not in kept
        page.context.unroute_all()
        again = page.context.new_page()
        page.close()
        again.goto(f"{booth.origin}/vote?lang=en")
        again.click("[data-do=resume]")
        done = hands.screen(again, "done")
        assert hands.trackers(again) == sealed == counting(booth, voter)
        # The receipt that is all this device has does not say whether a later vote replaced this one.
        assert "the vote that counts" not in done.inner_text()
        assert "see what counts now" in done.inner_text()


@pytest.mark.parametrize("text", ["manifest", "genesis", "trustees"])
def test_a_tampered_poll_stops_everything(booth: Any, visit: Callable[..., Any], text: str) -> None:
    with visit() as page:

        def tamper(route: Any) -> None:
            answer = route.fetch().json()
            answer[text] = answer[text].replace("a", "b", 1)
            route.fulfill(json=answer)

        page.context.route("**/api/poll", tamper)
        page.click("[data-do=begin]")
        refused = hands.screen(page, "refused")
        assert refused.locator("[data-out=refused-code]").inner_text() in {"wrong-poll", "malformed"}
        assert "support desk" in refused.inner_text()


def test_a_browser_that_keeps_nothing_of_a_site_votes_too(booth: Any, visit: Callable[..., Any]) -> None:
    refuse = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } })"
    with visit(prepare=lambda context: context.add_init_script(refuse)) as page:
        enter(page, booth.small.voter())
        hands.choose(page, "0", "0")
        hands.screen(page, "sealed")
        page.click("[data-do=cast]")
        hands.screen(page, "done")


def test_a_program_that_does_not_arrive_is_said(booth: Any, visit: Callable[..., Any]) -> None:
    with visit() as page:
        page.context.route("**/static/web/voting/worker.js", lambda route: route.abort())
        page.click("[data-do=begin]")
        refused = hands.screen(page, "refused")
        assert refused.locator("[data-out=refused-code]").inner_text() == "no-worker"
        page.context.unroute_all()
        page.click("[data-do=retry]")
        hands.screen(page, "code")


def break_down(page: Any) -> None:
    """Let the page's worker fail as it would by a fault of the browser's."""
    (worker,) = page.workers
    worker.evaluate("void setTimeout(() => { throw new Error('broken'); })")


def test_a_program_that_breaks_down_is_said_and_the_voter_goes_on(booth: Any, visit: Callable[..., Any]) -> None:
    voter = booth.small.voter()
    with visit() as page:
        enter(page, voter)
        hands.choose(page, "0", "0")
        hands.screen(page, "sealed")
        break_down(page)
        page.click("[data-do=cast]")
        refused = hands.screen(page, "refused")
        assert refused.locator("[data-out=refused-code]").inner_text() == "no-worker"
        assert "has stopped" in refused.inner_text()
        page.click("[data-do=retry]")
        hands.screen(page, "code")
        page.click("form[data-form=code] .primary")
        hands.give_ticket(page, voter.ticket.to_text())
        hands.screen(page, "contest")
        hands.choose(page, "1", "1")
        hands.screen(page, "sealed")
        page.context.route("**/api/transactions/*", lambda route: route.abort())
        page.click("[data-do=cast]")
        page.locator("[data-screen=waiting] [data-state=offline]").wait_for(state="visible")
        break_down(page)
        page.context.unroute_all()
        hands.screen(page, "refused")
        page.click("[data-do=retry]")
        hands.screen(page, "done")
        assert hands.trackers(page) == counting(booth, voter)
    assert booth.coin(voter)["last"] == 16


def test_a_false_receipt_is_no_receipt(booth: Any, visit: Callable[..., Any]) -> None:
    with visit() as page:
        enter(page, booth.small.voter())
        hands.choose(page, "0", "0")
        hands.screen(page, "sealed")

        def forge(route: Any) -> None:
            answer = route.fetch().json()
            if "receipt" in answer:
                answer["receipt"] = re.sub(r"^index (\d+)$", "index 0", answer["receipt"], flags=re.MULTILINE)
            route.fulfill(json=answer)

        page.context.route("**/api/transactions/*", forge)
        page.click("[data-do=cast]")
        refused = hands.screen(page, "refused")
        assert "cannot say that you have voted" in refused.inner_text()


def test_a_made_up_coin_is_not_believed(booth: Any, visit: Callable[..., Any]) -> None:
    voter = booth.small.voter()

    def lie(route: Any) -> None:
        answer = route.fetch().json()
        coin = {
            "credential": voter.credential.text,
            "style": "all",
            "count": 1,
            "last": 16,
            "surrendered": False,
            "ballots": [],
        }
        proof = answer["proof"] | {"coins": [json.dumps(coin, separators=(",", ":"))]}
        route.fulfill(json=answer | {"coin": coin, "proof": proof})

    with visit() as page:
        page.route("**/api/coin/**", lie)
        page.click("[data-do=begin]")
        page.fill("#voting-code", voter.code.reveal())
        page.click("form[data-form=code] .primary")
        refused = hands.screen(page, "refused")
        assert refused.locator("[data-out=refused-code]").inner_text() == "coin-not-proved"
        assert "another network" in refused.inner_text()
        page.unroute("**/api/coin/**")
        page.click("[data-do=retry]")
        page.click("form[data-form=code] .primary")
        hands.screen(page, "ticket")
        page.fill("#ticket", voter.ticket.to_text())
        page.click("form[data-form=ticket] .primary")
        page.route("**/api/coin/**", lie)
        hands.choose(page, "0", "1")
        refused = hands.screen(page, "refused")
        assert refused.locator("[data-out=refused-code]").inner_text() == "coin-not-proved"
        page.unroute("**/api/coin/**")
        page.click("[data-do=retry]")
        hands.screen(page, "sealed")
        page.click("[data-do=cast]")
        hands.screen(page, "done")
    assert booth.coin(voter)["last"] == 16


def test_closing_time_passed_while_sealing(
    booths_at_work: Any, small_polls: Any, tmp_path: Any, booth: Any, chromium: Any
) -> None:
    with booths_at_work.open_booth(small_polls, tmp_path, booth.checker, booth.registry) as closing:
        voter = closing.small.voter()
        page = chromium.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{closing.origin}/vote?lang=en")
        enter(page, voter)
        hands.choose(page, "0", "0")
        hands.screen(page, "sealed")
        closing.ahead.append(10_000.0)
        page.click("[data-do=cast]")
        refused = hands.screen(page, "refused")
        assert refused.locator("[data-out=refused-code]").inner_text() == "closed"
        assert counting(closing, voter) == []


def test_a_kiosk_wipes_everything_when_nobody_is_there(booth: Any, visit: Callable[..., Any]) -> None:
    code = booth.small.voter().code.reveal()
    # Time passes as it does, but for the jumps.
    with visit("/vote?place=city-hall&lang=en&quiet=60", prepare=lambda context: context.clock.install()) as page:
        assert "City hall" in page.inner_text(".kiosk-bar")
        page.click("[data-do=help]")
        assert "Raise your hand" in page.inner_text("#help")
        page.click("[data-do=help-close]")
        page.click("[data-do=begin]")
        page.fill("#voting-code", code)
        page.clock.fast_forward(61_000)
        page.wait_for_selector("#idle[open]")
        assert "wiped" in page.inner_text("#idle")
        page.keyboard.press("Shift")
        page.wait_for_selector("#idle:not([open])", state="attached")
        assert page.input_value("#voting-code") == code
        page.clock.fast_forward(61_000)
        page.wait_for_selector("#idle[open]")
        # The page wipes itself by loading anew.
        with page.expect_navigation():
            page.clock.fast_forward(31_000)
        hands.ready(page)
        hands.screen(page, "welcome")
        assert page.input_value("#voting-code") == ""
        assert page.evaluate("localStorage.length") == 0


def test_what_a_page_without_script_says(booth: Any, chromium: Any) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="ja")
    page = context.new_page()
    page.goto(f"{booth.origin}/vote")
    assert "JavaScriptを有効に" in page.inner_text("main")
    assert page.locator("[data-screen]:visible").count() == 1
    context.close()


def test_the_first_load_is_light(booth: Any, visit: Callable[..., Any], chromium: Any) -> None:
    context = chromium.new_context()
    page = context.new_page()
    answers: list[Any] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright marks what it calls
    page.goto(f"{booth.origin}/vote?lang=easy")
    hands.ready(page)
    page.wait_for_load_state("networkidle")
    sizes = {answer.url: len(answer.body()) for answer in answers}
    assert all(url.startswith(booth.origin) for url in sizes)
    assert 0 < sum(sizes.values()) < 300_000
    context.close()
