"""The page that the live demonstration begins with: who to be, where to go, and the button that closes and counts.

On this computer only. Forms carry a token, so that no other page open in the browser can press a button here.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from hmac import compare_digest
from html import escape
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

from ippyo.audit.report import printable
from ippyo.cli.demo.live import DemoPerson, LivePoll
from ippyo.cli.japanese import translate
from ippyo.errors import IppyoError
from ippyo.poll.result import ContestResult
from ippyo.web_files import static_folders

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["StartPage"]

FORM_LIMIT = 1000
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_STYLES = ("tokens.css", "civic.css")
_OWN_STYLE = b"""table { width: 100%; border-collapse: collapse; }
th, td { padding: var(--space-3) var(--space-2); border-bottom: 1px solid var(--edge); text-align: start; }
td a, td code { white-space: nowrap; font-family: var(--font-code); }
td button { min-height: var(--target); white-space: nowrap; }
:is(td, thead th):last-child { text-align: end; }
p.fact { margin-block: var(--space-5); padding-block: var(--space-3); border-radius: var(--radius); }
caption { text-align: start; font-weight: 700; }
th { white-space: nowrap; }
[lang="en"] { margin-inline-start: 0.4em; }
h1 [lang="en"], h2 [lang="en"], p > [lang="en"] { display: block; margin: 0; }
button [lang="en"] { font-weight: 400; }
td strong [lang="en"] { display: block; margin: 0; }
thead [lang="en"] { display: block; margin: 0; overflow-wrap: normal; }
@media (max-width: 40rem) { .people thead { display: none; }
  td[data-label]::before { content: attr(data-label) ": "; color: var(--text-soft); font-size: var(--size-small); }
  button [lang="en"] { display: block; margin: 0; }
  .people :is(tr, th, td) { display: block; border: 0; padding: var(--space-1) 0; }
  .people tr { padding-block: var(--space-4); border-bottom: 1px solid var(--edge); }
  .people td:last-child { text-align: start; } }
"""


class StartPage:
    """A WSGI application: ``/``, the style sheets, ``POST /insert``, ``POST /count``."""

    def __init__(self, live: LivePoll) -> None:
        self._live = live
        self._token = secrets.token_urlsafe(24)
        self._counting = Lock()
        self._problem = ""
        look = dict(static_folders())["web/look"]
        self._styles = {f"/{name}": (look / name).read_bytes() for name in _STYLES} | {"/start.css": _OWN_STYLE}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        method, path = str(environ.get("REQUEST_METHOD", "")), str(environ.get("PATH_INFO", ""))
        headers = [
            ("Content-Security-Policy", _POLICY),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cache-Control", "no-store"),
        ]
        if method in {"GET", "HEAD"} and path in self._styles:
            start_response("200 OK", [("Content-Type", "text/css; charset=utf-8"), *headers])
            return [self._styles[path]]
        if method in {"GET", "HEAD"} and path == "/":
            start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), *headers])
            return [self._page().encode()]
        if method == "POST" and path in {"/insert", "/count"}:
            form = _form(environ)
            if not compare_digest(form.get("token", ""), self._token):
                start_response("403 Forbidden", [("Content-Type", "text/plain; charset=utf-8"), *headers])
                return ["このページのボタンを使ってください。 Use the buttons of this page.\n".encode()]
            self._act(path, form)
            start_response("303 See Other", [("Location", "/"), *headers])
            return [b""]
        start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8"), *headers])
        return ["ページがありません。 There is no such page.\n".encode()]

    def _act(self, path: str, form: dict[str, str]) -> None:
        if path == "/insert":
            number = form.get("number", "")
            self._live.reader.insert(int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 0)
            return
        with self._counting:
            try:
                self._live.close_and_count()
            except IppyoError as error:
                self._problem = str(error)

    def _page(self) -> str:
        live = self._live
        body = _result(live) if live.outcome else self._voting()
        problem = f'<p class="alert" role="alert">{_both(self._problem)}</p>' if self._problem else ""
        title = live.manifest.title
        return f"""<!doctype html>
<html lang="ja">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>一票 体験 · Ippyo, try it</title>
<link rel="stylesheet" href="/tokens.css"><link rel="stylesheet" href="/civic.css">
<link rel="stylesheet" href="/start.css"></head>
<body>
<header class="masthead"><div class="masthead-inner"><p class="masthead-title">一票 Ippyo</p></div></header>
<main>
<div class="screen">
<h1>{escape(title.ja)}<span lang="en" class="small">{escape(title.en)}</span></h1>
<p>体験用です。人もカードも架空で、この計算機の外には何も出ません。
<span lang="en">A try-out: people and cards are invented, and nothing leaves this computer.</span></p>
{problem}{body}
</div>
</main>
</body>
</html>
"""

    def _voting(self) -> str:
        live = self._live
        agent = (
            '<p class="alert">カードエージェントは動いていません。登録では「スマートフォン」を選んでください。'
            '<span lang="en">No card agent here; choose the phone when registering.</span>'
            f"{_both(live.agent_problem)}</p>"
            if live.agent_problem
            else ""
        )
        people = "\n".join(map(self._person, live.people))
        registration, booth, board, checker, desk = (
            escape(live.addresses[name]) for name in ("registration", "booth", "board", "checker", "desk")
        )
        return f"""
