"""Finding a person, and what clerk and support desk do about one.

A person can be opened only by who has just found him with two data and said why: nobody walks through the roll by
counting up the addresses. What is searched travels in the body, never in an address.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ippyo.errors import InputError
from ippyo.registry.codes.letter import letters_pdf
from ippyo.registry.codes.mailing import Addressee, Sender
from ippyo.registry.console import log, people, proposals
from ippyo.registry.console.forms import AddForm, EndForm, PersonForm, ReasonForm, SearchForm, initial_of
from ippyo.registry.console.gate import by, page, show, staff_page, tell
from ippyo.registry.console.models import Proposal
from ippyo.registry.console.roles import Role, roles_of
from ippyo.registry.roll import updates
from ippyo.registry.roll.models import RollChange, Voter
from ippyo.registry.site.office import office

__all__ = ["add", "change", "end", "forget_passkey", "person", "replace_code", "restore", "search", "withdraw"]

_FOUND = "console-found"
_GET_POST = ["GET", "POST"]
_BOTH = (Role.CLERK, Role.SUPPORT)


@require_http_methods(_GET_POST)
@staff_page(*_BOTH)
def search(request: HttpRequest) -> HttpResponse:
    """Find persons by two data at least."""
    form = SearchForm(request.POST or None)
    found: list[Voter] = []
    asked = form.is_valid()
    if asked:
        told = form.cleaned_data
        question = people.Question(told["number"], told["name"], told["address"], told["born"])
        try:
            found = people.find(question)
        except InputError as error:
            form.add_error(None, _(str(error)))
            asked = False
        else:
            log.record(by(request), "search", None, told["reason"])
            request.session[_FOUND] = {str(voter.pk): told["reason"] for voter in found}
    return show(request, "search.html", {"form": form, "found": found, "asked": asked})


@require_safe
@staff_page(*_BOTH)
def person(request: HttpRequest, number: int) -> HttpResponse:
    """Show one person that was found, and log the look."""
    voter, reason = _found(request, number)
    log.record(by(request), "look", voter.pk, reason)
    waiting = Proposal.objects.filter(voter=voter, state=Proposal.State.OPEN).first()
    context: dict[str, object] = {
        "voter": voter,
        "standing": people.standing(voter),
        "changes": voter.changes.all() if Role.CLERK in roles_of(request.user) else [],
        "waiting": waiting,
        "group": dict(_groups()).get(voter.group, ""),
        "reason_form": ReasonForm(),
    }
    return show(request, "person.html", context)


@require_http_methods(_GET_POST)
@staff_page(Role.CLERK)
def add(request: HttpRequest) -> HttpResponse:
    """Propose somebody whom the file did not have."""
    form = AddForm(office().config.match, _styles(), _groups(), request.POST or None)
    if form.is_valid():
        content = proposals.person_value(form.person) | {"namesake": form.cleaned_data["namesake"]}
        proposals.propose(Proposal.Kind.ADD, by(request), form.cleaned_data["reason"], content)
        return _proposed(request)
    return page(request, form, _("名簿に追加する"), _("確認に回す"), lead=_two_persons())


@require_http_methods(_GET_POST)
@staff_page(Role.CLERK)
def change(request: HttpRequest, number: int) -> HttpResponse:
    """Propose other data of a person."""
    voter, looked_for = _found(request, number)
    form = PersonForm(_styles(), _groups(), request.POST or None, initial=initial_of(voter))
    if form.is_valid():
        content = proposals.person_value(form.person)
        proposals.propose(Proposal.Kind.CHANGE, by(request), form.cleaned_data["reason"], content, voter=voter)
        return _proposed(request)
    log.record(by(request), "look", voter.pk, looked_for)
    return page(request, form, _("名簿を訂正する"), _("確認に回す"), about=_about(voter), lead=_two_persons())


@require_http_methods(_GET_POST)
@staff_page(Role.CLERK)
def end(request: HttpRequest, number: int) -> HttpResponse:
    """Propose that somebody moved, died or lost the right."""
    voter, looked_for = _found(request, number)
    updates.require_right(voter)
    form = EndForm(request.POST or None)
    if form.is_valid():
        told = form.cleaned_data
        content = {"kind": str(RollChange.Kind(told["kind"])), "on": told["on"].isoformat()}
        proposals.propose(Proposal.Kind.END, by(request), told["reason"], content, voter=voter)
        return _proposed(request)
    log.record(by(request), "look", voter.pk, looked_for)
    title = _("転出・死亡・失権を記録する")
    return page(request, form, title, _("確認に回す"), about=_about(voter), lead=_two_persons())


@require_POST
@staff_page(Role.CLERK)
def restore(request: HttpRequest, number: int) -> HttpResponse:
    """Propose that somebody may vote again."""
    voter, _looked_for = _found(request, number)
    updates.require_right_ended(voter)
    proposals.propose(Proposal.Kind.RESTORE, by(request), _why(request), {}, voter=voter)
    return _proposed(request)


@require_POST
@staff_page(Role.SUPPORT)
def replace_code(request: HttpRequest, number: int) -> HttpResponse:
    """Make a new registration code and answer with its letter, which is kept nowhere."""
    _require_desk()
    voter, _looked_for = _found(request, number)
    new = people.replace_code(voter, _why(request), by(request))
    here = office()
    letter = letters_pdf([Addressee.of(new)], Sender.of(here.config, here.poll), timezone.localdate())
    headers = {"Content-Disposition": f'attachment; filename="letter-{voter.pk}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(letter, content_type="application/pdf", headers=headers)


@require_POST
@staff_page(Role.SUPPORT)
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """End what a person has begun and got no ticket for, so that it can be begun anew."""
    _require_desk()
    voter, _looked_for = _found(request, number)
    people.withdraw(voter, _why(request), by(request))
    tell(request, _("手続きを取りやめました。本人は、登録をはじめからやり直せます。"))
    return redirect("console:person", voter.pk)


@require_POST
@staff_page(Role.SUPPORT)
def forget_passkey(request: HttpRequest, number: int) -> HttpResponse:
    """Delete a passkey whose device is lost."""
    _require_desk()
    voter, _looked_for = _found(request, number)
    people.forget_passkey(voter, _why(request), by(request))
    tell(request, _("パスキーを消しました。次の登録のときに、新しいパスキーを作れます。"))
    return redirect("console:person", voter.pk)


def _found(request: HttpRequest, number: int) -> tuple[Voter, str]:
    """Return a person whom this session has found, and why he was looked for."""
    reason = request.session.get(_FOUND, {}).get(str(number))
    if reason is None:
        raise Http404
    return get_object_or_404(Voter, pk=number), reason


def _about(voter: Voter) -> str:
    """Return whose entry a form is about: nobody should have to trust the page before this one."""
    born = voter.born
    return f"{voter.name} / {voter.address} / {born.year:04}-{born.month:02}-{born.day:02}"


def _why(request: HttpRequest) -> str:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise InputError("say why, in at most 200 characters")
    return str(form.cleaned_data["reason"])


def _styles() -> list[tuple[str, str]]:
    language = "en" if get_language() == "en" else "ja"
    return [(style.id, style.name.in_language(language)) for style in office().poll.manifest.styles]


def _groups() -> list[tuple[str, str]]:
    """Return the groups that may apply, each with the paper that shows it."""
    language = "en" if get_language() == "en" else "ja"
    return [
        (group.id, f"{group.name.in_language(language)} ({group.evidence.in_language(language)})")
        for group in office().config.groups
    ]


def _require_desk() -> None:
    """Codes and passkeys are the desk's: a further issuer has none."""
    if not office().config.is_desk:
        raise Http404


def _proposed(request: HttpRequest) -> HttpResponse:
    tell(request, _("別の職員の確認を待っています。確認されると、名簿に入ります。"))
    return redirect("console:proposals")


def _two_persons() -> str:
    return _("取り消せないことなので、別の名簿担当の職員が確認してから名簿に入ります。")
