"""The registration page in a real browser, with card agent and two issuers: from the welcome to a good ticket."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import expect
from tests import booth_at_work
from tests import browser_hands as hands

from ippyo.ballot.credential import Credential
from ippyo.ballot.ticket import Ticket, verify_ticket
from ippyo.ballot.voting_code import VotingCode
from ippyo.identity.agent.desk import Desk
from ippyo.identity.agent.polls import KnownPolls
from ippyo.identity.agent.server import running_agent
from ippyo.identity.digital_auth import ClientKey, DigitalAuth, DigitalAuthConfig
from ippyo.identity.simulated.digital_auth import RegisteredClient, SimulatedDigitalAuth, serve_digital_auth
from ippyo.registry.codes.service import make as make_codes
from ippyo.registry.registration.steps import needs_code

WRITTEN_IN_THE_PAGE = "http://127.0.0.1:8931"
PATIENCE_MS = 120_000


BOOTH_PAGE = b"""<!doctype html><html lang="en"><title>Booth</title><p id="handed"></p><script>
addEventListener("message", (event) => {
  document.getElementById("handed").textContent = JSON.stringify({ from: event.origin, ...event.data });
});
opener.postMessage({ type: "ippyo-ready" }, "*");
</script></html>"""


@pytest.fixture
def stand_in_booth() -> Iterator[str]:
    """Yield the origin of a site whose every page asks its opener for a ticket, and shows what it gets."""

    def page(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        return [BOOTH_PAGE]

    with booth_at_work.served(page, "localhost") as origin:
        yield origin


@dataclass
class Registry:
    """The running registry and its agent, with one voter whose card is in the reader, and held to a phone."""

    maker: Any
    desk: str
    further: str
    agent: str
    service: str
    booth: str
    code: str
    """The voter's registration code, or nothing where the poll has none."""

    @property
    def poll(self) -> Any:
        return self.maker.small.poll

    @property
    def address(self) -> str:
        return f"{self.desk}/registration/#code={self.code}&poll={self.poll.fingerprint}"


@pytest.fixture
def registry(
    request: pytest.FixtureRequest,
    office_maker: Any,
    registry_sites: Any,
    card_slots: ModuleType,
    stand_in_booth: str,
) -> Iterator[Registry]:
    """A registry with the policies that are this fixture's parameter. It comes before the browser (see conftest)."""
    maker = office_maker(**getattr(request, "param", {}))
    # The national service's assertions carry the time of this computer, and may be a minute from ours at most.
    maker.clock = partial(datetime.now, UTC)
    person = maker.person()
    (desk, first), (further, second) = registry_sites
    back = f"{first}/registration/back"
    key = ClientKey.of(ec.generate_private_key(ec.SECP256R1()))
    client = RegisteredClient("desk", (back,), key.public_jwk())
    code = ""
    if needs_code(maker.small.poll.manifest.policies):
        code = next(iter(make_codes([person.voter], "test"))).code.reveal()
    slot = card_slots.Slot(person.card)
    with (
        serve_digital_auth(lambda origin: SimulatedDigitalAuth(origin, {"hanako": person.card}, (client,))) as service,
        running_agent(Desk(slot.connect, KnownPolls.of(())), [first], port=0) as agent,
    ):
        auth = DigitalAuthConfig.at(service.issuer, client_id="desk", redirect_uri=back, client_key=key)
        for number, site in enumerate([desk, further], start=1):
            config = maker.config(
                number, origin=(first, second)[number - 1], issuers=(first, second), booth=stand_in_booth
            )
            known = {"digital_auth": DigitalAuth(auth)} if number == 1 else {}
            site.office = maker.office(number, config=config, **known)
        yield Registry(maker, first, second, agent.origin, service.issuer.partition("/realms")[0], stand_in_booth, code)


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


