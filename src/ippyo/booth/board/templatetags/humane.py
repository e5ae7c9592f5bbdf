"""Sentences, numbers and trackers as people read them."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from ippyo.sites import readings

__all__ = ["bare", "fours", "plain", "say", "thousands"]

register = template.Library()


@register.filter
def say(sentence: object) -> SafeString:
    """Return a sentence as HTML, with its readings, which those of easy Japanese have."""
    return readings.annotated(str(sentence))


@register.filter
def bare(sentence: object) -> str:
    """Return a sentence without readings, for an attribute or a title."""
    return readings.plain(str(sentence))


@register.filter
def thousands(value: int) -> str:
    """Return a number with a comma after each three digits, as both languages write it."""
    return f"{value:,}"


@register.filter
def plain(value: float) -> str:
    """Return a number as attributes want it, in every language."""
    return f"{value:.3f}"


@register.filter
def fours(value: str) -> str:
    """Return a text in groups of four characters."""
    return " ".join(value[start : start + 4] for start in range(0, len(value), 4))
