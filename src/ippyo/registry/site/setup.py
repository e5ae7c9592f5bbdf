"""Setting Django up for one registry, before anything of it is imported that holds tables."""

from __future__ import annotations

import os
from pathlib import Path

import django
from django.conf import settings

from ippyo.errors import InputError
from ippyo.registry.site.config import CONFIG_NAME, Config

__all__ = ["set_up"]


def set_up(folder: Path) -> Config:
    """Set Django up for the registry in ``folder`` (or its registry.toml), once in a process.

    Raises :class:`InputError` for a wrong configuration, and for another registry than before.
    """
    file = (folder / CONFIG_NAME if folder.is_dir() else folder).absolute()
    if settings.configured:
        if settings.REGISTRY is None or settings.REGISTRY.folder != file.parent:
            raise InputError("this process already serves another registry; start a process for each")
        return Config.read(file)
    config = Config.read(file)
    os.environ["IPPYO_REGISTRY"] = str(file)
    os.environ["DJANGO_SETTINGS_MODULE"] = "ippyo.registry.site.settings"
    django.setup()
    return config
