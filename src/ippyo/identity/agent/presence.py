"""One presence of a card: from the moment it is found in the reader until it is powered off or pulled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack

from ippyo.identity.agent.signing import GuardedCard
from ippyo.identity.card.applications import KeyKind
from ippyo.identity.card.pin_file import WrongPinError
from ippyo.identity.card.transport import Transport
from ippyo.identity.errors import CardError

__all__ = ["Connect", "Presence"]

Connect = Callable[[], AbstractContextManager[Transport]]
"""Connects to the card in the reader, alone; leaving the context powers the card off, which takes its PINs back."""


class Presence:
    """A connected card, and the keys whose PIN it has been shown in this presence."""

    def __init__(self, connect: Connect, keys: Iterable[KeyKind]) -> None:
        """Connect, and make sure that the card has these keys.

        Raises :class:`CardError`: ``no-card`` and others of the reader, ``not-a-my-number-card``, ``no-certificate``.
        """
        self._stack = ExitStack()
        self.pending = tuple(keys)
        try:
            self.card = GuardedCard(self._stack.enter_context(connect()))
            self.card.select()
            if not set(self.pending) <= self.card.keys():
                raise CardError("no-certificate", "the card does not have this certificate")
        except BaseException:
            self.close()
            raise

    def tries(self) -> dict[KeyKind, int]:
        """Return the tries left of each PIN still to be shown. Raises :class:`CardError` ``card-removed``."""
        return {key: self.card.tries_left(key) for key in self.pending}

    def show(self, pins: Mapping[KeyKind, str], *, last_try: bool) -> None:
        """Show the card the PINs of all :attr:`pending` keys; those it accepts are pending no more.

        ``last_try`` says that the voter knows that a wrong PIN locks it. Raises :class:`CardError`: ``bad-pin`` (of
        any of them, before the card sees one), ``last-try``, ``wrong-pin``, ``pin-locked``, ``card-removed``.
        """
        for key in self.pending:
            self.card.require_form(key, pins[key])
        for key in self.pending:
            tries = self.card.tries_left(key)
            if tries == 0:
                raise CardError("pin-locked", "this PIN is locked; the municipal office can unlock it")
            if tries == 1 and not last_try:
                raise CardError("last-try", "the last try is spent only after a second confirmation")
            try:
                self.card.verify(key, pins[key])
            except WrongPinError as error:
                if error.tries_left == 0:
                    raise CardError("pin-locked", "this PIN is locked; the municipal office can unlock it") from None
                raise
            self.pending = tuple(other for other in self.pending if other is not key)

    def close(self) -> None:
        """Power the card off."""
        try:
            self._stack.close()
        except CardError:
            # It was pulled: a card without power knows of no PIN.
            return
