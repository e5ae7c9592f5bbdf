"""Setting Django up for one booth."""

from __future__ import annotations

import os
from pathlib import Path

import django
from django.conf import settings

from ippyo.booth.site.config import CONFIG_NAME, Config
from ippyo.errors import InputError

__all__ = ["set_up"]


def set_up(folder: Path) -> Config:
    """Set Django up for the booth in ``folder`` (or its booth.toml), once in a process.

    Raises :class:`InputError` for a wrong configuration, and when the process serves something else already.
    """
    file = (folder / CONFIG_NAME if folder.is_dir() else folder).absolute()
    config = Config.read(file)
    if settings.configured:
        served = getattr(settings, "BOOTH", None)
        if served is None or served.folder != file.parent:
            raise InputError("this process already serves another site; start a process for each")
        return config
    os.environ["IPPYO_BOOTH"] = str(file)
    os.environ["DJANGO_SETTINGS_MODULE"] = "ippyo.booth.site.settings"
    django.setup()
    return config
