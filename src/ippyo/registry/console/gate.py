"""The gate of every page: signed in with both factors, not idle for long, and with a role that may."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from ippyo.errors import InputError
from ippyo.registry.console import log
from ippyo.registry.console.roles import Role, roles_of
from ippyo.registry.site.office import office

__all__ = ["IDLE_SECONDS", "View", "awake", "by", "page", "show", "staff_page", "tell"]

IDLE_SECONDS = 15 * 60
_SEEN = "console-seen"

View = Callable[..., HttpResponse]


def awake(request: HttpRequest) -> User | None:
    """Return who is signed in with the password at least, and start the time of idleness anew; else None."""
    user = request.user
    if not isinstance(user, User):
        return None
    now = int(timezone.now().timestamp())
    seen = request.session.get(_SEEN, now)
    if not (isinstance(seen, int) and 0 <= now - seen < IDLE_SECONDS and user.is_active):
        logout(request)
        messages.warning(request, _("しばらく操作がなかったので、サインアウトしました。"))
        return None
    request.session[_SEEN] = now
    return user


def staff_page(*roles: Role) -> Callable[[View], View]:
    """Let a view be used by staff with one of ``roles`` only (of any, where none is named)."""

    def decorate(view: View) -> View:
        @wraps(view)
        @never_cache
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            user = awake(request)
            if user is None:
                return redirect("console:sign-in")
            if not user.is_verified():  # type: ignore[attr-defined]
                return redirect("console:second-factor")
            mine = roles_of(user)
            if not mine & set(roles or Role):
                match = request.resolver_match
                log.record(user.username, "denied", reason=match.view_name if match else "")
                return show(request, "denied.html", status=403)
            try:
                return view(request, *args, **kwargs)
            except Http404:
                return show(request, "missing.html", status=404)
            except InputError as error:
                # The words are in the catalogue; where they are not, English is better than nothing.
                return show(request, "refused.html", {"problem": _(str(error))}, status=409)

        return guarded

    return decorate


def by(request: HttpRequest) -> str:
    """Return the name of whoever is signed in, for the records."""
    return request.user.get_username()


def tell(request: HttpRequest, sentence: str) -> None:
    """Show ``sentence`` on the next page."""
    messages.success(request, sentence)


def show(
    request: HttpRequest, template: str, context: dict[str, object] | None = None, status: int = 200
) -> HttpResponse:
    """Render a page of the console with what every page shows."""
    here = office()
    language = "en" if get_language() == "en" else "ja"
    verified = isinstance(request.user, User) and request.user.is_verified()  # type: ignore[attr-defined]
    roles = roles_of(request.user) if verified else frozenset()
    frame: dict[str, object] = {
        "language": language,
        "here": request.path if request.method == "GET" else "",
        "poll_title": here.poll.manifest.title.in_language(language),
        "office_name": here.poll.manifest.issuers[here.issuer - 1],
        "is_desk": here.config.is_desk,
        "roles": roles,
        "is_clerk": Role.CLERK in roles,
        "is_support": Role.SUPPORT in roles,
        "is_auditor": Role.AUDITOR in roles,
        "is_administrator": Role.ADMINISTRATOR in roles,
        "time_format": "M j, Y, H:i" if language == "en" else "Y年n月j日 H:i",
    }
    response = render(request, f"console/{template}", frame | (context or {}), status=status)
    response["Cache-Control"] = "no-store"
    # Without a referrer, a browser sends a form with the origin "null", which the check against forgery refuses.
    response["Referrer-Policy"] = "same-origin"
    return response


def page(
    request: HttpRequest, form: object, title: str, submit: str, *, about: str = "", lead: str = "", status: int = 200
) -> HttpResponse:
    """Render a page that is one form; ``about`` says of whom."""
    context: dict[str, object] = {"form": form, "title": title, "submit": submit, "about": about, "lead": lead}
    return show(request, "form.html", context, status=status)
