"""Every page there is, in every language and theme: axe-core finds nothing, and nothing is cut off on a small screen.

``BOOTH`` and ``REGISTRY`` are the list of all pages, by the pattern of their address. An address that is in neither the
list nor ``NO_PAGES`` fails the test, so that no page is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from tests import browser_hands as hands

from ippyo.booth.checker.site import CheckerSite
from ippyo.booth.site.urls import urlpatterns as booth_patterns
from ippyo.cli.demo.live import DemoPerson, Outcome
from ippyo.cli.demo.start_page import StartPage
from ippyo.identity.agent.desk import Desk
from ippyo.identity.agent.polls import KnownPolls
from ippyo.identity.agent.server import running_agent
from ippyo.ledger.engine import LedgerStoppedError
from ippyo.poll.result import ContestResult
from ippyo.registry.console.models import Proposal
from ippyo.registry.console.roles import Role, set_roles
from ippyo.registry.issuance.models import UnclearCase
from ippyo.registry.site.office import use
from ippyo.registry.site.urls import addresses
from ippyo.sites.serving import served

TONGUES = ("ja", "easy", "en")
REGISTRY_TONGUES = {"ja": "ja", "easy": "ja-easy", "en": "en"}
TRACKER = "A" * 43
ANOTHER = "B" * 42 + "A"

WAY = "the voter's whole way, screen by screen"
BOOTH: dict[str, tuple[str, ...]] = {
    "": ("/",),
    "vote": (WAY, "/vote?place=city-hall", "/vote?place=nowhere", "/vote?from=registration"),
    "desk": ("/desk",),
    "board/": ("/board/",),
    "board/ballots/<int:number>": ("/board/ballots/0", "/board/ballots/999"),
    "board/find": ("/board/find", f"/board/find?tracker={TRACKER}", "/board/find?tracker=x"),
    "board/receipt": ("/board/receipt",),
    "board/record": ("/board/record",),
}
SCREENS = "every screen in each of its states"
REGISTRY: dict[str, tuple[str, ...]] = {
    "registration/": (SCREENS, "/registration/?back=digital-auth-failed"),
    "registration/help": ("/registration/help",),
    "console/": ("/console/",),
    "console/sign-in": ("/console/sign-in",),
    "console/second-factor": ("/console/second-factor",),
    "console/set-up": ("/console/set-up",),
    "console/people": ("/console/people",),
    "console/people/add": ("/console/people/add",),
    "console/people/<int:number>": ("/console/people/{voter}",),
    "console/people/<int:number>/change": ("/console/people/{voter}/change",),
    "console/people/<int:number>/end": ("/console/people/{voter}/end",),
    "console/proposals": ("/console/proposals",),
    "console/imports": ("/console/imports",),
    "console/cases": ("/console/cases",),
    "console/cases/<int:number>": ("/console/cases/{case}",),
    "console/figures": ("/console/figures",),
    "console/log": ("/console/log",),
    "console/issuance": ("/console/issuance",),
    "console/staff": ("/console/staff",),
    "console/staff/add": ("/console/staff/add",),
}
WHO = {
    "console/sign-in": "nobody",
    "console/second-factor": "password",
    "console/set-up": "no-device",
    "console/log": "auditor",
    "console/issuance": "auditor",
    "console/staff": "administrator",
    "console/staff/add": "administrator",
}
"""Who opens a page of the console, where it is not a clerk of the support desk."""

NO_PAGES = {
    "static/<path>": "files",
    # The booth.
    "api/poll": "JSON",
    "api/clock": "JSON",
    "api/coin/<path:credential>": "JSON",
    "api/transactions": "JSON",
    "api/transactions/<str:name>": "JSON",
    "board/record.zip": "a download",
    "board/status.json": "JSON",
    "photos/<slug:contest>/<slug:answer>": "a picture",
    "manifest.webmanifest": "JSON",
    # The registry.
    "": "leads to registration/",
    "registration/back": "leads to registration/",
    "api/visit": "JSON",
    "api/request": "JSON",
    "api/digital-auth": "JSON",
    "api/passkey/options": "JSON",
    "api/passkey": "JSON",
    "api/confirm": "JSON",
    "api/ticket": "JSON",
    "api/binding": "JSON",
    "api/issue": "JSON",
    "language": "takes a form only",
    "console/language": "takes a form only",
    "console/sign-out": "takes a form only",
    "console/people/<int:number>/restore": "takes a form only",
    "console/people/<int:number>/code": "takes a form only",
    "console/people/<int:number>/passkey": "takes a form only",
    "console/people/<int:number>/withdraw": "takes a form only",
    "console/proposals/<int:number>": "takes a form only",
    "console/log/export": "takes a form only",
    "console/issuance/export": "takes a form only",
    "console/staff/<str:name>": "takes a form only",
}


def patterns(of: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    """Yield the address patterns of a site."""
    for one in of:
        here = before + str(one.pattern).replace("^static/(?P<path>.*)$", "static/<path>")
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns, here)
        else:
            yield here


@pytest.mark.parametrize(
    ("pages", "site"), [(BOOTH, booth_patterns), (REGISTRY, addresses(None))], ids=["booth", "registry"]
)
def test_no_page_is_forgotten(pages: dict[str, Any], site: list[URLPattern | URLResolver]) -> None:
    there = set(patterns(site))
    assert there - set(pages) - set(NO_PAGES) == set(), "add it to the list of pages, or say why it is none"
    assert set(pages) - there == set(), "nobody answers there any more"


@pytest.fixture(autouse=True)
def axe(require: Any) -> None:
    require("axe-core", hands.AXE.is_file(), "run 'make web/vendor/.made'")


# --- the booth, its board, the checker ---


@pytest.mark.parametrize("tongue", TONGUES)
def test_the_booth_and_its_board(booth: Any, chromium: Any, tongue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    page = chromium.new_page(viewport={"width": 768, "height": 900})
    page.set_default_timeout(120_000)
    wrong = []
    for path in [path for paths in BOOTH.values() for path in paths]:
        if path == WAY:
            for name in hands.booth_screens(page, f"{booth.origin}/vote?lang={tongue}", booth.small.voter()):
                wrong += hands.faults(page, name, hands.CONTRASTS)
            continue
        page.goto(f"{booth.origin}{path}{'&' if '?' in path else '?'}lang={tongue}")
        wrong += hands.faults(page, path)
        for dialog in page.locator("dialog").evaluate_all("all => all.map(one => one.id)"):
            page.evaluate("id => document.getElementById(id).showModal()", dialog)
            wrong += hands.faults(page, f"{path} {dialog}")
            page.evaluate("id => document.getElementById(id).close()", dialog)
    answers = [page.goto(f"{booth.origin}/nowhere")]
    wrong += hands.faults(page, "404")
    monkeypatch.setattr(booth.ledger, "query", stopped)
    # One that was not asked for before: the browser keeps an answer for some seconds.
    answers.append(page.goto(f"{booth.origin}/board/find?tracker={ANOTHER}&lang={tongue}"))
    wrong += hands.faults(page, "503")
    assert [answer.status for answer in answers] == [404, 503]
    assert wrong == []


def stopped(*_: object) -> str:
    raise LedgerStoppedError("the ledger has stopped")


@pytest.mark.parametrize("tongue", TONGUES)
@pytest.mark.parametrize("offline", [False, True])
def test_the_checker(booth: Any, chromium: Any, tmp_path: Any, tongue: str, offline: bool) -> None:
    file = tmp_path / "checker.html"
    file.write_bytes(CheckerSite(booth.small.poll).file.content)
    page = chromium.new_page()
    page.goto(f"{file.as_uri() if offline else booth.checker}?lang={tongue}")
    hands.ready(page)
    wrong = []
    verdicts = page.locator("section").evaluate_all("all => all.map(one => one.id)")
    assert len(verdicts) == 4
    for shown in verdicts:
        page.locator("section").evaluate_all("(all, id) => all.forEach(one => one.hidden = one.id !== id)", shown)
        wrong += hands.faults(page, shown)
    assert wrong == []


# --- registration and console ---

SHOW = """([name, state]) => {
  document.documentElement.dataset.script = "on";
  for (const screen of document.querySelectorAll("[data-screen]")) screen.hidden = screen.dataset.screen !== name;
  const screen = document.querySelector(`[data-screen="${name}"]`);
  for (const block of screen.querySelectorAll("[data-state]")) block.hidden = block.dataset.state !== state;
  for (const error of screen.querySelectorAll(".error")) {
    error.hidden = false;
    error.textContent ||= "誤り";
  }
  for (const hidden of screen.querySelectorAll("details")) hidden.open = true;
  const guide = JSON.parse(document.getElementById("guidance").textContent)["already-issued"];
  const code = "0123-4567-89AB-CDEF-GHJK-MNPQ-RS0P".split("-").map((group, i, all) => {
    const span = document.createElement("span");
    span.textContent = i + 1 === all.length ? group : `${group}-`;
    return span;
  });
  const out = (key, ...content) => {
    for (const place of screen.querySelectorAll(`[data-out="${key}"]`)) place.replaceChildren(...content);
  };
  for (const key of ["title", "what", "way"]) out(`refused-${key}`, guide[key]);
  out("refused-code", "already-issued");
  for (const after of screen.querySelectorAll("[data-after]")) after.hidden = false;
  out("voting-code", ...code);
}"""
STATES = """() => [...document.querySelectorAll("[data-screen]")].flatMap((screen) => {
  const states = new Set([...screen.querySelectorAll("[data-state]")].map((block) => block.dataset.state));
  return (states.size ? [...states] : [""]).map((state) => [screen.dataset.screen, state]);
})"""
PASSWORD = "a long word of one's own"


@pytest.fixture
def desk(office_maker: Any, registry_sites: Any, settings: Any) -> SimpleNamespace:
    """A desk of a poll that has every screen, with something on each page of its console.

    ``signed_in`` holds the cookies of a browser by how far its owner has come.
    """
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    (site, origin), (_, second) = registry_sites
    maker = office_maker(channels=("card-reader", "digital-auth"), second_factor="both")
    config = maker.config(1, origin=origin, issuers=(origin, second), booth="http://localhost:1")
    site.office = maker.office(1, config=config)
    hanako = maker.person("山田花子")
    staff = {
        "clerk": member("hanako", Role.CLERK, Role.SUPPORT),
        "auditor": member("ichiro", Role.AUDITOR),
        "administrator": member("jiro", Role.ADMINISTRATOR),
        "password": member("saburo", Role.CLERK),
        "no-device": member("shiro", Role.CLERK, device=False),
    }
    with use(site.office):
        shown = {"name": "山田華子", "address": hanako.basic.address, "sex": "female", "birth_key": "19800131"}
        hour = maker.now.replace(minute=0, second=0, microsecond=0)
        case = UnclearCase.objects.create(certificate="01" * 32, hour=hour, **shown)
        signed_in = {name: Client(headers={"accept-language": "ja"}) for name in staff}
        for name, client in signed_in.items():
            client.post("/console/sign-in", {"name": staff[name].username, "password": PASSWORD})
        for name in ("clerk", "auditor", "administrator"):
            assert signed_in[name].post("/console/second-factor", {"token": token(staff[name])}).status_code == 302
        client = signed_in["clerk"]
        client.post("/console/people", {"name": hanako.voter.name, "born": "1980-01-31", "reason": "x"})
        address = f"/console/people/{hanako.voter.pk}"
        client.post(f"{address}/end", {"kind": "moved", "on": "2026-11-20", "reason": "転出届"})
    assert Proposal.objects.count() == 1
    cookies = {name: client.cookies["session"].value for name, client in signed_in.items()}
    return SimpleNamespace(origin=origin, voter=hanako.voter.pk, case=case.pk, signed_in=cookies)


def member(name: str, *roles: Role, device: bool = True) -> User:
    user = User.objects.create_user(name, password=PASSWORD)
    set_roles(user, roles)
    if device:
        TOTPDevice.objects.create(user=user, name="totp", confirmed=True)
    return user


def token(user: User) -> str:
    device = TOTPDevice.objects.get(user=user)
    return f"{totp(device.bin_key, device.step, device.t0, device.digits, device.drift):06}"


@pytest.mark.parametrize("tongue", TONGUES)
def test_registration_and_console(desk: Any, chromium: Any, tongue: str) -> None:
    context = chromium.new_context(viewport={"width": 768, "height": 900}, locale="ja-JP")
    language = {"name": "django_language", "value": REGISTRY_TONGUES[tongue], "url": desk.origin}
    context.add_cookies([language])
    page = context.new_page()
    wrong = []
    for pattern, path in [(pattern, path) for pattern, paths in REGISTRY.items() for path in paths]:
        session = desk.signed_in.get(WHO.get(pattern, "clerk"), "x" * 32)
        context.add_cookies([{"name": "session", "value": session, "url": desk.origin}])
        here = path.format(voter=desk.voter, case=desk.case)
        if path == SCREENS:
            page.goto(f"{desk.origin}/registration/")
            for name, state in page.evaluate(STATES):
                page.evaluate(SHOW, [name, state])
                wrong += hands.faults(page, f"{name} {state}")
            continue
        answer = page.goto(desk.origin + here)
        assert (answer.status, urlsplit(page.url).path) == (200, urlsplit(here).path), here
        wrong += hands.faults(page, here)
    answers = [page.goto(f"{desk.origin}/nowhere")]
    wrong += hands.faults(page, "404")
    page.goto(f"{desk.origin}/console/sign-in")
    while answers[-1].status != 429:
        page.fill("[name=name]", "nobody")
        page.fill("[name=password]", "x")
        with page.expect_navigation() as sent:
            page.click("main button")
        answers.append(sent.value)
    wrong += hands.faults(page, "429")
    assert {answer.status for answer in answers} == {404, 403, 429}
    assert wrong == []


# --- the card agent's window, the start page of the demonstration ---

POLL = {"title": {"ja": "中里公園の住民投票", "en": "Referendum on Nakazato Park"}, "fingerprint": "A" * 43}
JOB: dict[str, Any] = {
    "kind": "voting-code",
    "poll": POLL,
    "styles": [{"id": "all", "name": {"ja": "全域", "en": "Everywhere"}}],
    "origin": "https://vote.example",
    "pins": [],
}
PROBLEM = {"code": "wrong-pin", "message": {"ja": "暗証番号が違います。", "en": "That PIN is wrong."}}
WINDOWS: dict[str, dict[str, Any]] = {
    "card": JOB | {"step": "card"},
    "card-problem": JOB | {"step": "card", "problem": PROBLEM},
    "pin": JOB | {"step": "pin", "pins": [{"key": "signature", "tries": 5}]},
    "last-try": JOB | {"step": "pin", "problem": PROBLEM, "pins": [{"key": "user", "tries": 1}]},
    "two-pins": JOB
    | {
        "step": "pin",
        "kind": "card-binding",
        "styles": [],
        "poll": POLL | {"title": None},
        "pins": [{"key": "signature", "tries": 5}, {"key": "user", "tries": 3}],
    },
    "request": JOB | {"step": "request"},
    "done": JOB | {"step": "done"},
    "failed": JOB | {"step": "failed", "problem": PROBLEM},
    "gone": {"step": "gone"},
}


def answer_with(page: Any, answers: dict[str, Any]) -> None:
    """Let the agent's window hear these answers, by path, instead of its agent's."""
    for path in answers:
        page.route(f"**{path}", lambda route: route.fulfill(json=answers[urlsplit(route.request.url).path]))


@pytest.mark.parametrize("language", ["ja", "easy", "en"])
def test_the_agents_window(card_slots: ModuleType, chromium: Any, language: str) -> None:
    with running_agent(Desk(card_slots.Slot().connect, KnownPolls.of(())), [JOB["origin"]], port=0) as agent:
        wrong = []
        for name, view in WINDOWS.items():
            page = chromium.new_context().new_page()
            answer_with(page, {"/window/claim": {"session": "s", "kiosk": False}, "/window/state": view})
            page.goto(f"{agent.origin}/?lang={language}#key")
            page.locator("h1").wait_for()
            wrong += hands.faults(page, name)
            page.context.close()
    assert wrong == []


@pytest.mark.parametrize("agent_problem", ["", "the port is taken"])
def test_the_start_page_of_the_demonstration(small_poll: Any, chromium: Any, tmp_path: Any, agent_problem: str) -> None:
    manifest = small_poll.poll.manifest
    results = [ContestResult(contest, (0,) * contest.choices, 0) for contest in manifest.contests]
    live: Any = SimpleNamespace(
        manifest=manifest,
        poll=small_poll.poll,
        people=(
            DemoPerson(1, "佐藤誠", "サトウ マコト", "ABCD-EFGH-JKMN"),
            DemoPerson(2, "鈴木葵", "スズキ アオイ", None),
        ),
        addresses=dict.fromkeys(("registration", "booth", "board", "checker", "desk"), "http://localhost:1/"),
        reader=SimpleNamespace(inserted=1),
        agent_problem=agent_problem,
        outcome=None,
    )
    page = chromium.new_page()
    wrong = []
    with served(StartPage(live)) as origin:
        for outcome in (None, Outcome(tuple(results), 40, 1 if agent_problem else 0, tmp_path)):
            live.outcome = outcome
            page.goto(origin)
            wrong += hands.faults(page, "start" if outcome is None else "result")
    assert wrong == []
