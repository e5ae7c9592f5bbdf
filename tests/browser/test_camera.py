"""The camera: what it sees is a video file, and everything behind it is the browser's own path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import segno
from PIL import Image, ImageOps
from tests import browser_hands as hands

SIZE = (640, 480)
LONG = 15
"""Frames for which each picture is held before the camera."""

WHITE = 255


def film(file: Path, pictures: Sequence[bytes]) -> None:
    """Write a video (YUV4MPEG2, grey) that shows the pictures, one after the other; it is played again and again."""
    neutral = bytes([128]) * (SIZE[0] * SIZE[1] // 2)
    with file.open("wb") as video:
        video.write(b"YUV4MPEG2 W%d H%d F15:1 Ip A1:1 C420jpeg\n" % SIZE)
        for picture in pictures:
            seen = Image.open(BytesIO(picture)).convert("L")
            frame = ImageOps.pad(ImageOps.contain(seen, (440, 440)), SIZE, color=WHITE).tobytes()
            video.write((b"FRAME\n" + frame + neutral) * LONG)


def qr(text: str) -> bytes:
    """Return a QR code as a picture (PNG)."""
    out = BytesIO()
    segno.make(text, error="m").save(out, kind="png", scale=8, border=4)
    return out.getvalue()


@pytest.fixture
def camera(launch: Callable[..., Any], tmp_path: Path) -> Any:
    """Return ``camera(address)``: a page in a browser whose camera plays a file, and ``show`` to change the film."""
    file = tmp_path / "camera.y4m"

    @contextmanager
    def opened(address: str) -> Iterator[tuple[Any, Callable[..., None]]]:
        film(file, [qr("nothing to see")])
        browser = launch(
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={file}",
        )
        page = browser.new_page(locale="en-GB")
        # How many of the film's pictures are looked at, is a matter of how busy the machine is.
        page.set_default_timeout(120_000)
        page.goto(address)
        yield page, lambda *pictures: film(file, pictures)

    return opened


def test_the_booth_reads_the_voting_code(booth: Any, camera: Any) -> None:
    voter = booth.small.voter()
    with camera(f"{booth.origin}/vote?lang=en") as (page, show):
        hands.ready(page)
        page.click("[data-do=begin]")
        hands.screen(page, "code")
        show(qr(voter.code.reveal()))
        page.click("[data-do=scan]")
        hands.give_ticket(page, voter.ticket.to_text())
        hands.screen(page, "contest")
        assert page.evaluate("document.querySelector('#camera video').srcObject") is None


def test_what_is_no_voting_code_is_said(booth: Any, camera: Any) -> None:
    with camera(f"{booth.origin}/vote?lang=en") as (page, _):
        hands.ready(page)
        page.click("[data-do=begin]")
        page.click("[data-do=scan]")
        page.locator("#voting-code-error").wait_for(state="visible")
        assert "not a voting code" in page.inner_text("#voting-code-error")


def test_the_checker_reads_the_sealed_ballot_and_its_opening(booth: Any, chromium: Any, camera: Any) -> None:
    voter = booth.small.voter()
    page = chromium.new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{booth.origin}/vote?lang=en")
    hands.ready(page)
    hands.type_code(page, voter.code.reveal())
    hands.give_ticket(page, voter.ticket.to_text())
    hands.screen(page, "contest")
    hands.choose(page, "1", "2")
    hands.screen(page, "sealed")
    with camera(f"{booth.checker}?lang=en") as (checker, show):
        hands.ready(checker)
        show(*hands.codes(page, "sealed-qr"))
        checker.click("#camera")
        checker.wait_for_selector("#step-1.past")
        seen = checker.locator("#seen .seen").all_inner_texts()
        assert ["".join(groups.split()) for groups in seen] == [tracker[:8] for tracker in hands.trackers(page)]
        # Between the two codes people compare: the camera has stopped.
        assert not checker.locator("#video").is_visible()
        page.click("[data-do=check]")
        hands.screen(page, "opening")
        parts = []
        for _ in range(int(page.inner_text("[data-out=opening-part]").split()[-1])):
            parts += hands.codes(page, "opening-qr")
            if page.locator("[data-do=next-part]").is_visible():
                page.click("[data-do=next-part]")
        show(*parts)
        checker.click("#camera")
        checker.locator("#verdict-true").wait_for(state="visible")
        held = checker.locator("#held li").all_inner_texts()
        assert [" ".join(line.split()) for line in held] == ["2 Against", "3 Candidate 3"]
