"""The issuers' registries (認証) of the demonstration, each a process of its own, set up as a town would set it up.

Every command here is one that a clerk could type. The demonstration's own part is to choose free ports, and to know
all passphrases at once.
"""

from __future__ import annotations

import csv
import io
import os
import secrets
import subprocess
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ippyo.cli.children import answers, begin, complaint, end, ippyo_command, last_words, lent_ports
from ippyo.cli.demo.cards import Cards
from ippyo.errors import InputError
from ippyo.files import read_limited, write_new
from ippyo.identity.card.virtual.contents import CardContents
from ippyo.identity.digital_auth.keys import load_client_key, load_result_key
from ippyo.identity.revocation import import_crl
from ippyo.identity.simulated.digital_auth import RegisteredClient, SimulatedDigitalAuth, serve_digital_auth
from ippyo.registry.issuance.keys import IssuerSecrets

__all__ = ["PHONE_OWNER", "Registries"]

PHONE_OWNER = "the first voter"
"""Whom the simulated デジタル認証 knows by this name."""

BATCH_MS = 50
"""How long a raising of the totals waits for company. A town would wait a second; here the clock runs faster."""

CLIENT_ID = "ippyo-demo"
_DIGITAL_AUTH = """
[digital_auth]
issuer = "{issuer}"
client_id = "{client}"
client_key = "../digital-auth.pem"
result_key = "../digital-auth-results.pem"
"""

MAILING_LIMIT = 64 * 1024 * 1024
MINIMUM_AGE = 16
RENEW_SECONDS = 3600.0
"""How often the newest revocation lists are imported. A town's timer does it daily; a registry refuses old ones."""


@dataclass
class _Registry:
    """One issuer's registry."""

    issuer: int
    secrets: IssuerSecrets = field(repr=False)
    folder: Path
    origin: str
    process: subprocess.Popen[str] | None = None

    @property
    def name(self) -> str:
        return f"registry-{self.issuer}"


