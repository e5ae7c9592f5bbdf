"""A registry of two issuers on free ports, a card agent with a virtual card, and Debian's Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from tests import booth_at_work

from ippyo import profiles
from ippyo.cli.demo.live import LivePoll, live_manifest
from ippyo.registry.issuance.models import Issuance
from ippyo.registry.site.office import use

TESTS = Path(__file__).parents[1]
CHROMIUM = shutil.which("chromium")
VENDOR = TESTS.parent / "web" / "vendor" / ".made"


@pytest.fixture(scope="session")
def booths_at_work() -> ModuleType:
    """Return the module tests/booth_at_work.py."""
    return booth_at_work


def _registration_page(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [b"<!doctype html><title>registration</title>"]


@pytest.fixture(scope="session")
def booth(
    booths_at_work: ModuleType, small_polls: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """Yield a booth at work, with a checker and a page that stands for the registry, the same for the whole run."""
    checker = booths_at_work.Late()
    with (
        booths_at_work.served(checker) as where,
        booths_at_work.served(_registration_page) as registry,
        booths_at_work.open_booth(small_polls, tmp_path_factory.mktemp("booth"), where, registry) as opened,
    ):
        checker.app = booths_at_work.checker_site(opened.small.poll)
        yield opened


class Site:
    """One issuer's registry as a WSGI application. All share the test's database connection, one request at a time."""

    lock = Lock()

    def __init__(self, is_desk: bool) -> None:
        self.office: Any = None
        self._is_desk = is_desk
        self._issuances: list[Issuance] = []
        self._django = get_wsgi_application()
        self._connection = connections["default"]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self.lock, use(self.office):
            connections["default"] = self._connection
            with nullcontext() if self._is_desk else self._own_issuances():
                answer = self._django(environ, start_response)
                try:
                    return list(answer)
                finally:
                    answer.close()

    @contextmanager
    def _own_issuances(self) -> Iterator[None]:
        """Each issuer has a database of its own. Here they share one, in which this one's tickets take turns."""
        others = _exchange(self._issuances)
        yield
        self._issuances = _exchange(others)


def _exchange(rows: list[Issuance]) -> list[Issuance]:
    before = list(Issuance.objects.all())
    Issuance.objects.all().delete()
    Issuance.objects.bulk_create(rows)
    return before


@pytest.fixture
def registry_sites(transactional_db: None) -> Iterator[tuple[tuple[Site, str], tuple[Site, str]]]:
    """Yield desk and further issuer, each with its origin. Give each its office before a browser comes."""
    connection.inc_thread_sharing()
    desk, further = Site(is_desk=True), Site(is_desk=False)
    try:
        with (
            booth_at_work.served(desk, "localhost") as first,
            booth_at_work.served(further, "localhost") as second,
        ):
            yield (desk, first), (further, second)
    finally:
        connection.dec_thread_sharing()


@pytest.fixture(scope="module")
def live_poll(
    require: Callable[[str, bool, str], None], card_agent_port: bool, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LivePoll]:
    """Yield the demonstration's poll at work: registries, booth, board, checker, and the card agent at its port."""
    require("the card agent's port 8931", card_agent_port, "end the program that listens there (another demo?)")
    folder = tmp_path_factory.mktemp("live-poll")
    manifest = live_manifest(profiles.load("residents-poll"))
    with LivePoll.opened(manifest, folder / "record", folder / "private") as live:
        assert live.agent_problem == ""
        yield live


@pytest.fixture
def launch(require: Callable[[str, bool, str], None]) -> Iterator[Callable[..., Any]]:
    """Return ``launch(*arguments)``, which starts a browser with further arguments.

    While one is there, this thread must not touch the database.
    """
    require("chromium", CHROMIUM is not None, "run 'make system-packages' as root, or install Chromium")
    require("web/vendor", VENDOR.is_file(), "run 'make web/vendor/.made'")
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415 - heavy, and only needed with a browser

    # As long as everything else is waited for; of itself it gives up after five seconds.
    expect.set_options(timeout=120_000)
    browsers: list[Any] = []
    with sync_playwright() as playwright:

        def start(*arguments: str) -> Any:
            # Root, which CI is, has no sandbox; the pages are our own.
            options = ["--no-sandbox", *arguments]
            browsers.append(playwright.chromium.launch(executable_path=CHROMIUM, args=options))
            return browsers[-1]

        try:
            yield start
        finally:
            for browser in browsers:
                with suppress(Exception):
                    browser.close()


@pytest.fixture
def chromium(launch: Callable[..., Any]) -> Any:
    """Return a browser."""
    return launch()
