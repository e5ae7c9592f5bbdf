"""A booth, or a machine on the way, that serves another program than the page names: it does not run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from tests import browser_hands as hands

from ippyo.booth.site.program import voting_program

COMMAND = [sys.executable, "-m", "ippyo", "booth", "integrity"]
ALTERED = "/* altered on the way */"
OF_THE_PAGE = ["voting/main.js", "voting/way.js", "ippyo/http.js"]
OF_THE_WORKER = ["voting/worker.js", "voting/device.js", "ippyo/seal.js", "vendor/noble/curves/abstract/edwards.js"]


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    context = chromium.new_context()
    context.set_default_timeout(30_000)
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
    done = alter(page, module)
    page.goto(f"{booth.origin}/vote?lang=en")
    page.locator(".not-started").wait_for(state="visible")
    assert "do not vote here" in page.inner_text(".not-started")
    assert done
    assert page.get_attribute("html", "data-script") is None
    assert not page.locator("[data-do=begin]").is_visible()
    page.context.unroute_all()
    page.reload()
    page.wait_for_selector("html[data-script=on]")
    assert not page.locator(".not-started").is_visible()


@pytest.mark.parametrize("module", OF_THE_WORKER)
def test_an_altered_module_of_the_worker_gets_no_voting_code(booth: Any, page: Any, module: str) -> None:
    done = alter(page, module)
    page.goto(f"{booth.origin}/vote?lang=en")
    hands.ready(page)
    page.click("[data-do=begin]")
    refused = hands.screen(page, "refused")
    assert refused.locator("[data-out=refused-code]").inner_text() == "no-worker"
    assert "altered" in refused.inner_text()
    assert done
    assert page.workers == []
    page.context.unroute_all()
    page.click("[data-do=retry]")
    hands.screen(page, "code")


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
    listed = subprocess.run(COMMAND, capture_output=True, text=True, check=True).stdout
    program = voting_program()
    assert listed.count("\n") == len(program.modules) + 1
    assert program.fingerprint in listed
    same = subprocess.run([*COMMAND, booth.origin], capture_output=True, text=True, check=False)
    assert same.returncode == 0, same.stdout
    assert program.fingerprint in same.stdout
    other = subprocess.run([*COMMAND, booth.checker], capture_output=True, text=True, check=False)
    assert other.returncode == 1
    assert "/static/web/voting/main.js" in other.stdout
