"""The two pages of the simulated service: asking for consent, and saying that something is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import islice

from ippyo.identity.simulated.digital_auth.service import Consent

__all__ = ["consent_page", "error_page"]

SUGGESTIONS = 50

WORDS = {
    "name": "氏名 Name",
    "address": "住所 Address",
    "birthdate": "生年月日 Date of birth",
    "gender": "性別 Sex",
    "sign": "署名用電子証明書による署名 Signature",
}

_STYLE = (
    "body{font:1.1rem/1.7 sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem}"
    "strong{background:#fd0;padding:.2em .5em}"
    "input,button{font:inherit;min-height:44px;padding:.3em 1em;margin:.3em .3em .3em 0}"
    "button,input{border:2px solid #333;border-radius:8px}"
)


def consent_page(name: str, consent: Consent, people: Iterable[str], action: str) -> str:
    """Return the page that asks which (virtual) card is held to the phone, and whether its data may be handed on."""
    wanted = "".join(f"<li>{WORDS[scope]}</li>" for scope in WORDS if scope in consent.scopes)
    options = "".join(f'<option value="{escape(person)}">' for person in islice(people, SUGGESTIONS))
    return _page(
        "デジタル認証（シミュレーター）",
        f"""<p>{escape(consent.client.client_id)} に次の情報を提供します。 To be shown to this service:</p>
<ul>{wanted}</ul>
<form method="post" action="{escape(action)}">
<input type="hidden" name="consent" value="{escape(name)}">
<p><label>仮想カードの持ち主 Whose virtual card<br><input name="person" list="people" autocomplete="off"></label>
<datalist id="people">{options}</datalist></p>
<p><button name="decision" value="allow">同意する Allow</button>
<button name="decision" value="refuse">同意しない Refuse</button>
<button name="decision" value="time-out">時間切れにする Time out</button></p>
</form>""",
    )


def error_page(error: str) -> str:
    """Return the page for a request that is not in order."""
    return _page("リクエストが正しくありません", f"<p>This request is not in order: <code>{escape(error)}</code></p>")


def _page(title: str, body: str) -> str:
    return f"""<!DOCTYPE html>
<html lang="ja"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>{escape(title)}</title><style>{_STYLE}</style></head>
<body><main><p><strong>シミュレーター Simulator</strong></p><h1>{escape(title)}</h1>
{body}</main></body></html>"""
