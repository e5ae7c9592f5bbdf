"""What waits for a decision: proposals for a second person, and cards whose owner is not clear."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ippyo.errors import InputError
from ippyo.registry.console import log, people
from ippyo.registry.console import proposals as two_persons
from ippyo.registry.console.forms import ReasonForm
from ippyo.registry.console.gate import by, show, staff_page, tell
from ippyo.registry.console.models import Proposal
from ippyo.registry.console.roles import Role, roles_of
from ippyo.registry.console.words import Line, changed_lines, entry_lines
from ippyo.registry.issuance.models import UnclearCase
from ippyo.registry.roll.models import RollImport, Voter

__all__ = ["case", "cases", "decide", "imports", "proposals", "waiting_for"]

_SHOWN = 50
_BOTH = (Role.CLERK, Role.SUPPORT)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal as the page shows it: ``after`` is what the card or the proposal says, ``lines`` of whose entry."""

    proposal: Proposal
    after: dict[str, object]
    lines: list[Line]
    mine: bool


@require_safe
@staff_page(*_BOTH)
def proposals(request: HttpRequest) -> HttpResponse:
    """Show what waits for a second person, and what was decided last."""
    rows = [
        Waiting(one, _after(one), _lines(one), one.by == by(request))
        for one in _visible(request).filter(state=Proposal.State.OPEN)
    ]
    for row in rows:
        log.record(by(request), "look", row.proposal.voter_id, f"proposal no. {row.proposal.pk}")
    decided = _visible(request).exclude(state=Proposal.State.OPEN)[:_SHOWN]
    return show(request, "proposals.html", {"rows": rows, "decided": decided})


@require_POST
@staff_page(*_BOTH)
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Confirm or refuse a proposal."""
    if not _visible(request).filter(pk=number).exists():
        raise Http404
    match request.POST.get("decision"):
        case "confirm":
            two_persons.confirm(number, by(request))
            tell(request, _("確認し、実行しました。"))
        case "refuse":
            two_persons.refuse(number, by(request))
            tell(request, _("取りやめました。"))
        case _:
            raise InputError("choose whether to confirm or to drop it")
    return redirect("console:proposals")


@require_safe
@staff_page(Role.CLERK)
def imports(request: HttpRequest) -> HttpResponse:
    """Show which files were read into the roll."""
    context: dict[str, object] = {
        "imports": RollImport.objects.order_by("-at")[:_SHOWN],
        "count": Voter.objects.count(),
    }
    return show(request, "imports.html", context)


@require_safe
@staff_page(Role.SUPPORT)
def cases(request: HttpRequest) -> HttpResponse:
    """Show the cards whose owner is not clear yet, the oldest first: some of them stay for ever."""
    pages = Paginator(UnclearCase.objects.filter(voter=None).order_by("pk"), _SHOWN)
    shown = pages.get_page(request.GET.get("page"))
    log.record(by(request), "look-at-cases", reason=f"page {shown.number}")
    return show(request, "cases.html", {"shown": shown})


@require_http_methods(["GET", "POST"])
@staff_page(Role.SUPPORT)
def case(request: HttpRequest, number: int) -> HttpResponse:
    """Show one card beside those who may be meant, and propose who it is."""
    unclear = get_object_or_404(UnclearCase, pk=number, voter=None)
    found = people.candidates(unclear)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        voter = next((one for one in found if str(one.pk) == request.POST.get("voter")), None)
        if voter is None:
            form.add_error(None, _("だれのことか、一人を選んでください。"))
        else:
            two_persons.propose(
                Proposal.Kind.MATCH, by(request), form.cleaned_data["reason"], {}, voter=voter, case=unclear
            )
            tell(request, _("別の職員の確認を待っています。確認されると、このカードで登録できます。"))
            return redirect("console:proposals")
    for voter in found:
        log.record(by(request), "look", voter.pk, f"unclear case {unclear.pk}")
    return show(request, "case.html", {"case": unclear, "found": found, "form": form})


def waiting_for(request: HttpRequest) -> dict[str, int]:
    """Return how much waits for whoever asks: proposals of others, and cards, each where the role decides on them."""
    others = _visible(request).filter(state=Proposal.State.OPEN).exclude(by=by(request))
    may_match = Role.SUPPORT in roles_of(request.user)
    return {
        "waiting_proposals": others.count(),
        "waiting_cases": UnclearCase.objects.filter(voter=None).count() if may_match else 0,
    }


def _visible(request: HttpRequest) -> QuerySet[Proposal]:
    """Return the proposals that this person's roles may decide."""
    roles = roles_of(request.user)
    kinds = [kind for kind in Proposal.Kind if two_persons.role_for(kind) in roles]
    return Proposal.objects.filter(kind__in=kinds).select_related("voter", "case")


def _after(proposal: Proposal) -> dict[str, object]:
    if proposal.kind in {Proposal.Kind.ADD, Proposal.Kind.CHANGE}:
        content = dict(proposal.content)
        year, month, day = content.pop("born")
        return content | {"birth_key": f"{year:04}{month:02}{day:02}"}
    if proposal.case is not None:
        return {name: getattr(proposal.case, name) for name in ("name", "address", "sex", "birth_key")}
    return dict(proposal.content)


def _lines(proposal: Proposal) -> list[Line]:
    """Return the fields of a new entry, or those that a correction changes."""
    if proposal.kind == Proposal.Kind.ADD:
        return [line for line in entry_lines(_after(proposal)) if line.after]
    if proposal.kind == Proposal.Kind.CHANGE and proposal.voter is not None:
        return changed_lines(_after(proposal), proposal.voter)
    return []
