"""``booth.toml``: everything that the booth's operator says, read once and checked.

Paths are relative to the file's folder. Every mistake is told with its line and what to do about it. Secrets are never
in this file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ippyo.poll.text import Text
from ippyo.poll.toml_table import Table
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

__all__ = ["CONFIG_NAME", "Config", "Place"]

CONFIG_NAME = "booth.toml"
MAX_PLACES = 500

_KEYS = ("mode", "poll", "data", "origin", "hosts", "registry", "checker", "ledger", "places", "support")
_PLACE_KEYS = ("id", "name", "address", "opens", "closes")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(frozen=True, slots=True)
class Place:
    """A place with kiosks. ``opens`` and ``closes`` are times of day (``HH:MM``, Japan) on each day of the poll."""

    id: str
    name: Text
    address: Text
    opens: str
    closes: str

    def to_value(self) -> dict[str, object]:
        """Return the JSON object that pages get."""
        return {
            "id": self.id,
            "name": self.name.to_value(),
            "address": self.address.to_value(),
            "opens": self.opens,
            "closes": self.closes,
        }


@dataclass(frozen=True, slots=True)
class Config:
    """One booth. ``registry`` and ``checker`` are the origins of the registration page and of the ballot checker.

    ``ledger_urls`` are written as :class:`~ippyo.ledger.comet.fronts.FrontAddress` reads them.
    """

    folder: Path
    test: bool
    poll_folder: Path
    data_folder: Path
    origin: str
    hosts: tuple[str, ...]
    registry: str
    checker: str
    ledger_urls: tuple[str, ...]
    places: tuple[Place, ...]
    support: SupportConfig

    @property
    def is_https(self) -> bool:
        """Whether voters reach this booth by HTTPS; HTTP is for tests and demonstrations on this computer."""
        return self.origin.startswith("https://")

    @property
    def secret_key_file(self) -> Path:
        """The file of Django's secret key (mode 0600), made by ``ippyo booth init``."""
        return self.folder / "secret-key"

    @property
    def outbox_file(self) -> Path:
        """What voters handed in and the ledger does not have yet."""
        return self.data_folder / "outbox.sqlite"

    @property
    def index_file(self) -> Path:
        """The board's index of the ledger; it can be removed, and is then made anew."""
        return self.data_folder / "board.sqlite"

    @property
    def record_file(self) -> Path:
        """The record for whoever downloads it, made from the ledger when it is asked for."""
        return self.data_folder / "record.zip"

    @classmethod
    def read(cls, path: Path) -> Config:
        """Read ``booth.toml``, given by itself or by its folder. Raises :class:`InputError` with every mistake."""
        file = path / CONFIG_NAME if path.is_dir() else path
        return cls.from_text(read_config(file, "booth configuration"), file)

    @classmethod
    def from_text(cls, text: str, file: Path) -> Config:
        """Decode the text of ``file``, whose folder other paths start from. Raises as :meth:`read`."""
        return parse_config(text, file, _KEYS, _config)


def _config(root: Table, folder: Path) -> Config:
    test = read_mode(root)
    origin = read_origin(root, "origin", test)
    config = Config(
        folder=folder,
        test=test,
        poll_folder=folder / root.text("poll", "poll"),
        data_folder=folder / root.text("data", "data"),
        origin=origin,
        hosts=read_hosts(root, origin),
        registry=read_origin(root, "registry", test),
        checker=read_origin(root, "checker", test),
        ledger_urls=read_ledger_urls(root.table("ledger", ("urls",)), test),
        places=_places(root),
        support=read_support(root),
    )
    # A checker of the booth's own origin would be the same program that it is to check.
    if config.checker == config.origin and origin:
        root.error("checker", "must be another origin than the booth's")
    return config


def _places(root: Table) -> tuple[Place, ...]:
    places = tuple(_place(table) for table in root.tables("places", _PLACE_KEYS))
    if len(places) > MAX_PLACES:
        root.error("places", f"has more than {MAX_PLACES} places")
    if len({place.id for place in places}) != len(places):
        root.error("places", "has two places of the same id")
    return places


def _place(table: Table) -> Place:
    place = Place(
        table.text("id"),
        table.bilingual("name"),
        table.bilingual("address"),
        table.text("opens"),
        table.text("closes"),
    )
    if "id" in table and not _ID.fullmatch(place.id):
        table.error("id", "must be 1 to 40 small letters, digits and hyphens")
    for key, value in (("opens", place.opens), ("closes", place.closes)):
        if key in table and not _TIME.fullmatch(value):
            table.error(key, 'must be a time of day, as in "08:30"')
    return place
