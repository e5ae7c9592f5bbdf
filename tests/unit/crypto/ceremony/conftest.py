"""One finished ceremony of three trustees, two of whom are enough, to take apart in every test."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.held_ceremony import Finished, hold

from ippyo.crypto.ceremony import CeremonyContext
from ippyo.crypto.groups import group
from ippyo.poll.policies import Quorum

MANIFEST_HASH = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghi"


@pytest.fixture(scope="session")
def hold_ceremony() -> Callable[..., Finished]:
    def held(group_name: str = "Ed25519", total: int = 3, threshold: int = 2, mh: str = MANIFEST_HASH) -> Finished:
        return hold(CeremonyContext(mh, group(group_name), Quorum(total, threshold)))

    return held


@pytest.fixture(scope="session")
def finished(hold_ceremony: Callable[..., Finished]) -> Finished:
    return hold_ceremony()


@pytest.fixture(scope="session")
def other(hold_ceremony: Callable[..., Finished]) -> Finished:
    """Return a ceremony of another poll, with the same quorum."""
    return hold_ceremony(mh=MANIFEST_HASH[::-1])
