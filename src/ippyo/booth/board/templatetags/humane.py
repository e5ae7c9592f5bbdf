"""Sentences (with their readings, or ``plain`` for an attribute), numbers and trackers as people read them."""

from __future__ import annotations

from django import template
from django.template.defaultfilters import stringfilter

from ippyo.sites import readings

__all__ = ["fours", "thousands"]

register = template.Library()
register.filter("say", stringfilter(readings.annotated))
register.filter("plain", stringfilter(readings.plain))


@register.filter
def thousands(value: int) -> str:
    """Return a number with a comma after each three digits, as both languages write it."""
    return f"{value:,}"


@register.filter
def fours(value: str) -> str:
    """Return a text in groups of four characters."""
    return " ".join(value[start : start + 4] for start in range(0, len(value), 4))