class Registries:
    """Use it in a ``with``: inside it all registries answer at :attr:`origins`, in issuer order."""

    def __init__(
        self,
        documents: Mapping[str, str],
        issuers: Sequence[IssuerSecrets],
        cards: Cards,
        private: Path,
        ledger: str,
        people: Mapping[str, CardContents],
        *,
        booth: str | None = None,
    ) -> None:
        """``documents`` are the poll's texts by file name; ``private`` holds ``roll.csv`` and gets the folders.

        ``ledger`` is the address of the ledger; ``people`` are those with a card in their phone, by name;
        ``booth`` is where voters go on, if that is known.
        """
        self._documents = documents
        self._cards = cards
        self._private = private
        self._ledger = ledger
        self._people = people
        self._booth = ["--booth", booth] if booth else []
        self._stack = ExitStack()
        self._ended = threading.Event()
        self._passphrase = secrets.token_urlsafe(18)
        ports = self._stack.enter_context(lent_ports(len(issuers)))
        self._all = [
            _Registry(number, issuer, private / f"registry-{number}", f"http://localhost:{port}")
            for number, (issuer, port) in enumerate(zip(issuers, ports, strict=True), start=1)
        ]

    @property
    def origins(self) -> list[str]:
        """The addresses of the registries, the desk's first."""
        return [registry.origin for registry in self._all]

    def __enter__(self) -> Self:
        return self

    def open(self) -> None:
        """Set up and start all registries. Raises :class:`InputError`."""
        poll_folder = self._private / "poll-files"
        poll_folder.mkdir()
        for name, text in self._documents.items():
            write_new(poll_folder / name, text.encode() + b"\n")
        write_new(self._private / "issuers-passphrase.txt", self._passphrase.encode() + b"\n", private=True)
        try:
            self._join_digital_auth()
            with ThreadPoolExecutor(max_workers=len(self._all)) as pool:
                list(pool.map(self._start, self._all))
            renewing = threading.Thread(target=self._renew_lists, name="revocation lists", daemon=True)
            renewing.start()
            self._stack.callback(renewing.join)
            self._stack.callback(self._ended.set)
        except BaseException:
            self._stop()
            raise

    def __exit__(self, kind: type[BaseException] | None, value: object, traceback: TracebackType | None) -> None:
        self._stop()

    def _join_digital_auth(self) -> None:
        """Make the keys under which the desk is known to the simulated デジタル認証, and start that."""
        for name in ("digital-auth.pem", "digital-auth-results.pem"):
            write_new(self._private / name, _new_p256(), private=True)
        client = RegisteredClient(
            CLIENT_ID,
            (f"{self.origins[0]}/registration/back",),
            load_client_key(self._private / "digital-auth.pem").public_jwk(),
            load_result_key(self._private / "digital-auth-results.pem").public_jwk(),
        )
        self.digital_auth = self._stack.enter_context(
            serve_digital_auth(lambda origin: SimulatedDigitalAuth(origin, self._people, (client,)))
        )

    def codes(self) -> dict[str, str]:
        """Return every voter's registration code by number on the roll, as the letters say it."""
        text = read_limited(self._private / "letters.csv", MAILING_LIMIT, "mailing list").decode("utf-8-sig")
        return {row["名簿番号"]: row["投票人登録用コード"] for row in csv.DictReader(io.StringIO(text, newline=""))}

    def _start(self, registry: _Registry) -> None:
        """Set up one registry, import its roll, and serve it."""
        folder = registry.folder
        origins = [argument for origin in self.origins for argument in ("--origin", origin)]
        pins = [argument for pin in self._cards.jlis.pins() for argument in ("--pin", pin.to_text())]
        self._run(
            "init", folder, "--poll", self._private / "poll-files", "--issuer", str(registry.issuer), *origins, *pins,
            "--ledger", self._ledger, "--test", "--minimum-age", str(MINIMUM_AGE),
            *(self._booth if registry.issuer == 1 else ()),
        )  # fmt: skip
        self._configure(registry)
        self._run("import-roll", folder, self._private / "roll.csv")
        if registry.issuer == 1:
            self._run("codes", "make", folder, "--out", self._private / "letters.csv")
        log = self._private / f"{registry.name}.log"
        command = ippyo_command("registry", "serve", folder, "--port", registry.origin.rpartition(":")[2])
        registry.process = begin(command, log, self._environment())
        if not answers(registry.process):
            raise InputError(f"{registry.name} did not start: {last_words(log)}")

    def _configure(self, registry: _Registry) -> None:
        """Put keys, roots and revocation lists into the folder, and shorten the wait for company."""
        folder, jlis = registry.folder, self._cards.jlis
        write_new(folder / "issuer-keys.age", registry.secrets.seal(self._passphrase), private=True)
        for root in jlis.roots.iterdir():
            write_new(folder / "roots" / root.name, root.read_bytes())
        self._import_lists(folder)
        file = folder / "registry.toml"
        text = file.read_text("utf-8").replace("batch_ms = 1000", f"batch_ms = {BATCH_MS}")
        if registry.issuer == 1:
            text += _DIGITAL_AUTH.format(issuer=self.digital_auth.issuer, client=CLIENT_ID)
        file.write_text(text, "utf-8")

    def _import_lists(self, folder: Path) -> None:
        jlis, now = self._cards.jlis, datetime.now(UTC)
        for kind in ("signature", "user"):
            import_crl(jlis.crl(kind, now), jlis.trust(), folder / "crl", now)

    def _renew_lists(self) -> None:
        while not self._ended.wait(RENEW_SECONDS):
            for registry in self._all:
                # Of a clock that went back the lists are earlier ones; the next hour's will do.
                with suppress(InputError):
                    self._import_lists(registry.folder)

    def _run(self, *arguments: str | Path) -> None:
        problem = complaint(ippyo_command("registry", *arguments), self._environment())
        if problem is not None:
            raise InputError(f"a registry could not be set up: {problem}")

    def _environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
            "IPPYO_PASSPHRASE_FILE": str((self._private / "issuers-passphrase.txt").absolute()),
        }

    def _stop(self) -> None:
        end([registry.process for registry in self._all if registry.process is not None])
        self._stack.close()


def _new_p256() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
