"""``ippyo demo``: a whole poll in one command, from the keys to the verification.

One program plays every office, every voter and every cheat; only here may all rooms meet.
"""

from ippyo.cli.demo.command import register

__all__ = ["register"]
