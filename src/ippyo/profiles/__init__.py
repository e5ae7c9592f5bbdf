"""Manifest templates that ship with the package: each shows what one program becomes by its policies."""
