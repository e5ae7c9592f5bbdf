"""The error family: every error says whose fault it is, what is wrong, and what to do about it.

The command line turns ``CheckFailedError`` into exit code 1 and every other ``IppyoError`` into exit code 2;
a traceback is a bug.
No message of this family may contain a secret (PIN, passphrase, voting code, blinding, key share, randomness).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = [
    "CheckFailedError",
    "FaultyCoordinatorError",
    "FaultyIssuerError",
    "FaultyTrusteeError",
    "InputError",
    "IppyoError",
    "ParseError",
    "RefusedError",
]


class IppyoError(Exception):
    """Anything that went wrong in a way this program foresaw. ``str(error)`` is one clear sentence for a person.

    Subclasses may take other arguments than the sentence: copied and pickled is what an error holds, not how it was
    made, so that the verifier's processes hand errors on unchanged.
    """

    def __reduce__(self) -> tuple[Callable[..., IppyoError], tuple[Any, ...]]:
        return _restored, (type(self), self.args, self.__dict__)


class InputError(IppyoError):
    """The caller gave something unusable: a missing file, a wrong passphrase, an impossible option."""


class ParseError(InputError):
    """A text or file is not a well-formed, canonical message of the kind expected.

    ``what`` names the message or file, ``problem`` says what is wrong with it.
    """

    def __init__(self, what: str, problem: str) -> None:
        super().__init__(f"{what}: {problem}")
        self.what = what
        self.problem = problem


class CheckFailedError(IppyoError):
    """A cryptographic or logical check failed: the data are well formed, but not true."""


class FaultyTrusteeError(CheckFailedError):
    """Trustee ``index`` (1-based) sent something that breaks the protocol."""

    def __init__(self, index: int, problem: str) -> None:
        super().__init__(f"trustee {index}: {problem}")
        self.index = index
        self.problem = problem


class FaultyIssuerError(CheckFailedError):
    """Issuer ``index`` (1-based) signed wrongly or not at all."""

    def __init__(self, index: int, problem: str) -> None:
        super().__init__(f"issuer {index}: {problem}")
        self.index = index
        self.problem = problem


class FaultyCoordinatorError(CheckFailedError):
    """Whoever carries messages between the parties delivered something altered, mixed up or incomplete."""


class RefusedError(IppyoError):
    """The contract refuses a transaction. ``code`` is one of the named refusals of docs/protocol.md §9."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


def _restored(kind: type[IppyoError], args: tuple[Any, ...], attributes: dict[str, Any]) -> IppyoError:
    """Return the error that :meth:`IppyoError.__reduce__` took apart, without running its ``__init__`` again."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(attributes)
    return error