def sign(page: Any, pin: str = "ABC123", button: str = "sign") -> None:
    """Open the agent's window and type the password there."""
    with page.expect_popup() as popup:
        page.click(f"[data-screen=card] [data-do={button}]:visible")
    window = popup.value
    window.fill("#pin-signature", pin)
    window.click("button[type=submit]")


def confirm(page: Any, then: str = "done") -> VotingCode:
    """Say that it is one's own will, and that the voting code is kept, which is returned."""
    hands.screen(page, "free-will")
    page.check("#alone")
    page.click("form[data-form=free-will] button")
    shown = hands.screen(page, "voting-code")
    code = VotingCode.parse(shown.locator("[data-out=voting-code]").inner_text())
    shown.locator("[data-out=qr] svg path").wait_for(state="attached")
    page.check("#kept")
    page.click("form[data-form=kept] button")
    hands.screen(page, then)
    return code


def save(page: Any) -> str:
    """Save the ticket and return what is in the file."""
    with page.expect_download() as download:
        page.click("[data-do=save]")
    return str(download.value.path().read_text(encoding="utf-8")).removesuffix("\n")


def require_good(registry: Registry, saved: str, code: VotingCode) -> Ticket:
    """Return the saved ticket, when all issuers signed it, for the credential of the voter's code."""
    poll = registry.poll
    ticket = Ticket.from_text(saved, poll.group)
    verify_ticket(ticket, poll.fingerprint, poll.ticket_keys["all"])
    assert ticket.credential == Credential.derive(code, poll.fingerprint, poll.group).text
    return ticket


def require_discreet(registry: Registry, seen: list[str], *secrets: str) -> None:
    """Nothing went to anybody else, nothing was complained about, and no secret stands in an address or a message."""
    hosts = (registry.desk, registry.further, registry.agent, registry.service, WRITTEN_IN_THE_PAGE, "blob:")
    assert [entry for entry in seen if not entry.startswith(hosts)] == []
    assert [entry for entry in seen if any(secret in entry for secret in secrets)] == []


def test_with_a_card_reader(registry: Registry, chromium: Any) -> None:
    with page_of(chromium, registry) as (page, seen):
        page.goto(registry.address)
        page.click("[data-do=begin]")
        hands.screen(page, "card")
        sign(page)
        hands.screen(page, "free-will")
        page.click("form[data-form=free-will] button")
        expect(page.locator("#alone-error")).to_be_visible()
        assert page.evaluate("document.activeElement.id") == "alone"
        code = confirm(page)
        saved = save(page)
        assert page.evaluate("sessionStorage.length + localStorage.length") == 0
        page.click("[data-do=finish]")
        hands.screen(page, "welcome")
    ticket = require_good(registry, saved, code)
    require_discreet(registry, seen, code.reveal(), ticket.credential)


@pytest.mark.parametrize(
    "registry", [{"channels": ("card-reader", "digital-auth"), "second_factor": "both"}], indirect=True
)
def test_with_a_letter_a_phone_and_a_passkey(registry: Registry, chromium: Any) -> None:
    with page_of(chromium, registry) as (page, seen):
        devices = page.context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        fingers = {"isUserVerified": True, "automaticPresenceSimulation": True}
        devices.send("WebAuthn.addVirtualAuthenticator", {"options": options | fingers})
        page.goto(registry.address)
        page.click("[data-do=begin]")
        hands.screen(page, "code")
        assert page.input_value("#code") == registry.code
        assert "#" not in page.url
        page.fill("#code", "0000-0000-0000")
        page.click("form[data-form=code] button.primary")
        page.locator("#code-error").wait_for(state="visible")
        page.fill("#code", registry.code.lower())
        page.click("form[data-form=code] button.primary")
        hands.screen(page, "way")
        page.click("[data-screen=way] [data-do=digital-auth]")
        page.fill("input[name=person]", "hanako")
        page.click("button[value=allow]")
        hands.screen(page, "passkey")
        assert page.evaluate("sessionStorage.length") == 0
        page.click("[data-do=passkey]")
        code = confirm(page)
        saved = save(page)
    ticket = require_good(registry, saved, code)
    complaints = [entry for entry in seen if "status of 403" in entry]
    assert len(complaints) == 1, "the wrong code, and nothing else"
    require_discreet(
        registry, [e for e in seen if e not in complaints], code.reveal(), ticket.credential, registry.code
    )


