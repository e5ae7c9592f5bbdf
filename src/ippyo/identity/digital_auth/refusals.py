"""The two refusals of this package; their details hold nothing personal and nothing that the service wrote freely."""

from __future__ import annotations

from ippyo.identity.errors import IdentityRefusedError

__all__ = ["failed", "refused"]


def refused(detail: str) -> IdentityRefusedError:
    """Return the refusal for a voter who said no, or took too long."""
    return IdentityRefusedError("digital-auth-refused", detail)


def failed(detail: str) -> IdentityRefusedError:
    """Return the refusal for an answer of the service that is missing or not right."""
    return IdentityRefusedError("digital-auth-failed", detail)
