"""``{{ _("sentence")|say }}``: a sentence with its readings, which those of easy Japanese (やさしい日本語) have.

And ``plain``: the same without them, for an attribute or a title.
"""

from __future__ import annotations

from django import template
from django.template.defaultfilters import stringfilter

from ippyo.sites import readings

register = template.Library()
register.filter("say", stringfilter(readings.annotated))
register.filter("plain", stringfilter(readings.plain))
