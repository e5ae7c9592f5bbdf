"""Opening the office: reading every file that registry.toml names, and finding that all of it belongs together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ippyo.contract.poll import Poll
from ippyo.crypto import age_file
from ippyo.errors import InputError
from ippyo.files import read_limited
from ippyo.identity.certificates import Trust
from ippyo.identity.digital_auth import DigitalAuth, DigitalAuthConfig, load_client_key, load_result_key
from ippyo.identity.revocation import CrlSource, EveryOf, HttpPost, OcspSource, Remembered, Revocation
from ippyo.ledger.addresses import ledger_at
from ippyo.ledger.documents import read_poll
from ippyo.registry.issuance.keys import IssuerSecrets, open_token
from ippyo.registry.issuance.service import count_persons
from ippyo.registry.issuance.totals import Totals
from ippyo.registry.site.config import Config, DigitalAuthFiles, RevocationConfig
from ippyo.registry.site.office import Office

__all__ = ["open_office"]


@contextmanager
def open_office(config: Config, ask_passphrase: Callable[[], str]) -> Iterator[Office]:
    """Read what ``config`` names and lend the office. Needs Django set up.

    ``ask_passphrase`` is called once, for the key file. Raises :class:`~ippyo.errors.IppyoError` saying what is wrong.
    """
    poll = read_poll(config.poll_folder)
    if len(config.issuers) != len(poll.genesis.issuers):
        raise InputError(
            f"registry.toml names {len(config.issuers)} issuers, and the poll's genesis {len(poll.genesis.issuers)}"
        )
    trust = Trust.from_folder(config.certificates.folder, config.certificates.pins, test=config.test)
    keys = _read_keys(config, poll, ask_passphrase)
    with ledger_at(config.ledger_urls, poll) as ledger:
        yield Office(
            config=config,
            poll=poll,
            keys=keys,
            trust=trust,
            revocation=_revocation(config.revocation, trust),
            ledger=ledger,
            totals=Totals(poll.fingerprint, config.issuer, keys.key, ledger, count_persons, config.batch_seconds),
            digital_auth=_digital_auth(config, poll),
        )


def _read_keys(config: Config, poll: Poll, ask_passphrase: Callable[[], str]) -> IssuerSecrets:
    """Open the key file and, where one is named, the token; the keys are this issuer's, or :class:`InputError`."""
    sealed = read_limited(config.keys.file, age_file.MAX_CIPHERTEXT, "issuer's key file")
    keys = IssuerSecrets.unseal(sealed, ask_passphrase())
    if config.keys.token is not None:
        keys = keys.with_token(open_token(config.keys.token), config.keys.token.label_prefix, tuple(poll.ticket_keys))
    keys.require_issuer(poll, config.issuer)
    return keys


def _revocation(config: RevocationConfig, trust: Trust) -> Revocation:
    """Return one way to ask or, where both are configured, the two that must agree."""
    sources: list[Revocation] = []
    if config.crl_folder is not None:
        sources.append(CrlSource(config.crl_folder, trust, config.max_age))
    if config.ocsp is not None:
        sources.append(Remembered(OcspSource(HttpPost(config.ocsp))))
    return sources[0] if len(sources) == 1 else EveryOf(sources)


def _digital_auth(config: Config, poll: Poll) -> DigitalAuth | None:
    wanted = config.is_desk and "digital-auth" in poll.manifest.policies.channels
    files = config.digital_auth
    if not wanted:
        return None
    if files is None:
        raise InputError("the poll has the channel digital-auth, but registry.toml has no section [digital_auth]")
    if not files.accepted_acr and not config.test:
        # Without it, a login that asked for no card at all would be believed.
        raise InputError("registry.toml accepts every way of signing in: name accepted_acr in section [digital_auth]")
    return DigitalAuth(_digital_auth_config(config, files))


def _digital_auth_config(config: Config, files: DigitalAuthFiles) -> DigitalAuthConfig:
    return DigitalAuthConfig.at(
        files.issuer,
        client_id=files.client_id,
        redirect_uri=f"{config.origin}/registration/back",
        client_key=load_client_key(files.client_key),
        acr_values=files.acr_values,
        accepted_acr=files.accepted_acr,
        result_key=None if files.result_key is None else load_result_key(files.result_key),
        authority=files.authority,
    )
