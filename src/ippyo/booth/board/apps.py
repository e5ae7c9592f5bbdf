"""The board as an application of Django: templates and translations, no tables."""

from __future__ import annotations

from django.apps import AppConfig

__all__ = ["BoardConfig"]


class BoardConfig(AppConfig):
    """The bulletin board."""

    name = "ippyo.booth.board"
    label = "board"
