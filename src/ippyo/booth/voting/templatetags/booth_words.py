"""``{% say "key" %}`` and ``{% plain "key" %}``: a sentence of the catalogue in the page's tongue."""

from __future__ import annotations

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString

from ippyo.booth.voting import words
from ippyo.sites import readings

register = template.Library()


@register.simple_tag(takes_context=True)
def say(context: Context, key: str) -> SafeString:
    """Return the sentence, with readings in easy Japanese."""
    return readings.annotated(_sentence(context, key))


@register.simple_tag(takes_context=True)
def plain(context: Context, key: str) -> str:
    """Return the sentence without readings, for an attribute or a title."""
    return readings.plain(_sentence(context, key))


@register.simple_tag(takes_context=True)
def tongue(context: Context) -> str:
    """Return ``ja``, ``easy`` or ``en``."""
    return words.tongue_of(context.get("request"))


def _sentence(context: Context, key: str) -> str:
    return words.catalogue()[key][words.tongue_of(context.get("request"))]
