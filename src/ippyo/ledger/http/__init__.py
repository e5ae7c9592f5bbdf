"""A ledger over HTTP: :class:`LedgerApp` puts it in front of an engine, :class:`LedgerClient` uses it from elsewhere.

All of it is public but for handing in; what is handed in is judged by the contract. No cookies, no accounts, no log of
who asked: whoever runs this decides at the network who may come.
"""

from ippyo.ledger.http.app import LedgerApp
from ippyo.ledger.http.client import LedgerClient

__all__ = ["LedgerApp", "LedgerClient"]
