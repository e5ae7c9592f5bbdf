"""ES modules inside one HTML file: each becomes a data: address, which an import map gives a name."""

from __future__ import annotations

import base64
import posixpath
import re
from collections.abc import Mapping
from pathlib import Path

from ippyo.errors import InputError
from ippyo.web_files import static_folders

__all__ = ["ENTRY", "import_map"]

ENTRY = "checker/main.js"
_SPECIFIER = re.compile(r"""^(\s*(?:import\b|export\b|\}).*?(?:from\s*|import\s+))(["'])([^"'\s]+)\2""", re.MULTILINE)
_DYNAMIC = re.compile(r"""(\bimport\()(["'])([^"'\s]+)\2""")
_FILE_LIMIT = 1 << 20


def import_map(entry: str = ENTRY) -> dict[str, dict[str, str]]:
    """Return the import map of ``entry`` (a path below ``web/``) and of all that it imports, as ``ippyo:PATH`` names.

    Raises :class:`InputError` where a module is missing (``make`` copies those of other packages).
    """
    folders = {prefix.removeprefix("web/"): folder for prefix, folder in static_folders()}
    found: dict[str, str] = {}
    waiting = [entry]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        text, imported = _renamed(path, _read(path, folders))
        found[path] = text
        waiting.extend(imported)
    return {"imports": {f"ippyo:{path}": _data(text) for path, text in sorted(found.items())}}


def _read(path: str, folders: Mapping[str, Path]) -> str:
    part, _, rest = path.partition("/")
    try:
        raw = (folders[part] / rest).read_bytes()
    except (KeyError, OSError):
        raise InputError(f"web/{path} is missing; run make, which brings the browser's modules") from None
    if len(raw) > _FILE_LIMIT:
        raise InputError(f"web/{path} is larger than {_FILE_LIMIT} bytes")
    return raw.decode("utf-8")


def _renamed(path: str, text: str) -> tuple[str, list[str]]:
    """Return the module with its imports by name, and what they are. Data: modules have no relative addresses."""
    imported: list[str] = []

    def rename(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), match[3]))
        imported.append(target)
        return f"{match[1]}{match[2]}ippyo:{target}{match[2]}"

    return _DYNAMIC.sub(rename, _SPECIFIER.sub(rename, text)), imported


def _data(text: str) -> str:
    return "data:text/javascript;base64," + base64.b64encode(text.encode()).decode("ascii")
