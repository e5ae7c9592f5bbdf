"""``{{ _("sentence")|say }}``: a sentence with its readings, which those of easy Japanese (やさしい日本語) have."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from ippyo.sites import readings

register = template.Library()


@register.filter
def say(sentence: object) -> SafeString:
    """Return the sentence as HTML."""
    return readings.annotated(str(sentence))


@register.filter
def plain(sentence: object) -> str:
    """Return the sentence without readings, for an attribute or a title."""
    return readings.plain(str(sentence))
