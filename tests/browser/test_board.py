"""The bulletin board in a browser: axe-core finds nothing on any page, and nothing is cut off on a small screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RUN = "async () => (await axe.run()).violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | '))"
PAGES = ["", "ballots/0", "find", f"find?tracker={'A' * 43}", "receipt", "record"]
VERDICTS = ["cast", "trackers", "other", "wrong-poll", "bad", "unread", "offline"]


@pytest.mark.parametrize("tongue", ["ja", "easy", "en"])
def test_every_page_is_accessible_and_fits(
    booth: Any, chromium: Any, require: Callable[[str, bool, str], None], tongue: str
) -> None:
    require("axe-core", AXE.is_file(), "run 'make web/vendor/.made'")
    page = chromium.new_page(viewport={"width": 320, "height": 640})
    wrong = []
    for path in PAGES:
        page.goto(f"{booth.origin}/board/{path}{'&' if '?' in path else '?'}lang={tongue}")
        page.evaluate(AXE.read_text(encoding="utf-8"))
        wrong += [f"{path}: too wide"] if page.evaluate("document.documentElement.scrollWidth") > 320 else []
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            wrong += [f"{path} {scheme}: {line}" for line in page.evaluate(RUN)]
    assert wrong == []


def test_what_is_no_receipt_is_told_so(booth: Any, chromium: Any) -> None:
    page = chromium.new_page()
    page.goto(f"{booth.origin}/board/receipt?lang=en")
    page.wait_for_selector("html[data-script=on]")
    page.set_input_files("#receipt-file", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"anything"})
    page.locator("#receipt-unread").wait_for()
    assert [name for name in VERDICTS if page.locator(f"#receipt-{name}").is_visible()] == ["unread"]
    assert page.evaluate("document.activeElement.id") == "receipt-verdict"
