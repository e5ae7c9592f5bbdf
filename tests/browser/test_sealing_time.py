"""How long sealing takes in Chromium, with the very modules of the voting page. ``pytest -s`` shows the figures."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any

import pytest

WEB = Path(__file__).parents[2] / "web"
SEAL = """async answers => {
  const at = name => import(`/ippyo/${name}.js`);
  const [{ seal }, { deriveCredential }, { VotingCode }, group] =
    await Promise.all(["seal", "credential", "voting_code", "group"].map(at));
  const fingerprint = "x".repeat(43);
  const contest = { answers: Array.from({ length: answers }), blank: true, min: 1, max: 1 };
  const key = group.precompute(group.mulBase(group.randomScalar()));
  const election = { contest, key, uuid: "x".repeat(22), fingerprint };
  const credential = deriveCredential(VotingCode.generate(), fingerprint);
  const choice = contest.answers.map((_, i) => (i === 1 ? 1 : 0));
  return Array.from({ length: 8 }, () => {
    const begun = performance.now();
    seal(election, credential, choice);
    return performance.now() - begun;
  });
}"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves the folder ``web``."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(WEB))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        page = chromium.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/look/tokens.css")
        yield page
        page.close()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("answers", "most_ms"), [(10, 250), (40, 1000)])
def test_nobody_waits_for_the_sealing(page: Any, answers: int, most_ms: int) -> None:
    first, *later = page.evaluate(SEAL, answers)
    print(f"\nsealing {answers} answers and blank: first {first:.0f} ms, median of {len(later)} {median(later):.0f} ms")
    # The best of some: whatever else the machine does is not the page's.
    assert min(first, *later) < most_ms
