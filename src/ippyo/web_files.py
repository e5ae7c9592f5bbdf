"""Where the browser's files are: ``web/`` of the checkout, or what a wheel carries of it (docs/web.md).

A site serves :func:`static_folders` under its static address, each below its prefix and under unchanged names: the
modules import one another by relative paths.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["static_folders"]

PARTS = ("checker", "ippyo", "look", "registration", "vendor", "voting")
"""Folders that are served: the client, the pages' controllers, their common look, and the npm packages they use."""


def static_folders() -> list[tuple[str, Path]]:
    """Return prefix and folder of all that is served, in the form of Django's ``STATICFILES_DIRS``.

    A folder may be missing until ``make`` has made it (``vendor``, which comes from the npm lock).
    """
    package = Path(__file__).parent
    carried = package / "web"
    web = carried if carried.is_dir() else package.parents[1] / "web"
    return [(f"web/{part}", web / part) for part in PARTS]
