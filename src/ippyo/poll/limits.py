"""How large things may be, each number once (docs/protocol.md §1). Every room takes them from here.

Sizes are in bytes of the canonical text. A node that took more than another would part from it, so none of these is a
setting.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "BALLOT_LIMIT",
    "BLOCK_LIMIT",
    "GENESIS_LIMIT",
    "MANIFEST_LIMIT",
    "MAX_ANSWERS",
    "MAX_CHOICES",
    "MAX_CONTESTS",
    "MAX_ISSUERS",
    "MAX_OFFICERS",
    "MAX_STYLES",
    "MAX_TRUSTEES",
    "MAX_WITNESSES",
    "TRANSACTION_LIMIT",
]

MANIFEST_LIMIT: Final = 4 * 1024 * 1024
GENESIS_LIMIT: Final = 4 * 1024 * 1024
TRANSACTION_LIMIT: Final = 512 * 1024
BALLOT_LIMIT: Final = 400 * 1024

BLOCK_LIMIT: Final = 256
"""Transactions in a block."""

MAX_CONTESTS: Final = 64
MAX_STYLES: Final = 64
MAX_ANSWERS: Final = 200
MAX_CHOICES: Final = MAX_ANSWERS + 1
"""Ciphertexts of a ballot and counts of a contest: the answers, and the blank vote."""
MAX_TRUSTEES: Final = 30
MAX_ISSUERS: Final = 16
MAX_OFFICERS: Final = 32
MAX_WITNESSES: Final = 64