def test_a_letter_of_another_poll_stops_everything(registry: Registry, chromium: Any) -> None:
    with page_of(chromium, registry) as (page, seen):
        page.goto(f"{registry.desk}/registration/#poll={'A' * 43}")
        page.click("[data-do=begin]")
        refused = hands.screen(page, "refused")
        assert refused.locator("[data-out=refused-code]").inner_text() == "wrong-poll"
        assert not any("/api/visit" in entry for entry in seen)


def test_a_missing_agent_is_said_and_tried_again(registry: Registry, chromium: Any) -> None:
    with page_of(chromium, registry) as (page, _):
        # Of several routes the last one answers.
        page.route(f"{WRITTEN_IN_THE_PAGE}/**", lambda route: route.abort())
        page.goto(registry.address)
        page.click("[data-do=begin]")
        hands.screen(page, "card")
        page.click("[data-do=sign]")
        page.locator("[data-screen=card] [data-state=agent-missing]").wait_for(state="visible")
        page.unroute_all()
        sign(page, button="retry")
        hands.screen(page, "free-will")


@pytest.mark.parametrize("registry", [{"second_factor": "registration-code"}], indirect=True)
def test_the_same_card_and_letter_get_the_same_ticket_again(registry: Registry, chromium: Any) -> None:
    saved = []
    for _ in range(2):
        with page_of(chromium, registry) as (page, _seen):
            page.goto(registry.address)
            page.click("[data-do=begin]")
            hands.screen(page, "code")
            page.click("form[data-form=code] button.primary")
            hands.screen(page, "card")
            sign(page)
            confirm(page)
            saved.append(save(page))
    assert saved[0] == saved[1]


def test_the_ticket_is_handed_to_the_booth_and_to_nobody_else(registry: Registry, chromium: Any) -> None:
    with page_of(chromium, registry) as (page, seen):
        page.goto(registry.address)
        page.click("[name=language][value=ja-easy]")
        page.wait_for_selector("html.tongue-easy[data-script=on]")
        page.click("[data-do=begin]")
        hands.screen(page, "card")
        sign(page)
        code = confirm(page)
        with page.expect_popup() as opened:
            page.click("[data-do=vote]")
        booth = opened.value
        expect(booth.locator("#handed")).not_to_be_empty()
        handed = json.loads(booth.locator("#handed").inner_text())
        assert booth.url == f"{registry.booth}/vote?from=registration&lang=easy"
        # It is handed over once; another window that asks hears nothing.
        with page.expect_popup() as other:
            page.evaluate("origin => { window.stranger = window.open(origin + '/other') }", registry.booth)
        stranger = other.value
        stranger.wait_for_load_state()
        page.evaluate("() => new Promise((done) => setTimeout(done, 200))")
        assert stranger.locator("#handed").inner_text() == ""
        saved = save(page)
    assert handed == {
        "from": registry.desk,
        "type": "ippyo-ticket",
        "code": code.reveal(),
        "ticket": saved,
        "poll": registry.poll.fingerprint,
    }
    require_good(registry, saved, code)
    require_discreet(registry, [e for e in seen if not e.startswith(registry.booth)], code.reveal())
    assert not any(code.reveal() in entry for entry in seen)


