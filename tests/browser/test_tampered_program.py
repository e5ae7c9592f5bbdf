"""A site, or a machine on the way, that serves another program than the page names: it does not run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from tests import browser_hands as hands

from ippyo.booth.site.program import voting_program
from ippyo.registry.site.program import registration_program
from ippyo.sites.program import Program

ALTERED = "/* altered on the way */"
OF_THE_PAGE = ["voting/main.js", "voting/way.js", "ippyo/http.js"]
OF_THE_WORKER = ["voting/worker.js", "voting/device.js", "ippyo/seal.js", "vendor/noble/curves/abstract/edwards.js"]
OF_REGISTRATION = ["registration/main.js", "ippyo/remote.js"]
OF_ITS_WORKER = ["ippyo/worker.js", "ippyo/blind_rsa.js"]


@pytest.fixture
def desk(office_maker: Any, registry_sites: Any) -> str:
    """Return the origin of a registry's desk. It comes before the browser (see conftest)."""
    maker = office_maker()
    (site, origin), (_, further) = registry_sites
    site.office = maker.office(config=maker.config(origin=origin, issuers=(origin, further)))
    return str(origin)


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    context = chromium.new_context()
    context.set_default_timeout(120_000)
    yield context.new_page()
    context.close()


def alter(page: Any, module: str) -> list[str]:
    """Let a module come altered, by a comment only; the list returned fills with what was altered."""
    done: list[str] = []

    def altered(route: Any) -> None:
        done.append(module)
        route.fulfill(body=route.fetch().text() + ALTERED, content_type="text/javascript")

    page.context.route(f"**/static/web/{module}", altered)
    return done


@pytest.mark.parametrize("module", OF_THE_PAGE)
def test_a_page_with_an_altered_module_does_not_start_and_says_so(booth: Any, page: Any, module: str) -> None:
    require_not_started(page, f"{booth.origin}/vote?lang=en", module, "do not vote here")


@pytest.mark.parametrize("module", OF_REGISTRATION)
def test_no_more_does_a_registration_page(desk: str, page: Any, module: str) -> None:
    require_not_started(page, f"{desk}/registration/", module, "do not register here")


def require_not_started(page: Any, address: str, module: str, words: str) -> None:
    """Nothing runs while the module comes altered, and the page says so; without the alteration it runs."""
    done = alter(page, module)
    page.goto(address)
    page.locator(".not-started").wait_for(state="visible")
    assert words in page.inner_text(".not-started")
    assert done
    assert page.get_attribute("html", "data-script") is None
    assert not page.locator("[data-do=begin]").is_visible()
    page.context.unroute_all()
    page.reload()
    page.wait_for_selector("html[data-script=on]")
    assert not page.locator(".not-started").is_visible()


@pytest.mark.parametrize("module", OF_THE_WORKER)
def test_an_altered_module_of_the_worker_gets_no_voting_code(booth: Any, page: Any, module: str) -> None:
    require_no_worker(page, f"{booth.origin}/vote?lang=en", module, "code")


@pytest.mark.parametrize("module", OF_ITS_WORKER)
def test_an_altered_module_of_the_registration_worker_makes_no_voting_code(desk: str, page: Any, module: str) -> None:
    require_no_worker(page, f"{desk}/registration/", module, "card")
    # Who gives up instead finds the page as it was at first.
    alter(page, module)
    page.reload()
    hands.ready(page)
    page.click("[data-do=begin]")
    hands.screen(page, "refused")
    page.click("[data-do=start-again]")
    hands.screen(page, "welcome")


def require_no_worker(page: Any, address: str, module: str, then: str) -> None:
    """No worker starts while the module comes altered, and the page says so; else it goes on to the screen ``then``."""
    done = alter(page, module)
    page.goto(address)
    hands.ready(page)
    page.click("[data-do=begin]")
    refused = hands.screen(page, "refused")
    assert refused.locator("[data-out=refused-code]").inner_text() == "no-worker"
    assert "altered" in refused.inner_text()
    assert done
    assert page.workers == []
    page.context.unroute_all()
    refused.locator("[data-do=retry]").click()
    hands.screen(page, then)


def test_what_loads_later_is_held_to_its_hash_too(booth: Any, page: Any) -> None:
    done = alter(page, "vendor/qr/decode.js")
    page.goto(f"{booth.origin}/vote?lang=en")
    hands.ready(page)
    page.click("[data-do=begin]")
    page.click("[data-do=scan]")
    page.get_by_text("The camera cannot be used").wait_for()
    assert done


def test_a_script_put_into_the_page_is_not_run(booth: Any, page: Any) -> None:
    def put_in(route: Any) -> None:
        answer = route.fetch()
        body = answer.text().replace("</head>", "<script>document.documentElement.dataset.evil = 1</script></head>")
        route.fulfill(response=answer, body=body)

    page.context.route("**/vote?*", put_in)
    page.goto(f"{booth.origin}/vote?lang=en")
    hands.ready(page)
    assert page.get_attribute("html", "data-evil") is None


def test_anybody_can_compare_what_a_booth_serves(booth: Any) -> None:
    require_comparable("booth", voting_program(), booth.origin, booth.checker)


def test_anybody_can_compare_what_a_registry_serves(desk: str, booth: Any) -> None:
    require_comparable("registry", registration_program(), desk, booth.checker)


def require_comparable(group: str, program: Program, origin: str, another: str) -> None:
    """The command lists the program, finds it at ``origin``, and does not find it at ``another`` site."""
    command = [sys.executable, "-m", "ippyo", group, "integrity"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert listed.count("\n") == len(program.modules) + 1
    assert program.fingerprint in listed
    same = subprocess.run([*command, origin], capture_output=True, text=True, check=False)
    assert same.returncode == 0, same.stdout
    assert program.fingerprint in same.stdout
    other = subprocess.run([*command, another], capture_output=True, text=True, check=False)
    assert other.returncode == 1
    assert program.entry in other.stdout
