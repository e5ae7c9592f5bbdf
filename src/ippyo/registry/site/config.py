"""``registry.toml``: everything that the operator of one issuer's registry says, read once and checked.

Paths are relative to the file's folder. Every mistake is told with its line and what to do about it. Secrets are never
in this file: it names the files that hold them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import quote, unquote

from ippyo.errors import InputError
from ippyo.identity.certificates import Pin
from ippyo.identity.digital_auth.config import DEFAULT_ISSUER
from ippyo.poll.limits import MAX_ISSUERS
from ippyo.poll.toml_table import Table
from ippyo.registry.roll.groups import MAX_GROUP, ApplicantGroup
from ippyo.registry.roll.policy import require_policy
from ippyo.sites.addresses import hostname, origin_problem
from ippyo.sites.config_values import (
    SupportConfig,
    parse_config,
    read_config,
    read_hosts,
    read_ledger_urls,
    read_mode,
    read_origin,
    read_support,
)

__all__ = [
    "CONFIG_NAME",
    "CertificateConfig",
    "Config",
    "DigitalAuthFiles",
    "KeyConfig",
    "RevocationConfig",
    "TokenConfig",
]

CONFIG_NAME = "registry.toml"

_DEFAULT_MATCH = ("name", "birth", "sex", "address")

_SECTIONS = (
    *("poll", "issuer", "origin", "issuers", "booth", "hosts", "mode", "minimum_age", "retention_days", "match"),
    *("groups", "kiosks", "database", "ledger", "certificates", "revocation", "keys", "digital_auth", "support"),
)


@dataclass(frozen=True, slots=True)
class CertificateConfig:
    """Which roots are trusted: the certificate files in ``folder``, each of which has its pin and each pin its file."""

    folder: Path
    pins: tuple[Pin, ...]


@dataclass(frozen=True, slots=True)
class RevocationConfig:
    """Where it is asked whether a certificate still holds: lists in ``crl_folder``, a responder, or both."""

    crl_folder: Path | None
    ocsp: str | None
    max_age: timedelta


@dataclass(frozen=True, slots=True)
class TokenConfig:
    """An HSM token by PKCS#11 that holds the RSA keys, labelled ``label_prefix`` and the ballot style's id."""

    module: str
    token: str
    pin_file: Path
    label_prefix: str


@dataclass(frozen=True, slots=True)
class KeyConfig:
    """The issuer's keys: an age file with the Ed25519 key of totals and, unless ``token`` has them, the RSA keys."""

    file: Path
    token: TokenConfig | None


@dataclass(frozen=True, slots=True)
class DigitalAuthFiles:
    """How this desk is known to デジタル認証 (:class:`ippyo.identity.digital_auth.DigitalAuthConfig`); keys by file."""

    issuer: str
    client_id: str
    client_key: Path
    acr_values: str
    accepted_acr: tuple[str, ...]
    result_key: Path | None
    authority: Path | None


@dataclass(frozen=True, slots=True)
class Config:
    """One issuer's registry. ``issuer`` counts from 1; ``issuers`` are the public origins of all, in issuer order.

    ``booth`` is the origin of the booth (投票), which the desk's page hands a ticket to, or None. ``kiosks`` are
    networks of computers that staff watch, on which the brake on guessing is off. ``groups`` say who may apply, in
    their order of priority; where there are none, everybody on the roll.
    """

    folder: Path
    poll_folder: Path
    issuer: int
    origin: str
    issuers: tuple[str, ...]
    hosts: tuple[str, ...]
    test: bool
    minimum_age: int
    retention_days: int
    match: tuple[str, ...]
    database_url: str = field(repr=False)
    ledger_urls: tuple[str, ...]
    batch_seconds: float
    certificates: CertificateConfig
    revocation: RevocationConfig
    keys: KeyConfig
    digital_auth: DigitalAuthFiles | None
    support: SupportConfig
    booth: str | None = None
    kiosks: tuple[str, ...] = ()
    groups: tuple[ApplicantGroup, ...] = ()

    @property
    def is_desk(self) -> bool:
        """Whether this is issuer 1: the desk with codes, voters' pages, passkeys and staff."""
        return self.issuer == 1

    @property
    def is_https(self) -> bool:
        """Whether voters reach this registry by HTTPS; HTTP is for tests and demonstrations on this computer."""
        return self.origin.startswith("https://")

    @property
    def secret_key_file(self) -> Path:
        """The file of Django's secret key (mode 0600), made by ``ippyo registry init``."""
        return self.folder / "secret-key"

    @classmethod
    def read(cls, path: Path) -> Config:
        """Read ``registry.toml``, given by itself or by its folder; ``DATABASE_URL`` overrides its database.

        Raises :class:`~ippyo.errors.InputError` with every mistake and its line.
        """
        file = path / CONFIG_NAME if path.is_dir() else path
        return cls.from_text(read_config(file, "registry configuration"), file)

    @classmethod
    def from_text(cls, text: str, file: Path) -> Config:
        """Decode the text of ``file``, whose folder other paths start from. Raises as :meth:`read`."""
        return parse_config(text, file, _SECTIONS, lambda root, folder: _Reader(root, folder).config())


