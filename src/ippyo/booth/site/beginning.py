"""A new booth's folder: a configuration ready to edit, the secret key, and copies of the poll's files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ippyo.booth.site.config import CONFIG_NAME, Config
from ippyo.errors import InputError
from ippyo.files import reason, write_new
from ippyo.sites.secret_key import make_secret_key

__all__ = ["NewBooth", "write_booth"]

_TEMPLATE = """\
# The booth and its bulletin board. Paths start from this file's folder.

mode = {mode}            # "production", or "test": http on this computer
poll = "poll"            # manifest.json, genesis.json, trustees.json, ceremony.json
data = "data"            # the outbox and the board's index
origin = {origin}
registry = {registry}    # where voters get their ticket
checker = {checker}      # another origin, where a sealed ballot can be checked
# hosts = ["booth.example"]    # host names under which voters come, if not only the origin's

[ledger]
urls = {ledger}          # where there are several nodes, of each, as "NAME=URL" with its operator's name

[support]
phone = {phone}
hours = {{ ja = "平日 9 時から 17 時", en = "weekdays, 9 to 17" }}

# [[places]]             # where there are kiosks
# id = "city-hall"
# name = {{ ja = "市役所", en = "City hall" }}
# address = {{ ja = "...", en = "..." }}
# opens = "08:30"
# closes = "20:00"
"""


@dataclass(frozen=True, slots=True)
class NewBooth:
    """What a new booth is told from the start."""

    origin: str
    registry: str
    checker: str
    ledger: Sequence[str]
    test: bool
    phone: str

    def to_toml(self) -> str:
        """Return the text of booth.toml."""
        values: dict[str, object] = {
            "mode": "test" if self.test else "production",
            "origin": self.origin,
            "registry": self.registry,
            "checker": self.checker,
            "ledger": list(self.ledger),
            "phone": self.phone,
        }
        # A JSON text or array of texts is one of TOML, too.
        return _TEMPLATE.format(**{name: json.dumps(value, ensure_ascii=False) for name, value in values.items()})


def write_booth(folder: Path, documents: Mapping[str, str], new: NewBooth) -> Config:
    """Make ``folder`` and all that a booth needs, the poll's ``documents`` among it; return its configuration.

    Raises :class:`InputError` when the folder is there and not empty, or an option is wrong (nothing is left then).
    """
    config = Config.from_text(new.to_toml(), folder / CONFIG_NAME)
    _make_folders(folder, config)
    for name, text in documents.items():
        write_new(config.poll_folder / name, text.encode() + b"\n")
    make_secret_key(config.secret_key_file)
    write_new(folder / CONFIG_NAME, new.to_toml().encode(), private=True)
    return config


def _make_folders(folder: Path, config: Config) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InputError(f"{folder} is not empty; name a new folder for the booth")
        for made in (config.poll_folder, config.data_folder):
            made.mkdir(mode=0o700)
    except OSError as error:
        raise InputError(f"cannot make {folder}: {reason(error)}") from None
