from __future__ import annotations

from ippyo.identity.simulated.digital_auth.pages import SUGGESTIONS, consent_page, error_page
from ippyo.identity.simulated.digital_auth.service import Consent, RegisteredClient

CLIENT = RegisteredClient("<town>", ("https://vote.example/",), {})


def consent(*scopes: str) -> Consent:
    return Consent(CLIENT, "https://vote.example/", "state", "nonce", "challenge", frozenset(scopes), "")


def test_the_page_names_what_is_handed_on_and_hides_the_rest() -> None:
    page = consent_page("name", consent("openid", "name", "birthdate"), ['"><script>'], "/consent")
    assert "氏名" in page
    assert "生年月日" in page
    assert "住所" not in page
    assert "<script>" not in page
    assert "<town>" not in page
    assert all(f'value="{decision}"' in page for decision in ("allow", "refuse", "time-out"))
    assert "シミュレーター" in page


def test_only_some_people_are_suggested() -> None:
    page = consent_page("name", consent("openid"), map(str, range(1000)), "/consent")
    assert page.count("<option") == SUGGESTIONS


def test_errors_are_escaped() -> None:
    assert "&lt;b&gt;" in error_page("<b>")
