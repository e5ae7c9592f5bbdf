"""The agent's window in a browser: a page starts a job, and the voter does the rest."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import ModuleType
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright
from tests.waiting import until

from ippyo.canonical import b64, sha256_b64
from ippyo.identity.agent.desk import Desk
from ippyo.identity.agent.polls import KnownPoll, KnownPolls
from ippyo.identity.agent.server import running_agent
from ippyo.poll.text import Text

PHI = sha256_b64("poll")
KNOWN = KnownPoll(
    PHI, Text("町長選挙", "Mayor of the town"), {"general": Text("全域", "Whole town")}, "signature", has_letters=True
)
CODE = {"kind": "voting-code", "key": "signature", "poll": PHI, "letter": "0123ABCDWXYZ", "styles": ["general"]}
REQUEST = {
    "type": "ticket-request",
    "poll": PHI,
    "nonce": b64(bytes(32)),
    "time": 1,
    "styles": [{"style": "general", "blinded": [b64(bytes(384))]}],
}
ASK = """async ([url, body]) => {
  const headers = {"Content-Type": "application/json"};
  return (await fetch(url, {method: "POST", headers, body: JSON.stringify(body)})).json();
}"""


NOTE = """new MutationObserver(() => {
  const heading = document.querySelector("h1");
  if (heading) window.noteHeading(heading.textContent);
}).observe(document, { childList: true, subtree: true });"""


class _EmptyPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>page</title>")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def page_port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _EmptyPage) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser(require: Callable[[str, bool, str], None]) -> Iterator[Browser]:
    program = shutil.which("chromium")
    require("Chromium", program is not None, "install the package chromium")
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=program, args=["--no-sandbox"]) as launched,
    ):
        yield launched


class Visit:
    """A page, the agent, and its window, of which ``headings`` keeps what it has said: it may close itself."""

    def __init__(self, browser: Browser, agent: str, page_port: int) -> None:
        self.agent = agent
        self.context = browser.new_context(locale="en-US")
        self.headings: list[str] = []
        self.context.expose_function("noteHeading", self.note)
        self.context.add_init_script(NOTE)
        self.page = self.context.new_page()
        self.page.goto(f"http://localhost:{page_port}/")

    def ask(self, path: str, body: Any) -> Any:
        return self.page.evaluate(ASK, [self.agent + path, body])

    def open(self, url: str) -> Page:
        with self.context.expect_page() as opened:
            self.page.evaluate("url => { window.open(url, 'ippyo-card') }", url)
        window: Page = opened.value
        return window

    def note(self, heading: str) -> None:
        self.headings.append(heading)

    def until_closed(self, window: Page) -> None:
        def is_closed() -> bool:
            # Events are heard of while the page is asked something.
            self.page.wait_for_timeout(20)
            return bool(window.is_closed())

        until(is_closed, "the window closes")


@pytest.mark.parametrize("kiosk", [False, True])
def test_a_voter_in_the_window(card_slots: ModuleType, browser: Browser, page_port: int, kiosk: bool) -> None:
    slot = card_slots.Slot()
    desk = Desk(slot.connect, KnownPolls.of([KNOWN]), kiosk=kiosk)
    with running_agent(desk, [f"http://localhost:{page_port}"], port=0, user=os.getuid()) as running:
        visit = Visit(browser, running.origin, page_port)
        started = visit.ask("/api/jobs", CODE)
        job = {"job": started["job"], "token": started["token"]}
        window = visit.open(started["window"])
        window.get_by_role("heading", name="Put your card on the reader").wait_for()
        assert window.url == f"{running.origin}/"
        slot.insert(card_slots.contents())
        field = window.get_by_label("Signature password")
        for left in (5, 4, 3, 2):
            window.get_by_text(f"{left} more wrong entries").wait_for()
            assert "Mayor of the town" in window.inner_text("main")
            field.fill("WR0NGPIN")
            window.get_by_role("button", name="Sign").click()
        window.get_by_text("One more wrong entry locks it").wait_for()
        field.fill("secret7pin")
        window.get_by_role("button", name="Sign").click()
        window.locator("#last-needed").get_by_text("tick the box").wait_for()
        assert slot.shown == 4
        window.get_by_label("use the last try").check()
        window.get_by_role("button", name="Sign").click()
        window.get_by_role("heading", name="The card is at work").wait_for()
        job["token"] = visit.ask("/api/result", job)["token"]
        visit.ask("/api/request", {**job, "request": REQUEST})
        assert visit.ask("/api/result", job)["state"] == "done"
        if not kiosk:
            window.get_by_role("heading", name="Done").wait_for()
            window.get_by_role("button", name="Close").click()
        visit.until_closed(window)
        assert visit.headings[-1] == "Done"
        visit.context.close()


def test_another_page_can_neither_ask_nor_frame(card_slots: ModuleType, browser: Browser, page_port: int) -> None:
    slot = card_slots.Slot(card_slots.contents())
    desk = Desk(slot.connect, KnownPolls.of(()))
    with running_agent(desk, ["https://vote.town.example"], port=0, user=os.getuid()) as running:
        visit = Visit(browser, running.origin, page_port)
        with pytest.raises(Error, match="Failed to fetch"):
            visit.ask("/api/jobs", {"kind": "info"})
        visit.page.evaluate(
            """url => new Promise((loaded) => {
              const frame = document.createElement("iframe");
              frame.addEventListener("load", loaded);
              frame.src = url;
              document.body.append(frame);
            })""",
            running.origin,
        )
        assert len(visit.page.frames) == 2
        assert all(frame.query_selector(".brand") is None for frame in visit.page.frames)
        assert slot.commands == []
        visit.context.close()


def test_at_a_kiosk_a_window_without_a_job_closes_itself(
    card_slots: ModuleType, browser: Browser, page_port: int
) -> None:
    desk = Desk(card_slots.Slot().connect, KnownPolls.of(()), kiosk=True)
    with running_agent(desk, [f"http://localhost:{page_port}"], port=0, user=os.getuid()) as running:
        visit = Visit(browser, running.origin, page_port)
        window = visit.open(f"{running.origin}/#guessed")
        visit.until_closed(window)
        assert visit.headings[-1] == "This job is gone"
        visit.context.close()


@pytest.mark.parametrize(
    ("asked", "heading", "other"),
    [
        ("", "This job is gone", "日本語"),
        ("?lang=ja", "この依頼は、もうありません", "English"),
        ("?lang=easy", "この 仕事は もう ありません", "English"),
    ],
)
def test_a_window_without_a_job_says_so_in_the_pages_language(
    card_slots: ModuleType, browser: Browser, page_port: int, asked: str, heading: str, other: str
) -> None:
    desk = Desk(card_slots.Slot().connect, KnownPolls.of(()))
    with running_agent(desk, [f"http://localhost:{page_port}"], port=0, user=os.getuid()) as running:
        visit = Visit(browser, running.origin, page_port)
        window = visit.open(f"{running.origin}/{asked}#guessed")
        # What is read aloud has no readings between the words; the heading has.
        window.locator("#spoken", has_text=re.compile(f"^{heading}$")).wait_for(state="attached")
        assert window.locator("h1").is_visible()
        assert window.locator("h1 rt").count() == (1 if "easy" in asked else 0)
        assert window.url == f"{running.origin}/{asked}"
        window.get_by_role("button", name=other, exact=True).click()
        assert window.locator("html").get_attribute("lang") == ("en" if other == "English" else "ja")
        assert window.get_by_role("button", name=other, exact=True).count() == 0
        visit.context.close()
