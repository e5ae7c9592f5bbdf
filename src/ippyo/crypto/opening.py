"""From partial decryptions to counts; bad contributions are left out, and their senders named (protocol §12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ippyo.crypto.decryption import PartialDecryption, Tally, check_partial_decryption, combine, decode_counts
from ippyo.crypto.trustees import Trustees
from ippyo.errors import CheckFailedError, FaultyTrusteeError

__all__ = ["OpenedTally", "decode_counts", "open_tally"]


@dataclass(frozen=True, slots=True)
class OpenedTally:
    """``counts`` in the shape of the tally, the ``owners`` whose contributions opened it, and who sent a bad one."""

    counts: tuple[tuple[int, ...], ...]
    owners: tuple[int, ...]
    faulty: tuple[FaultyTrusteeError, ...]


def open_tally(
    trustees: Trustees, phi: str, tally: Tally, most: int, partials: Mapping[int, PartialDecryption]
) -> OpenedTally:
    """Check all ``partials`` (by owner), leave out the bad ones, and open the tally of at most ``most`` ballots.

    A missing trustee, or a cheating one, does not stop the count as long as t good contributions are there.
    Raises :class:`CheckFailedError` when they are not, naming those whose contribution was bad.
    """
    group, good, faulty = trustees.group, {}, []
    for owner, partial in sorted(partials.items()):
        try:
            check_partial_decryption(trustees, phi, owner, tally, partial)
        except FaultyTrusteeError as error:
            faulty.append(error)
        else:
            good[owner] = partial
    try:
        factors = combine(group, trustees.threshold, good)
    except CheckFailedError as error:
        raise CheckFailedError("; ".join(map(str, [error, *faulty]))) from None
    owners = tuple(sorted(good)[: trustees.threshold])
    return OpenedTally(decode_counts(group, tally, factors, most), owners, tuple(faulty))
