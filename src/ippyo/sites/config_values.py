"""What booth.toml and registry.toml say alike, and how both are read: every mistake is told with its line."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ippyo.errors import InputError
from ippyo.files import read_limited
from ippyo.ledger.comet.fronts import FrontAddress
from ippyo.poll.text import Text
from ippyo.poll.toml_lines import LineIndex
from ippyo.poll.toml_table import Finding, ManifestError, Report, Table
from ippyo.sites.addresses import LOOPBACK_NAMES, hostname, is_loopback, origin_problem, url_problem

__all__ = [
    "SupportConfig",
    "parse_config",
    "read_config",
    "read_hosts",
    "read_ledger_urls",
    "read_mode",
    "read_origin",
    "read_support",
]

CONFIG_LIMIT = 256 * 1024

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SupportConfig:
    """Whom a voter can call."""

    phone: str
    hours: Text


def read_config(file: Path, what: str) -> str:
    """Return the text of a configuration; ``what`` it is, errors say. Raises :class:`InputError`."""
    try:
        return read_limited(file, CONFIG_LIMIT, what).decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{file}: is not UTF-8 text; save the file in UTF-8") from None


def parse_config(text: str, file: Path, keys: Sequence[str], read: Callable[[Table, Path], T]) -> T:
    """Decode the text of ``file`` by ``read``, which gets the root, of these ``keys``, and the folder of the file.

    Raises :class:`InputError` with every mistake that ``read`` has reported.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file}: is not TOML: {error}") from None
    except RecursionError:
        raise ManifestError([Finding(str(file), 1, "is nested too deeply")]) from None
    report = Report(str(file), LineIndex(text))
    return report.outcome(read(Table(report, (), tree, keys), file.absolute().parent))


def read_mode(table: Table) -> bool:
    """Read ``mode``; whether it is that of tests."""
    mode = table.text("mode")
    if "mode" in table and mode not in {"production", "test"}:
        table.error("mode", 'must be "production" or "test"')
    return mode == "test"


def read_support(table: Table) -> SupportConfig:
    """Read the table ``support``."""
    support = table.table("support", ("phone", "hours"))
    return SupportConfig(support.text("phone"), support.bilingual("hours"))


def read_origin(table: Table, key: str, test: bool) -> str:
    """Read a public origin; ``test`` allows HTTP on this computer."""
    value = table.text(key)
    if key in table and (problem := origin_problem(value, test)):
        table.error(key, problem)
    return value


def read_hosts(table: Table, origin: str) -> tuple[str, ...]:
    """Read ``hosts``, the names under which a site is reached: unless given, that of ``origin``."""
    host = hostname(origin) or "localhost"
    default = sorted(LOOPBACK_NAMES | {host}) if is_loopback(host) else [host]
    hosts = tuple(table.strings("hosts", default))
    if not hosts or any("*" in one for one in hosts):
        table.error("hosts", "must name the host names under which voters come, without *")
    return hosts


def read_ledger_urls(table: Table, test: bool) -> tuple[str, ...]:
    """Read ``urls`` of the table ``ledger``, each ``URL`` or ``NAME=URL``; ``test`` allows HTTP anywhere."""
    urls = tuple(table.strings("urls"))
    for url in urls:
        if problem := url_problem(FrontAddress.from_text(url).url, test):
            table.error("urls", problem)
    if "urls" in table and not urls:
        table.error("urls", "is empty; name at least one address of the ledger")
    return urls
