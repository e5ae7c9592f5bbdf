"""A new registry's folder: a configuration ready to edit, the secret key, and copies of the poll's files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ippyo.contract.poll import Poll
from ippyo.errors import InputError
from ippyo.files import reason, write_new
from ippyo.registry.site.config import CONFIG_NAME, Config
from ippyo.sites.secret_key import make_secret_key

__all__ = ["NewRegistry", "write_registry"]

_TEMPLATE = """\
# The registry of one issuer. Paths start from this file's folder; secrets are in files of their own.

mode = {mode}            # "production", or "test": test cards, and http on this computer
poll = "poll"            # manifest.json, genesis.json, trustees.json
issuer = {issuer}               # this issuer's place in the poll; 1 is the desk
origin = {origin}
issuers = {issuers}     # the origins of all issuers, in the poll's order
{booth_line}
# hosts = ["registry.example"]    # host names under which voters come, if not only the origin's
# kiosks = ["192.0.2.16/28"]      # computers that staff watch: the brake on guessing is off there

minimum_age = {minimum_age}         # on the last day of the poll
retention_days = 90      # after the poll; docs/privacy.md
match = ["name", "birth", "sex", "address"]    # what of the card is compared with the roll

[database]
url = "sqlite:///registry.db"    # or postgresql://USER@HOST/NAME; DATABASE_URL overrides it

[ledger]
urls = {ledger}
batch_ms = 1000          # how long one raising of the total waits for company

[certificates]
roots = "roots"          # folder with the certificates of the authorities
pins = {pins}

[revocation]
crl = "crl"              # folder with imported lists; with ocsp, both must say good
# ocsp = "http://ocsp.example/"
max_age_hours = 24

[keys]
file = "issuer-keys.age"
# [keys.pkcs11]
# module = "/usr/lib/softhsm/libsofthsm2.so"
# token = "ippyo"
# pin_file = "token-pin"
# label_prefix = ""

# [digital_auth]
# client_id = "..."
# client_key = "digital-auth.pem"
# acr_values = "aal3 crl"        # what the service is asked for
# accepted_acr = ["aal3"]        # what its ID token must say; without it production does not open

# Who may apply, in order of priority; the roll's column 申請区分 says who belongs to which. Without groups, everybody.
# [[groups]]
# id = "disabled"          # "all" is everybody on the roll
# name = {{ ja = "身体に障害のある方", en = "people with disabilities" }}
# evidence = {{ ja = "身体障害者手帳", en = "disability certificate" }}
# opens = 2026-11-01T00:00:00+09:00

[support]
phone = {phone}
hours = {{ ja = "平日 9 時から 17 時", en = "weekdays, 9 to 17" }}
"""


@dataclass(frozen=True, slots=True)
class NewRegistry:
    """What a new registry is told from the start."""

    issuer: int
    origin: str
    issuers: Sequence[str]
    ledger: Sequence[str]
    pins: Sequence[str]
    test: bool
    minimum_age: int
    phone: str
    booth: str | None = None

    def to_toml(self) -> str:
        """Return the text of registry.toml."""
        values: dict[str, object] = {
            "mode": "test" if self.test else "production",
            "issuer": self.issuer,
            "origin": self.origin,
            "issuers": list(self.issuers),
            "minimum_age": self.minimum_age,
            "ledger": list(self.ledger),
            "pins": list(self.pins),
            "phone": self.phone,
        }
        # A JSON text, number or array of texts is one of TOML, too.
        texts = {name: json.dumps(value, ensure_ascii=False) for name, value in values.items()}
        booth = '# booth = "https://booth.example"' if self.booth is None else f"booth = {json.dumps(self.booth)}"
        return _TEMPLATE.format(**texts, booth_line=f"{booth}    # where voters go on with their ticket")


def write_registry(folder: Path, poll: Poll, new: NewRegistry) -> Config:
    """Make ``folder`` and all that a registry needs but roots, lists, keys and database; return its configuration.

    Raises :class:`InputError` when the folder is there and not empty, or an option is wrong (nothing is left then).
    """
    config = Config.from_text(new.to_toml(), folder / CONFIG_NAME)
    if len(config.issuers) != len(poll.genesis.issuers):
        raise InputError(f"name the origins of all {len(poll.genesis.issuers)} issuers of the poll, in its order")
    _make_folders(folder)
    for name, text in (
        ("manifest.json", poll.manifest.to_text()),
        ("genesis.json", poll.genesis.to_text()),
        ("trustees.json", poll.trustees.to_text()),
    ):
        write_new(folder / "poll" / name, text.encode() + b"\n")
    make_secret_key(config.secret_key_file)
    write_new(folder / CONFIG_NAME, new.to_toml().encode(), private=True)
    return config


def _make_folders(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InputError(f"{folder} is not empty; name a new folder for the registry")
        for name in ("poll", "roots", "crl"):
            (folder / name).mkdir(mode=0o700)
    except OSError as error:
        raise InputError(f"cannot make {folder}: {reason(error)}") from None