class _Reader:
    """Reads the tree section by section; mistakes go to the report, and a stand-in takes their place."""

    def __init__(self, root: Table, folder: Path) -> None:
        self._root = root
        self._folder = folder

    def config(self) -> Config:
        root = self._root
        test = read_mode(root)
        issuers = self._issuers(test)
        origin = read_origin(root, "origin", test)
        ledger = root.table("ledger", ("urls", "batch_ms"))
        issuer = root.integer("issuer")
        if not 1 <= issuer <= max(len(issuers), 1):
            root.error("issuer", "must be this issuer's place (from 1) in the list of issuers")
        elif issuers and issuers[issuer - 1] != origin:
            root.error("origin", "is not the origin that stands in this issuer's place in the list of issuers")
        return Config(
            folder=self._folder,
            poll_folder=self._path(root, "poll", "poll"),
            issuer=issuer,
            origin=origin,
            issuers=issuers,
            hosts=read_hosts(root, origin),
            test=test,
            minimum_age=_number(root, "minimum_age", 18, 0, 120),
            retention_days=_number(root, "retention_days", 90, 1, 3650),
            match=self._match(),
            database_url=self._database(),
            ledger_urls=read_ledger_urls(ledger, test),
            batch_seconds=_number(ledger, "batch_ms", 1000, 0, 10_000) / 1000,
            certificates=self._certificates(),
            revocation=self._revocation(),
            keys=self._keys(),
            digital_auth=self._digital_auth(),
            support=read_support(root),
            booth=read_origin(root, "booth", test) if "booth" in root else None,
            kiosks=self._kiosks(),
            groups=self._groups(),
        )

    def _path(self, table: Table, key: str, default: str | None = None) -> Path:
        return self._folder / table.text(key, default)

    def _issuers(self, test: bool) -> tuple[str, ...]:
        values = tuple(self._root.strings("issuers"))
        if "issuers" in self._root:
            problems = [problem for value in values if (problem := origin_problem(value, test))]
            if problems:
                self._root.error("issuers", problems[0])
            elif not 1 <= len(set(values)) == len(values) <= MAX_ISSUERS:
                self._root.error("issuers", f"must name 1 to {MAX_ISSUERS} different origins, in issuer order")
        return values

    def _kiosks(self) -> tuple[str, ...]:
        values = tuple(self._root.strings("kiosks", ()))
        try:
            networks = [ip_network(value) for value in values]
        except ValueError:
            self._root.error("kiosks", "must hold addresses or networks, as in 192.0.2.16/28")
        else:
            if any(network.num_addresses > 2**16 for network in networks if network.version == 4):
                self._root.error("kiosks", "holds a network of more than 65536 addresses; name the kiosks only")
            if any(not 48 <= network.prefixlen <= 64 for network in networks if network.version == 6):
                self._root.error("kiosks", "must hold IPv6 networks of 48 to 64 bits: the brake knows lines, of 64")
        return values

    def _groups(self) -> tuple[ApplicantGroup, ...]:
        tables = self._root.tables("groups", ("id", "name", "evidence", "opens"))
        groups = tuple(
            ApplicantGroup(one.text("id"), one.bilingual("name"), one.bilingual("evidence"), one.moment("opens", 0))
            for one in tables
        )
        if len({one.id for one in groups}) != len(groups) or not all(1 <= len(one.id) <= MAX_GROUP for one in groups):
            self._root.error("groups", f"must have different ids of 1 to {MAX_GROUP} characters")
        elif list(groups) != sorted(groups, key=lambda one: one.opens):
            self._root.error("groups", "must stand in their order of priority: none may open before one above it")
        return groups

    def _match(self) -> tuple[str, ...]:
        values = tuple(self._root.strings("match", _DEFAULT_MATCH))
        try:
            require_policy(values)
        except InputError as error:
            self._root.error("match", str(error))
        return values

    def _database(self) -> str:
        url = os.environ.get("DATABASE_URL") or self._root.table("database", ("url",)).text(
            "url", "sqlite:///registry.db"
        )
        scheme, _, rest = url.partition("://")
        if scheme not in {"sqlite", "postgresql"}:
            self._root.error("database", "must be sqlite:///FILE or postgresql://USER@HOST/NAME")
        elif scheme == "sqlite" and rest.strip("/"):
            # A folder may be called what an address cannot hold: its # or % would end or change the path.
            return f"sqlite:///{quote(str(self._folder / unquote(rest[1:])))}"
        return url

    def _certificates(self) -> CertificateConfig:
        table = self._root.table("certificates", ("roots", "pins"))
        pins = []
        for text in table.strings("pins"):
            try:
                pins.append(Pin.from_text(text))
            except InputError as error:
                table.error("pins", str(error))
        if "pins" in table and not pins:
            table.error("pins", "is empty; name the roots as signature: or user: and 64 hexadecimal digits of SHA-256")
        return CertificateConfig(self._path(table, "roots", "roots"), tuple(pins))

    def _revocation(self) -> RevocationConfig:
        table = self._root.table("revocation", ("crl", "ocsp", "max_age_hours"))
        folder = self._path(table, "crl") if "crl" in table else None
        ocsp = table.text("ocsp") if "ocsp" in table else None
        if ocsp is not None and hostname(ocsp) is None:
            table.error("ocsp", "must be the address of the responder, as in http://ocsp.example/")
        if folder is None and ocsp is None:
            self._root.error(
                "revocation", "names neither crl (a folder) nor ocsp (an address); revocation must be known"
            )
        return RevocationConfig(folder, ocsp, timedelta(hours=_number(table, "max_age_hours", 24, 1, 24 * 31)))

    def _keys(self) -> KeyConfig:
        table = self._root.table("keys", ("file", "pkcs11"))
        return KeyConfig(
            self._path(table, "file", "issuer-keys.age"), self._token(table) if "pkcs11" in table else None
        )

    def _token(self, keys: Table) -> TokenConfig:
        table = keys.table("pkcs11", ("module", "token", "pin_file", "label_prefix"))
        return TokenConfig(
            table.text("module"), table.text("token"), self._path(table, "pin_file"), table.text("label_prefix", "")
        )

    def _digital_auth(self) -> DigitalAuthFiles | None:
        if "digital_auth" not in self._root:
            return None
        keys = ("issuer", "client_id", "client_key", "acr_values", "accepted_acr", "result_key", "authority")
        table = self._root.table("digital_auth", keys)
        return DigitalAuthFiles(
            issuer=table.text("issuer", DEFAULT_ISSUER),
            client_id=table.text("client_id"),
            client_key=self._path(table, "client_key"),
            acr_values=table.text("acr_values", ""),
            accepted_acr=tuple(table.strings("accepted_acr", ())),
            result_key=self._path(table, "result_key") if "result_key" in table else None,
            authority=self._path(table, "authority") if "authority" in table else None,
        )


def _number(table: Table, key: str, default: int, low: int, high: int) -> int:
    value = table.integer(key, default)
    if not low <= value <= high:
        table.error(key, f"must be between {low} and {high}")
    return value
