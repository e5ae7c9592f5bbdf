"""The administrator's pages: accounts and roles, and nothing else."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ippyo.errors import InputError
from ippyo.registry.console import accounts
from ippyo.registry.console.forms import StaffForm, role_name
from ippyo.registry.console.gate import by, page, show, staff_page, tell
from ippyo.registry.console.roles import Role, parse_role, roles_of
from ippyo.registry.console.views_waiting import waiting_for

__all__ = ["add", "change", "home", "staff"]


@require_safe
@staff_page()
def home(request: HttpRequest) -> HttpResponse:
    """Show what the roles of whoever signed in can do, and what waits for it."""
    names = [role_name(role) for role in sorted(roles_of(request.user))]
    return show(request, "home.html", {"names": names, **waiting_for(request)})


@require_safe
@staff_page(Role.ADMINISTRATOR)
def staff(request: HttpRequest) -> HttpResponse:
    """Show all accounts."""
    rows = [
        (user, [role_name(role) for role in sorted(roles_of(user))], accounts.has_second_factor(user))
        for user in accounts.staff()
    ]
    return show(request, "staff.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@staff_page(Role.ADMINISTRATOR)
def add(request: HttpRequest) -> HttpResponse:
    """Make an account, and show its one-time password once."""
    form = StaffForm(request.POST or None)
    if form.is_valid():
        name = form.cleaned_data["name"]
        try:
            password = accounts.add_account(name, _chosen(form.cleaned_data["roles"]), by(request))
        except InputError as error:
            form.add_error(None, _(str(error)))
        else:
            return show(request, "password.html", {"name": name, "password": password})
    return page(request, form, _("職員を加える"), _("加える"))


@require_POST
@staff_page(Role.ADMINISTRATOR)
def change(request: HttpRequest, name: str) -> HttpResponse:
    """Reset or close an account, or give it other roles; never one's own."""
    user: User = accounts.find_account(name)
    if user.username == by(request):
        raise InputError("another administrator must change your own account")
    match request.POST.get("what"):
        case "reset":
            password = accounts.reset_account(name, by(request))
            return show(request, "password.html", {"name": name, "password": password})
        case "close":
            accounts.close_account(name, by(request))
            tell(request, _("サインインできないようにしました。"))
        case _:
            accounts.change_roles(name, _chosen(request.POST.getlist("roles")), by(request))
            tell(request, _("役割を変えました。"))
    return redirect("console:staff")


def _chosen(names: list[str]) -> list[Role]:
    return [parse_role(name) for name in names]
