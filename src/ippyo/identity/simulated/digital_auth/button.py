"""A person who presses a button of the consent page, without a browser: for the demo and for tests."""

from __future__ import annotations

import re
from html import unescape

import requests

from ippyo.errors import InputError

__all__ = ["press_button"]

SECONDS = 60.0

_CONSENT = re.compile(r'name="consent" value="([^"]+)"')
_ACTION = re.compile(r'action="([^"]+)"')


def press_button(location: str, person: str, decision: str = "allow") -> str:
    """Open the consent page at ``location``, decide for ``person``, and return the address to go back to.

    Raises :class:`InputError` when there is no such page, or no way back from it.
    """
    try:
        page = requests.get(location, timeout=SECONDS, allow_redirects=False)
        consent, action = _CONSENT.search(page.text), _ACTION.search(page.text)
        if page.status_code != 200 or consent is None or action is None:
            raise InputError("the simulated デジタル認証 shows no consent page for this request")
        form = {"consent": unescape(consent[1]), "person": person, "decision": decision}
        address = requests.compat.urljoin(location, unescape(action[1]))
        answer = requests.post(address, data=form, timeout=SECONDS, allow_redirects=False)
    except requests.RequestException:
        raise InputError("the simulated デジタル認証 does not answer") from None
    back = answer.headers.get("Location")
    if answer.status_code != 303 or back is None:
        raise InputError("the simulated デジタル認証 sends nobody back")
    return back
