"""The bulletin board in a browser: its page that checks receipts."""

from __future__ import annotations

from typing import Any

VERDICTS = ["cast", "trackers", "other", "wrong-poll", "bad", "unread", "offline"]


def test_what_is_no_receipt_is_told_so(booth: Any, chromium: Any) -> None:
    page = chromium.new_page()
    page.goto(f"{booth.origin}/board/receipt?lang=en")
    page.wait_for_selector("html[data-script=on]")
    page.set_input_files("#receipt-file", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"anything"})
    page.locator("#receipt-unread").wait_for()
    assert [name for name in VERDICTS if page.locator(f"#receipt-{name}").is_visible()] == ["unread"]
    assert page.evaluate("document.activeElement.id") == "receipt-verdict"


def test_readings_can_be_hidden_where_the_script_runs(booth: Any, chromium: Any) -> None:
    page = chromium.new_page()
    page.goto(f"{booth.origin}/board/receipt?lang=easy")
    page.wait_for_selector("html[data-script=on]")
    assert page.locator("main rt").first.is_visible()
    page.click("[data-do=furigana]")
    assert page.get_attribute("[data-do=furigana]", "aria-pressed") == "false"
    assert not page.locator("main rt").first.is_visible()
