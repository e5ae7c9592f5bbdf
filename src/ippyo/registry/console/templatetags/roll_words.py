"""``{{ voter.style|style_name }}`` and the like: words for what is kept as a code."""

from __future__ import annotations

from django import template

from ippyo.registry.console import words

__all__: list[str] = []

register = template.Library()
register.filter("act_name", words.act_name)
register.filter("refusal_title", words.refusal_title)
register.filter("style_name", words.style_name)
