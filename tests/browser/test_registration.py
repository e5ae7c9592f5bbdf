"""The registration page in a real browser, with card agent and two issuers: from the welcome to a good ticket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest

from ippyo.ballot.credential import Credential
from ippyo.ballot.ticket import Ticket, verify_ticket
from ippyo.ballot.voting_code import VotingCode
from ippyo.identity.agent.desk import Desk
from ippyo.identity.agent.polls import KnownPolls
from ippyo.identity.agent.server import running_agent

WRITTEN_IN_THE_PAGE = "http://127.0.0.1:8931"
PATIENCE_MS = 30_000


class Registry:
    """The running registry and its agent, with one voter whose card is in the reader."""

    def __init__(self, maker: Any, person: Any, sites: Any, agent: str) -> None:
        (_, self.desk), (_, self.further) = sites
        self.maker = maker
        self.person = person
        self.agent = agent
        self.poll = maker.small.poll

    @property
    def address(self) -> str:
        return f"{self.desk}/registration/#poll={self.poll.fingerprint}"


@pytest.fixture
def registry(office_maker: Any, registry_sites: Any, browser_card_slots: ModuleType) -> Iterator[Registry]:
    maker = office_maker()
    person = maker.person()
    (desk, first), (further, second) = registry_sites
    for number, (site, origin) in enumerate([(desk, first), (further, second)], start=1):
        site.office = maker.office(number, config=maker.config(number, origin=origin, issuers=(first, second)))
    slot = browser_card_slots.Slot(person.card)
    with running_agent(Desk(slot.connect, KnownPolls.of(())), [first], port=0) as agent:
        yield Registry(maker, person, registry_sites, agent.origin)


@contextmanager
def page_of(chromium: Any, registry: Registry) -> Iterator[tuple[Any, list[str]]]:
    """Yield a page in a fresh context, and the list of all that its browser asked for and complained about."""
    context = chromium.new_context(locale="en-GB", accept_downloads=True)
    context.set_default_timeout(PATIENCE_MS)
    context.route(
        f"{WRITTEN_IN_THE_PAGE}/**",
        lambda route: route.continue_(url=route.request.url.replace(WRITTEN_IN_THE_PAGE, registry.agent)),
    )
    seen: list[str] = []
    context.on("request", lambda request: seen.append(request.url))
    context.on("console", lambda message: seen.append(f"{message.type}: {message.text}"))
    context.on("weberror", lambda error: seen.append(f"error: {error.error}"))
    try:
        yield context.new_page(), seen
    finally:
        context.close()


def screen(page: Any, name: str) -> Any:
    """Wait for a screen, which must then be the only one."""
    page.locator(f"[data-screen={name}]").wait_for(state="visible")
    assert page.locator("[data-screen]:visible").count() == 1
    return page.locator(f"[data-screen={name}]")


def sign(page: Any, pin: str = "ABC123") -> None:
    """Open the agent's window and type the password there."""
    with page.expect_popup() as popup:
        page.click("[data-screen=card] [data-do=sign]")
    window = popup.value
    window.fill("#pin-signature", pin)
    window.click("button[type=submit]")


def test_a_voter_gets_a_ticket(registry: Registry, chromium: Any) -> None:
    with page_of(chromium, registry) as (page, seen):
        page.goto(registry.address)
        page.click("[data-do=begin]")
        screen(page, "card")
        sign(page)
        screen(page, "free-will")
        page.click("form[data-form=free-will] button")
        assert page.locator("#alone-error").is_visible()
        assert page.evaluate("document.activeElement.id") == "alone"
        page.check("#alone")
        page.click("form[data-form=free-will] button")
        shown = screen(page, "voting-code")
        code = VotingCode.parse(shown.locator("[data-out=voting-code]").inner_text())
        shown.locator("[data-out=qr] svg path").wait_for(state="attached")
        page.check("#kept")
        page.click("form[data-form=kept] button")
        screen(page, "done")
        with page.expect_download() as download:
            page.click("[data-do=save]")
        saved = download.value.path().read_text(encoding="utf-8")
        assert page.evaluate("sessionStorage.length + localStorage.length") == 0
        page.click("[data-do=finish]")
        screen(page, "welcome")

    poll = registry.poll
    ticket = Ticket.from_text(saved.removesuffix("\n"), poll.group)
    verify_ticket(ticket, poll.fingerprint, poll.ticket_keys["all"])
    assert ticket.credential == Credential.derive(code, poll.fingerprint, poll.group).text
    hosts = (registry.desk, registry.further, registry.agent, WRITTEN_IN_THE_PAGE, "blob:")
    assert [entry for entry in seen if not entry.startswith(hosts)] == []
    assert [entry for entry in seen if code.reveal() in entry or ticket.credential in entry] == []


def test_a_letter_of_another_poll_stops_everything(registry: Registry, chromium: Any) -> None:
    with page_of(chromium, registry) as (page, seen):
        page.goto(f"{registry.desk}/registration/#poll={'A' * 43}")
        page.click("[data-do=begin]")
        refused = screen(page, "refused")
        assert refused.locator("[data-out=refused-code]").inner_text() == "wrong-poll"
        assert not any("/api/visit" in entry for entry in seen)


def test_a_missing_agent_is_said_and_tried_again(registry: Registry, chromium: Any) -> None:
    with page_of(chromium, registry) as (page, _):
        page.context.unroute_all()
        page.route(f"{WRITTEN_IN_THE_PAGE}/**", lambda route: route.abort())
        page.goto(registry.address)
        page.click("[data-do=begin]")
        screen(page, "card")
        page.click("[data-do=sign]")
        page.locator("[data-screen=card] [data-state=agent-missing]").wait_for(state="visible")


def test_the_same_card_gets_the_same_ticket_again(registry: Registry, chromium: Any) -> None:
    codes = []
    for _ in range(2):
        with page_of(chromium, registry) as (page, _seen):
            page.goto(registry.address)
            page.click("[data-do=begin]")
            screen(page, "card")
            sign(page)
            screen(page, "free-will")
            page.check("#alone")
            page.click("form[data-form=free-will] button")
            codes.append(screen(page, "voting-code").locator("[data-out=voting-code]").inner_text())
            page.check("#kept")
            page.click("form[data-form=kept] button")
            screen(page, "done")
    assert codes[0] == codes[1]
