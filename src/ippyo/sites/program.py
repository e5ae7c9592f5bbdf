"""What a browser holds a page's program to: the hash of every module, written into the page (docs/web.md).

Modules of the page itself stand in an import map, by which the browser refuses what has another hash. For the modules
of a worker a browser knows no such map: the page asks for each of them with its hash before it starts the worker.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.utils.safestring import SafeString, mark_safe

from ippyo.web_modules import integrity_of, modules_of

__all__ = ["MODULES", "Program", "program_of"]

MODULES = "/static/web/"
"""Where every site serves the folders of ``web/``."""


@dataclass(frozen=True, slots=True)
class Program:
    """The modules of a page, and of its worker: integrity (W3C SRI) by address. ``entry`` is the page's first."""

    entry: str
    page: Mapping[str, str]
    worker: Mapping[str, str]

    @property
    def import_map(self) -> SafeString:
        """The text of the page's import map, an inline element."""
        return _in_an_element({"integrity": dict(self.page)})

    @property
    def worker_list(self) -> SafeString:
        """The worker's modules as JSON, for an inline element that the page reads."""
        return _in_an_element(dict(self.worker))

    @property
    def script_source(self) -> str:
        """What a Content-Security-Policy has to allow for :attr:`import_map`, besides this origin's modules."""
        return f"'{integrity_of(self.import_map.encode())}'"

    @property
    def modules(self) -> Mapping[str, str]:
        """All modules in the order of their addresses."""
        return dict(sorted({**self.page, **self.worker}.items()))

    @property
    def fingerprint(self) -> str:
        """One SHA-256, in hexadecimal, over all modules: what two people compare."""
        lines = [f"{integrity} {address}\n" for address, integrity in self.modules.items()]
        return hashlib.sha256("".join(lines).encode()).hexdigest()


@cache
def program_of(page: str, worker: str) -> Program:
    """Return the program whose entries are the modules ``page`` and ``worker``, paths below ``web/``.

    It is read once in a process: files that somebody changes later are not what the pages say. Raises
    :class:`InputError` where a module is missing.
    """
    return Program(MODULES + page, _hashed(page), _hashed(worker))


def _in_an_element(value: object) -> SafeString:
    text = json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
    return mark_safe(text)  # noqa: S308 - JSON in which no element can begin or end


def _hashed(entry: str) -> dict[str, str]:
    return {MODULES + path: integrity_of(text.encode()) for path, text in modules_of(entry).items()}
