"""The pages: what each policy shows, what no page may hold, and what is there without JavaScript."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import include, path

import ippyo.registry.registration as room
from ippyo.identity import agent
from ippyo.poll.text import Text
from ippyo.registry.registration.guidance import GUIDANCE
from ippyo.registry.roll.groups import ApplicantGroup
from ippyo.registry.site.office import use
from ippyo.registry.site.program import PAGE, registration_program
from ippyo.sites.seen import differences
from ippyo.web_files import static_folders
from ippyo.web_modules import integrity_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vendor")]

FOLDER = Path(room.__file__).parent
LOOK = dict(static_folders())["web/look"]
Show = Callable[..., str]


class Page(HTMLParser):
    """The elements of a page: tag and attributes, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def values(self, attribute: str) -> list[Any]:
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]


@pytest.fixture
def show(office_maker: Any, settings: Any) -> Any:
    settings.ROOT_URLCONF = (path("", include("ippyo.registry.registration.urls")),)

    def shown(address: str = "/registration/", language: str = "ja", **policies: Any) -> str:
        with use(office_maker(**policies).office()):
            answer = Client().get(address, headers={"Accept-Language": language})
        assert answer.status_code == 200
        return str(answer.content.decode())

    return shown


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("certificate", ["signature", "user"])
@pytest.mark.parametrize("second_factor", ["none", "both"])
@pytest.mark.parametrize("channels", [("card-reader",), ("digital-auth",), ("card-reader", "digital-auth")])
def test_screens_follow_from_the_policies(
    show: Show, language: str, certificate: str, second_factor: str, channels: tuple[str, ...]
) -> None:
    page = Page(show(language=language, certificate=certificate, second_factor=second_factor, channels=channels))
    screens = page.values("data-screen")
    assert ("code" in screens) == ("passkey" in screens) == (second_factor == "both")
    assert ("way" in screens) == (len(channels) == 2)
    assert ("leaving" in screens) == ("digital-auth" in channels)
    assert ("sign" in page.values("data-do")) == ("card-reader" in channels)
    visible = [of["data-screen"] for tag, of in page.elements if "data-screen" in of and "hidden" not in of]
    assert visible == ["welcome"]


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("address", ["/registration/", "/registration/help", "/registration/?back=digital-auth-failed"])
def test_what_every_page_keeps_to(show: Show, language: str, address: str) -> None:
    text = show(address, language, second_factor="both", channels=("card-reader", "digital-auth"))
    page = Page(text)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert 'lang="' + language in text
    assert "0120-000-000" in text
    for tag, attributes in page.elements:
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        assert tag != "style"
        if tag == "script" and attributes.get("type") == "importmap":
            assert attributes == {"type": "importmap"}
        elif tag == "script":
            assert attributes.get("type") == "application/json" or str(attributes["src"]).startswith("/static/")
        for name in ("src", "href", "action"):
            assert re.match(r"(/|#|tel:|$)", attributes.get(name) or ""), attributes
        if tag == "button" and "data-do" in attributes:
            assert attributes["type"] == "button"
    for labelled in [value for name in ("aria-labelledby", "aria-describedby", "for") for value in page.values(name)]:
        assert set(labelled.split()) <= set(ids)


def test_without_javascript_the_page_says_what_is_needed(show: Show) -> None:
    text = show(second_factor="both")
    assert "<noscript>" in text
    assert "紙の投票用紙" in text


def test_a_failed_way_back_is_shown_without_javascript(show: Show) -> None:
    text = show("/registration/?back=digital-auth-refused")
    visible = [of["data-screen"] for _, of in Page(text).elements if "data-screen" in of and "hidden" not in of]
    assert visible == ["refused"]
    assert 'data-way-back="digital-auth-refused"' in text


@pytest.mark.parametrize("back", ["<script>", "no-such-code", "x" * 5000])
def test_other_ways_back_are_not_repeated(show: Show, back: str) -> None:
    text = show(f"/registration/?back={back}")
    assert 'data-way-back=""' in text


def test_guidance_and_texts_are_there_for_the_script(show: Show) -> None:
    for language in ("ja", "en"):
        text = show(language=language)
        blocks = dict(re.findall(r'<script id="(\w+)" type="application/json">(.*?)</script>', text))
        assert set(json.loads(blocks["guidance"])) == set(GUIDANCE)
        assert "{seconds}" in json.loads(blocks["texts"])["idle"]


@pytest.mark.parametrize(
    ("language", "words"),
    [("ja", ("市外にいる方", "確認書類 届け出", "2026年11月1日 00:00")), ("en", ("people away", "Evidence: notice"))],
)
def test_who_may_apply_is_shown(office_maker: Any, settings: Any, language: str, words: tuple[str, ...]) -> None:
    settings.ROOT_URLCONF = (path("", include("ippyo.registry.registration.urls")),)
    maker = office_maker()
    opens = int(datetime(2026, 10, 31, 15, tzinfo=UTC).timestamp())
    group = ApplicantGroup("away", Text("市外にいる方", "people away"), Text("届け出", "notice"), opens)
    with use(maker.office(config=maker.config(groups=(group,)))):
        text = Client().get("/registration/", headers={"Accept-Language": language}).content.decode()
    assert all(word in text for word in words)


def test_the_start_leads_to_the_page(show: Show, office_maker: Any) -> None:
    with use(office_maker().office()):
        assert Client().get("/")["Location"] == "/registration/"


def test_the_language_can_be_chosen(show: Show, office_maker: Any) -> None:
    with use(office_maker().office()):
        client = Client()
        client.post("/language", {"language": "en", "next": "/registration/"})
        assert "Register to vote" in client.get("/registration/").content.decode()