<h2>1. だれになりますか <span lang="en" class="small">Who would you like to be?</span></h2>
{agent}
<p>「リーダーに置く」を押すと、その人のカードがこの計算機のリーダーに載ります。登録用コードは郵送の通知に当たります。\
押すと、コードの入った登録のページが開きます。
<span lang="en">The button puts that person's card on this computer's reader. The code is what came by post: it opens
registration, filled in.</span></p>
<table class="people">
<thead><tr><th scope="col">名前 <span lang="en">name</span></th>
<th scope="col">登録用コード <span lang="en">code</span></th>
<th scope="col">暗証番号 <span lang="en">PIN</span></th>
<th scope="col">カード <span lang="en">card</span></th></tr></thead>
<tbody>
{people}
</tbody></table>
<h2>2. 登録して投票する <span lang="en" class="small">Register, then vote</span></h2>
<p><a href="{registration}">登録のページ <span lang="en">registration</span></a> から始めます。\
すでに投票用コードがあれば <a href="{booth}">投票のページ <span lang="en">booth</span></a> へ。</p>
<ul>
<li><a href="{checker}">確認のページ <span lang="en">checker</span></a>：封をした票の中身を、\
投じる前に別の端末で確かめる</li>
<li><a href="{board}">掲示板 <span lang="en">bulletin board</span></a>：投票の数、追跡番号、検証</li>
<li><a href="{desk}">投票サポート窓口 <span lang="en">support desk</span></a>：共用の端末（キオスク）で投票する</li>
</ul>
<h2>3. 締め切って数える <span lang="en" class="small">Close and count</span></h2>
<form method="post" action="/count"><input type="hidden" name="token" value="{self._token}">
<p class="actions"><button class="primary">締め切って数える <span lang="en">Close and count</span></button></p></form>
"""

    def _person(self, person: DemoPerson) -> str:
        live = self._live
        here = live.reader.inserted == person.number
        fragment = f"#code={quote(person.code)}&poll={quote(live.poll.fingerprint, safe='')}" if person.code else ""
        link = escape(live.addresses["registration"] + fragment)
        code = f'<a href="{link}">{escape(person.code)}</a>' if person.code else f'<a href="{link}">—</a>'
        action = (
            '<strong>リーダーの上 <span lang="en">on the reader</span></strong>'
            if here
            else f'<form method="post" action="/insert"><input type="hidden" name="token" value="{self._token}">'
            f'<input type="hidden" name="number" value="{person.number}">'
            f'<button>リーダーに置く<span class="visually-hidden">（{escape(person.name)}）</span></button></form>'
        )
        return (
            f'<tr><th scope="row">{escape(person.name)}<br><span class="small">{escape(person.kana)}</span></th>'
            f'<td data-label="登録用コード">{code}</td>'
            f'<td data-label="暗証番号"><code>{escape(person.pin)}</code></td><td>{action}</td></tr>'
        )


def _both(problem: str) -> str:
    """Return what went wrong in both languages."""
    ja, en = (escape(printable(words)) for words in (translate(problem), problem))
    return f'{ja} <span lang="en">{en}</span>'


def _result(live: LivePoll) -> str:
    outcome = live.outcome
    assert outcome is not None
    tables = "\n".join(map(_table, outcome.results))
    verdict = (
        f'<p class="fact">検証 {outcome.passed} 項目すべて合格 <span lang="en">every check passed</span></p>'
        if not outcome.failed
        else f'<p class="alert">検証 {outcome.failed} 項目が不合格 <span lang="en">checks failed</span></p>'
    )
    return f"""
<h2>結果 <span lang="en" class="small">Result</span></h2>
{tables}
{verdict}
<p>記録は <code>{escape(str(outcome.record))}</code> にあります。だれでも
<code>ippyo verify {escape(str(outcome.record))}</code> で、もう一度確かめられます。
<span lang="en">The record is public; anybody can verify it again.</span>
<a href="{escape(live.addresses["board"])}">掲示板 <span lang="en">board</span></a></p>
"""


def _table(result: ContestResult) -> str:
    contest = result.contest
    counts = [(line.answer.name.ja, line.count) for line in result.lines()]
    blank = [("白票 (blank)", result.blank)] if contest.blank else []
    rows = "\n".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{count:,}</td></tr>' for name, count in counts + blank
    )
    return (
        f"<table><caption>{escape(contest.title.ja)}（{result.ballots:,} 票 ballots）</caption>"
        f'<thead><tr><th scope="col">選択肢 <span lang="en">answer</span></th>'
        f'<th scope="col">票 <span lang="en">votes</span></th></tr></thead><tbody>{rows}</tbody></table>'
    )


def _form(environ: WSGIEnvironment) -> dict[str, str]:
    length = str(environ.get("CONTENT_LENGTH") or "0")
    if not (length.isascii() and length.isdigit()) or len(length) > 6 or int(length) > FORM_LIMIT:
        return {}
    text = environ["wsgi.input"].read(int(length)).decode("utf-8", "replace")
    return {name: values[0] for name, values in parse_qs(text, max_num_fields=5).items()}
