"""``ippyo bench``: how fast this machine seals, checks, tallies, decrypts and verifies.

Figures are medians of repeated runs, printed with the method, the versions and the machine. Nothing here is a test.
"""

from ippyo.cli.bench.command import register

__all__ = ["register"]
