"""Opening an office: files that do not belong together open none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ippyo.errors import InputError
from ippyo.identity.revocation import CrlSource, EveryOf, Remembered
from ippyo.registry.site.config import RevocationConfig
from ippyo.registry.site.opening import open_office

PASSPHRASE = "correct horse battery"
OCSP = "http://127.0.0.1:9/ocsp"


@pytest.fixture
def folder(office_maker: Any) -> Any:
    """Return a maker whose folder holds the poll's texts and the keys of issuer 1."""
    maker = office_maker()
    maker.small.write_documents(maker.folder / "poll")
    (maker.folder / "issuer-keys.age").write_bytes(maker.keys(1).seal(PASSPHRASE))
    return maker


def opened(config: Any) -> Any:
    with open_office(config, lambda: PASSPHRASE) as office:
        return office


def test_whatever_is_configured_must_say_that_a_certificate_holds(folder: Any) -> None:
    lists, day = folder.crl_folder, timedelta(hours=24)
    for crl, ocsp, kinds in (
        (lists, None, [CrlSource]),
        (None, OCSP, [Remembered]),
        (lists, OCSP, [CrlSource, Remembered]),
    ):
        office = opened(folder.config(revocation=RevocationConfig(crl, ocsp, day)))
        sources = office.revocation.sources if isinstance(office.revocation, EveryOf) else [office.revocation]
        assert [type(source) for source in sources] == kinds
    assert office.poll.fingerprint == folder.small.phi
    assert office.keys == folder.keys(1)


def test_the_keys_of_another_issuer(folder: Any) -> None:
    (folder.folder / "issuer-keys.age").write_bytes(folder.keys(2).seal(PASSPHRASE))
    with pytest.raises(InputError, match="are not the keys of issuer 1"):
        opened(folder.config())


def test_fewer_issuers_than_genesis_has(folder: Any) -> None:
    config = folder.config()
    with pytest.raises(InputError, match="names 1 issuers, and the poll's genesis 2"):
        opened(replace(config, issuers=config.issuers[:1]))


def test_roots_of_the_test_hierarchy_in_production(folder: Any) -> None:
    with pytest.raises(InputError, match="the test mode is off"):
        opened(folder.config(test=False))
