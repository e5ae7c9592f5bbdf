"""What every template of the booth knows."""

from __future__ import annotations

from django.http import HttpRequest

from ippyo.booth.site.hall import hall
from ippyo.booth.site.language import page_language
from ippyo.booth.voting.words import TONGUES

__all__ = ["booth"]


def booth(request: HttpRequest) -> dict[str, object]:
    """Return the poll's title, the support desk and the language, each in the page's language."""
    here = hall()
    language = page_language()
    asked = request.GET.get("lang", "")
    return {
        "language": language,
        "poll_title": here.poll.manifest.title.in_language(language),
        "support": {"phone": here.config.support.phone, "hours": here.config.support.hours.in_language(language)},
        "registry_origin": here.config.registry,
        "checker_origin": here.config.checker,
        # There is no cookie to remember the language, so links carry it on.
        "lang_query": f"?lang={asked}" if asked in TONGUES else "",
    }
