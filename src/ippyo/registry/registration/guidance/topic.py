"""What an entry of the guidance is, and the sentences that many of them share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = ["AGAIN", "DESK", "START", "Guidance", "Topic"]

DESK = _("投票サポート窓口にご相談ください。紙の投票用紙で投票することもできます。")
AGAIN = _("少し時間をおいて、もう一度お試しください。入力していただいた内容は記録されていません。")
START = _("お手数ですが、はじめからやり直してください。")


@dataclass(frozen=True, slots=True)
class Guidance:
    """``title`` heads the screen, ``what`` says what happened, ``way`` what can be done now. All in both languages."""

    title: str | Promise
    what: str | Promise
    way: str | Promise

    def to_value(self) -> dict[str, str]:
        """Return the three sentences in the language that is active."""
        return {"title": str(self.title), "what": str(self.what), "way": str(self.way)}


@dataclass(frozen=True, slots=True)
class Topic:
    """What the refusals in ``entries`` (by code, the likely ones first) are about: ``title``."""

    title: str | Promise
    entries: Mapping[str, Guidance]
