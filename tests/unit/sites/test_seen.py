"""What of a page is another program: each module, each list, and whatever else could run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ippyo.sites.program import Program
from ippyo.sites.seen import differences
from ippyo.web_modules import integrity_of

FILES = {"/m/main.js": b"import './way.js'", "/m/way.js": b"export {}", "/m/worker.js": b"postMessage(1)"}
HASHES = {address: integrity_of(content) for address, content in FILES.items()}
PROGRAM = Program(
    "/m/main.js",
    {address: HASHES[address] for address in ("/m/main.js", "/m/way.js")},
    {"/m/worker.js": HASHES["/m/worker.js"]},
)
PATH = "/page"
PAGE = f"""<!doctype html><script type="importmap">{PROGRAM.import_map}</script>
<script type="module" src="/m/main.js"></script><a href="/">x</a>
<script id="words" type="application/json">{{"a":"\\u003c/b>"}}</script>
<script id="worker" type="application/json">{PROGRAM.worker_list}</script>"""


def served(page: str = PAGE, altered: str = "") -> Callable[[str], bytes]:
    files = {PATH: page.encode(), **FILES} | ({altered: b"evil()"} if altered else {})
    return lambda path: files[path]


def test_the_same_program_differs_in_nothing() -> None:
    assert differences(PROGRAM, PATH, served()) == []


@pytest.mark.parametrize("address", FILES)
def test_an_altered_module_is_named(address: str) -> None:
    assert differences(PROGRAM, PATH, served(altered=address)) == [address]


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        (HASHES["/m/way.js"], HASHES["/m/main.js"], ["<script type=importmap>"]),
        (HASHES["/m/worker.js"], HASHES["/m/way.js"], ["<script type=application/json>"]),
        ('src="/m/main.js"', 'src="/m/way.js"', ["<script type=module>"]),
        ('<script type="module" src="/m/main.js"></script>', "", ["<script type=module>"]),
        ("<a href", "<script>evil()</script><a href", ["<script type=>"]),
        ("<a href", '<script type="module" src="/m/main.js"></script><a href', ["<script type=module>"]),
        ("<a href", "<a onclick='evil()' href", ["<a>"]),
        ('href="/"', 'href=" JavaScript:evil()"', ["<a>"]),
        ("<a href", "<base href='/evil/'><a href", ["<base>"]),
        ("<a href", "<iframe src='/evil'></iframe><a href", ["<iframe>"]),
    ],
)
def test_an_altered_page_is_told(old: str, new: str, named: list[str]) -> None:
    assert old in PAGE
    assert differences(PROGRAM, PATH, served(PAGE.replace(old, new))) == named


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<a href", "<!--><script>evil()</script>--><a href"),
        ("<a href", "<![CDATA[><script>evil()</script>]]><a href"),
        ("<a href", "<?x <script>evil()</script>><a href"),
        ('src="/m/main.js"', 'src="/evil.js" src="/m/main.js"'),
        ("<a href", "<script type='' type='application/json'>evil()</script><a href"),
        ("<a href", "<svg><style><img src=x onerror='evil()'></style></svg><a href"),
        ("<a href", "<svg><script type='application/json'><img src=x onerror='evil()'></script></svg><a href"),
        ('/b>"}</script>', '/b>"}</script/><script>evil()</script>'),
    ],
)
def test_what_a_browser_reads_otherwise_hides_nothing(old: str, new: str) -> None:
    assert old in PAGE
    assert differences(PROGRAM, PATH, served(PAGE.replace(old, new))) != []


def test_no_page_at_all() -> None:
    assert len(differences(PROGRAM, PATH, served(""))) == 3