@pytest.mark.parametrize("registry", [{"channels": ("card-reader", "digital-auth")}], indirect=True)
def test_who_comes_back_another_way_types_the_earlier_voting_code(registry: Registry, chromium: Any) -> None:
    with page_of(chromium, registry) as (page, _):
        page.goto(registry.address)
        page.click("[data-do=begin]")
        page.click("[data-screen=way] [data-do=digital-auth]")
        page.fill("input[name=person]", "hanako")
        page.click("button[value=allow]")
        code = confirm(page)
        saved = save(page)
    with page_of(chromium, registry) as (page, _):
        page.goto(registry.address)
        page.click("[data-do=begin]")
        page.click("[data-screen=way] [data-do=card-reader]")
        sign(page)
        assert confirm(page, then="refused") != code
        assert page.locator("[data-out=refused-code]").inner_text() == "already-issued"
        page.click("[data-screen=refused] [data-do=earlier]")
        hands.screen(page, "earlier")
        page.fill("#earlier", code.reveal()[:-1])
        page.click("form[data-form=earlier] button.primary")
        page.locator("#earlier-error").wait_for(state="visible")
        page.fill("#earlier", code.reveal().lower())
        page.click("form[data-form=earlier] button.primary")
        page.click("[data-screen=way] [data-do=card-reader]")
        sign(page)
        assert confirm(page) == code
        assert save(page) == saved


@pytest.mark.parametrize("registry", [{"second_factor": "registration-code"}], indirect=True)
def test_the_browsers_own_back_goes_one_screen_back_and_keeps_the_letter(registry: Registry, chromium: Any) -> None:
    with page_of(chromium, registry) as (page, _):
        page.goto(f"{registry.desk}/registration/help")
        page.goto(registry.address)
        hands.ready(page)
        page.click("[data-do=begin]")
        hands.screen(page, "code")
        page.click("form[data-form=code] button.primary")
        hands.screen(page, "card")
        page.go_back()
        hands.screen(page, "code")
        page.go_back()
        hands.screen(page, "welcome")
        page.go_back()
        page.wait_for_url("**/help")
        # Forward again, or after a reload, the letter need not be looked for.
        for come in (page.go_forward, page.reload):
            come()
            hands.ready(page)
            assert "#" not in page.url
            page.click("[data-do=begin]")
            hands.screen(page, "code")
            assert page.input_value("#code") == registry.code
        page.click("form[data-form=code] button.primary")
        hands.screen(page, "card")
        sign(page)
        hands.screen(page, "free-will")
        # From here on nothing is undone by going back, and the letter is kept no more.
        hands.go_back(page)
        hands.screen(page, "free-will")
        assert page.evaluate("sessionStorage.length") == 0


def test_the_enter_key_sends_the_earlier_voting_code_in(registry: Registry, chromium: Any) -> None:
    with page_of(chromium, registry) as (page, _):
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto(registry.address)
        page.click("[data-do=begin]")
        page.click("[data-screen=card] summary")
        page.click("[data-screen=card] [data-do=earlier]")
        hands.screen(page, "earlier")
        page.fill("#earlier", VotingCode.generate().reveal())
        # All of it can be seen, on two lines.
        shown = page.evaluate(
            "(({ scrollWidth, clientWidth, scrollHeight, clientHeight }) => "
            "[scrollWidth - clientWidth, scrollHeight - clientHeight])(document.querySelector('#earlier'))"
        )
        assert shown == [0, 0]
        page.press("#earlier", "Enter")
        hands.screen(page, "card")


@pytest.mark.parametrize("registry", [{"second_factor": "registration-code"}], indirect=True)
def test_a_letters_link_serves_in_the_pages_own_tab(registry: Registry, chromium: Any) -> None:
    page_address, _, letter = registry.address.partition("#")
    with page_of(chromium, registry) as (page, _seen):
        page.goto(page_address)
        hands.ready(page)
        assert page.input_value("#code") == ""
        # In the page's own tab, only what follows the sign changes.
        with page.expect_navigation(wait_until="load"):
            page.evaluate("letter => void setTimeout(() => { location.hash = letter; })", letter)
        page.wait_for_url(page_address)
        expect(page.locator("#code")).to_have_value(registry.code)
        page.focus(".skip")
        page.keyboard.press("Enter")
        page.reload()
        hands.ready(page)
        expect(page.locator("#code")).to_have_value(registry.code)