def test_easy_japanese_has_readings_in_its_text_and_in_no_attribute(show: Show, office_maker: Any) -> None:
    for address in ("/registration/?place=city-hall", "/registration/help"):
        text = show(address, "ja-easy", second_factor="both")
        page = Page(text)
        assert "<ruby>投票<rt>とうひょう</rt></ruby>" in text
        assert ("html", {"lang": "ja", "class": "tongue-easy"}) in page.elements
        assert not any("|" in (value or "") for _, attributes in page.elements for value in attributes.values())
        # Outside the scripts' data, every reading has become ruby.
        assert "|" not in re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)


def test_a_device_of_many_has_its_dialogs_and_no_way_to_keep_anything(office_maker: Any) -> None:
    maker = office_maker(channels=("card-reader", "digital-auth"), second_factor="both")
    booths = {"none": None, "booth": "http://localhost:1"}
    pages = {}
    for name, booth in booths.items():
        with use(maker.office(config=maker.config(booth=booth))):
            for place in ("city-hall", "", "%22%3E", "A", "x" * 41):
                pages[name, place] = Page(Client().get(f"/registration/?place={place}").content.decode())
    kiosk = pages.pop(("booth", "city-hall"))
    assert {"help", "idle"} <= set(kiosk.values("id"))
    assert kiosk.values("data-place") == ["city-hall"]
    assert not {"save", "digital-auth"} & set(kiosk.values("data-do"))
    assert "/registration/help" not in kiosk.values("href")
    # Another language, or another try, leads to the same place.
    assert {"/registration/?place=city-hall"} == {*kiosk.values("value"), *kiosk.values("href")} & {
        "/registration/",
        "/registration/?place=city-hall",
    }
    for page in pages.values():
        assert page.values("data-place") == [""]
        assert "idle" not in page.values("id")
        assert {"save", "digital-auth"} <= set(page.values("data-do"))


def test_a_policy_of_strict_content_is_sent(show: Show, office_maker: Any) -> None:
    with use(office_maker().office()):
        policy = Client().get("/registration/")["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_the_page_runs_modules_of_this_origin_and_its_list_of_hashes(show: Show, office_maker: Any) -> None:
    with use(office_maker().office()):
        answer, other = Client().get("/registration/"), Client().get("/registration/help")
    (listed,) = re.findall(r'<script type="importmap">(.*?)</script>', answer.content.decode(), re.DOTALL)
    policy = answer["Content-Security-Policy"]
    assert f"script-src 'self' '{integrity_of(listed.encode())}';" in policy
    assert policy.count("sha256-") == 1
    assert "script-src 'self';" in other["Content-Security-Policy"]
    assert "importmap" not in other.content.decode()


@pytest.mark.parametrize("address", ["/registration/", "/registration/?place=city-hall"])
def test_the_page_runs_its_program_and_nothing_else(show: Show, address: str) -> None:
    folders = dict(static_folders())

    def get(path: str) -> bytes:
        if path == PAGE:
            return show(address, second_factor="both").encode()
        _, _, web, part, rest = path.split("/", 4)
        return (folders[f"{web}/{part}"] / rest).read_bytes()

    assert differences(registration_program(), PAGE, get) == []


@pytest.mark.parametrize("certificate", ["signature", "user"])
def test_what_is_typed_for_the_card_is_called_as_in_the_cards_own_window(show: Show, certificate: str) -> None:
    words = (Path(agent.__file__).parent / "static" / "words.js").read_text(encoding="utf-8")
    named = re.search(rf'^ +{certificate}: "(.*暗証番号.*)",$', words, re.MULTILINE)
    assert named is not None
    text = show(certificate=certificate)
    for screen in ("welcome", "card"):
        shown = text.partition(f'data-screen="{screen}"')[2].partition("</section>")[0]
        assert named[1].replace(" ", "") in shown, screen


def test_stylesheets_load_nothing_and_use_known_tokens() -> None:
    tokens = (LOOK / "tokens.css").read_text(encoding="utf-8")
    rules = (LOOK / "civic.css").read_text(encoding="utf-8")
    assert "url(" not in tokens + rules
    assert "@import" not in tokens + rules
    assert set(re.findall(r"var\((--[\w-]+)\)", tokens + rules)) <= set(re.findall(r"(--[\w-]+):", tokens))


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2 (relative luminance)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def themes() -> dict[str, dict[str, str]]:
    text = (LOOK / "tokens.css").read_text(encoding="utf-8")
    blocks = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in text.split(":root {")[1:]]
    light, dark, more, more_dark = blocks
    return {"light": light, "dark": light | dark, "more": light | more, "more-dark": light | dark | more_dark}


@pytest.mark.parametrize("theme", ["light", "dark", "more", "more-dark"])
def test_contrast_of_every_pair_in_use(theme: str) -> None:
    colours = themes()[theme]
    grounds: dict[str, tuple[str, ...]] = {
        "text": ("ground", "surface", "key-soft", "warn-soft", "good-soft", "bad-soft")
    }
    grounds |= {"text-soft": ("surface", "key-soft"), "link": ("surface", "key-soft", "ground")}
    grounds |= {"key": ("surface", "key-soft"), "good": ("surface", "good-soft"), "bad": ("bad-soft",)}
    grounds |= {"on-key": ("key", "key-strong")}
    for ink, papers in grounds.items():
        for paper in papers:
            assert contrast(colours[ink], colours[paper]) >= 4.5, (theme, ink, paper)
    assert contrast(colours["edge-control"], colours["surface"]) >= 3
    assert max(contrast(colours["focus"], colours["ground"]), contrast(colours["focus-ring"], colours["ground"])) >= 3
