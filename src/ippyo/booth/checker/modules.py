"""ES modules inside one HTML file: each becomes a data: address, which an import map gives a name."""

from __future__ import annotations

import base64

from ippyo.web_modules import modules_of, rename_imports

__all__ = ["ENTRY", "import_map"]

ENTRY = "checker/main.js"


def import_map(entry: str = ENTRY) -> dict[str, dict[str, str]]:
    """Return the import map of ``entry`` (a path below ``web/``) and of all that it imports, as ``ippyo:PATH`` names.

    Data: modules have no relative addresses, so they import one another by these names. Raises :class:`InputError`
    where a module is missing.
    """
    named = {path: rename_imports(path, text, _name) for path, text in modules_of(entry).items()}
    return {"imports": {_name(path): _data(text) for path, text in named.items()}}


def _name(path: str) -> str:
    return f"ippyo:{path}"


def _data(text: str) -> str:
    return "data:text/javascript;base64," + base64.b64encode(text.encode()).decode("ascii")
