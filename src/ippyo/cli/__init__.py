"""The command line, one module per command group.

Parses, calls one room, prints; no rule of the election lives here.
"""
