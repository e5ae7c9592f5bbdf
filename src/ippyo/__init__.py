"""Ippyo 一票: Internet voting that a town can run and anybody can check.

The folders below are the architecture (docs/architecture.md). Each imports only from those above it in that list;
``canonical`` and ``errors`` beside this file are the only modules that every room may use.
"""

__version__ = "0.1.0"
