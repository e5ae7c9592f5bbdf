"""The checker's file: complete, the same every time, and unable to load or send anything."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

import pytest

from ippyo.booth.checker.document import checker_file
from ippyo.booth.checker.modules import import_map
from ippyo.booth.checker.site import CheckerSite
from ippyo.errors import InputError


def test_every_import_is_inside(vendor: None) -> None:
    imports = import_map()["imports"]
    for name, address in imports.items():
        text = base64.b64decode(address.removeprefix("data:text/javascript;base64,")).decode()
        code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        for specifier in re.findall(r"""(?:^|\n)\s*(?:import|export|\})[^;\n]*?from\s*["']([^"']+)""", code):
            assert specifier in imports, f"{name} imports {specifier}"
    assert "ippyo:vendor/qr/decode.js" in imports


def test_a_missing_module_is_named() -> None:
    with pytest.raises(InputError, match=r"web/checker/missing\.js"):
        import_map("checker/missing.js")
    with pytest.raises(InputError, match="web/"):
        import_map("nowhere/main.js")


def test_the_same_poll_makes_the_same_file(vendor: None, small_poll: Any) -> None:
    one, two = checker_file(small_poll.poll), checker_file(small_poll.poll)
    assert one == two
    assert one.sha256 == hashlib.sha256(one.content).hexdigest()


def test_it_can_reach_nobody(vendor: None, small_poll: Any) -> None:
    text = checker_file(small_poll.poll).content.decode()
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)[0]
    assert policy.startswith("default-src &#x27;none&#x27;")
    assert "connect-src" not in policy
    assert "unsafe" not in policy
    assert not re.search(
        r"""(?:src|href)=["'](?!data:)""", text.split("</head>")[1].split('<script type="application')[0]
    )


def test_the_texts_of_the_poll_cannot_end_their_element(vendor: None, small_poll: Any) -> None:
    text = checker_file(small_poll.poll).content.decode()
    inside = re.findall(r'<script type="application/json" id="poll">(.*?)</script>', text, flags=re.DOTALL)[0]
    assert "<" not in inside
    assert json.loads(inside)["fingerprint"] == small_poll.phi


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", "200 OK"),
        ("HEAD", "/ippyo-checker.html", "200 OK"),
        ("GET", "/other", "404 Not Found"),
        ("POST", "/", "405 Method Not Allowed"),
    ],
)
def test_the_site_answers_two_addresses(vendor: None, small_poll: Any, method: str, path: str, status: str) -> None:
    seen: list[Any] = []
    site = CheckerSite(small_poll.poll)
    start: Any = lambda *answer: seen.append(answer)  # noqa: E731
    body = b"".join(site({"REQUEST_METHOD": method, "PATH_INFO": path}, start))
    assert seen[0][0] == status
    assert bool(body) == (method == "GET" and path == "/")
    if path == "/" and method == "GET":
        assert site.file.sha256 in body.decode()
