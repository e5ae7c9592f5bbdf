"""Numbers and trackers as people read them."""

from __future__ import annotations

from django import template

__all__ = ["fours", "plain", "thousands"]

register = template.Library()


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
