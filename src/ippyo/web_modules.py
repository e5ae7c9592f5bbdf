"""The modules that a page or a worker of the browser's client loads (docs/web.md): which they are, the hash of each.

A module is named by its path below ``web/``, as ``voting/main.js``. Found are those that it imports, at once or when
they are asked for; a worker is an entry of its own.
"""

from __future__ import annotations

import base64
import hashlib
import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from ippyo.errors import InputError
from ippyo.web_files import static_folders

__all__ = ["integrity_of", "modules_of", "rename_imports"]

_IMPORTS = (
    re.compile(r"""^(\s*(?:import\b|export\b|\}).*?(?:from\s*|import\s+))(["'])([^"'\s]+)\2""", re.MULTILINE),
    re.compile(r"""(\bimport\()(["'])([^"'\s]+)\2"""),
)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
"""In comments, types of other modules are named; nobody loads those."""

_FILE_LIMIT = 1 << 20


def modules_of(entry: str) -> dict[str, str]:
    """Return the text of ``entry`` and of every module that it can lead to, by path.

    Raises :class:`InputError` where one is missing (``make`` copies those of other packages).
    """
    folders = {prefix.removeprefix("web/"): folder for prefix, folder in static_folders()}
    found: dict[str, str] = {}
    waiting = [entry]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = _read(path, folders)
            code = _COMMENT.sub("", found[path])
            waiting += [_target(path, match) for pattern in _IMPORTS for match in pattern.finditer(code)]
    return dict(sorted(found.items()))


def rename_imports(path: str, text: str, name: Callable[[str], str]) -> str:
    """Return the module ``text`` of ``path``, which imports each other module, a path, as ``name(path)``."""

    def rename(match: re.Match[str]) -> str:
        return f"{match[1]}{match[2]}{name(_target(path, match))}{match[2]}"

    for pattern in _IMPORTS:
        text = pattern.sub(rename, text)
    return text


def integrity_of(content: bytes) -> str:
    """Return what a browser calls the integrity of a file (W3C SRI): the kind of hash, and the hash in Base64."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode("ascii")


def _target(path: str, match: re.Match[str]) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), match[3]))


def _read(path: str, folders: Mapping[str, Path]) -> str:
    part, _, rest = path.partition("/")
    try:
        raw = (folders[part] / rest).read_bytes()
    except (KeyError, OSError):
        raise InputError(f"web/{path} is missing; run make, which brings the browser's modules") from None
    if len(raw) > _FILE_LIMIT:
        raise InputError(f"web/{path} is larger than {_FILE_LIMIT} bytes")
    return raw.decode("utf-8")
