"""The booth's JSON manners, and Django's handlers of errors."""

from __future__ import annotations

from ippyo.booth.site.refusals import REFUSALS
from ippyo.poll.text import Text
from ippyo.sites.answers import JsonApi

__all__ = ["API", "bad_request", "forbidden", "not_found", "server_error"]

API = JsonApi(REFUSALS, Text("投票", "Voting"))

bad_request, forbidden, not_found, server_error = API.bad_request, API.forbidden, API.not_found, API.server_error
