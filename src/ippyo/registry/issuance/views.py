"""A further issuer's interface: ``POST /api/issue`` and ``/api/binding``, for the desk's pages and no others.

No cookies, no session, no CSRF token: the card's signature and the desk's are the authorisation, and the browser is
told (CORS) that only pages of the desk's origin may ask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from ippyo.identity.messages import VOUCHED_LIMIT, SignedBinding, VouchedRequest
from ippyo.registry.issuance.bindings import accept_binding
from ippyo.registry.issuance.checks import check_vouched_request
from ippyo.registry.issuance.service import issue
from ippyo.registry.site.api import api, read_body, refuse
from ippyo.registry.site.office import office

__all__ = ["binding_view", "issue_view"]

BINDING_LIMIT = 64 * 1024
_PREFLIGHT_SECONDS = 600

View = Callable[[HttpRequest], HttpResponse]


def _for_desk(view: View) -> View:
    """Let pages of the desk's origin use ``view``, refuse those of others, and answer the browser's question before."""

    def guarded(request: HttpRequest) -> HttpResponse:
        desk = office().config.issuers[0]
        origin = request.headers.get("Origin")
        if origin not in {None, desk}:
            return refuse("wrong-origin")
        response = HttpResponse(status=204) if request.method == "OPTIONS" else view(request)
        headers = {"Vary": "Origin", "Cross-Origin-Resource-Policy": "cross-origin"}
        if origin is not None:
            headers |= {
                "Access-Control-Allow-Origin": desk,
                "Access-Control-Allow-Methods": "POST",
                "Access-Control-Allow-Headers": "Content-Type",
                "Access-Control-Max-Age": str(_PREFLIGHT_SECONDS),
            }
        for name, value in headers.items():
            response.headers[name] = value
        return response

    return csrf_exempt(guarded)


@_for_desk
@api("POST")
def issue_view(request: HttpRequest) -> Mapping[str, object]:
    """Take a signed request for which the desk vouches, and answer with this issuer's blind signature."""
    here = office()
    vouched = VouchedRequest.from_text(read_body(request, VOUCHED_LIMIT))
    return issue(here, check_vouched_request(here, vouched, here.clock())).to_value()


@_for_desk
@api("POST")
def binding_view(request: HttpRequest) -> Mapping[str, object]:
    """Take a signed binding."""
    here = office()
    accept_binding(here, SignedBinding.from_text(read_body(request, BINDING_LIMIT)), here.clock())
    return {"bound": True}
