"""What booth.toml and registry.toml say alike: a site's origin, its host names, the addresses of the ledger."""

from __future__ import annotations

from ippyo.ledger.comet.fronts import FrontAddress
from ippyo.poll.toml_table import Table
from ippyo.sites.addresses import LOOPBACK_NAMES, hostname, is_loopback, origin_problem, url_problem

__all__ = ["read_hosts", "read_ledger_urls", "read_origin"]


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
