"""What every group offers: the interface a faster kernel can slide under.

The code writes groups additively, as libraries for curves do; docs/protocol.md writes them multiplicatively, as the
record format does. ``add(A, B)`` here is A·B there, ``mul(k, A)`` here is A^k there.

Two kinds of multiplication, never to be mixed up: ``mul``, ``mul_base`` and ``Table.mul`` take **secret** scalars and
are constant-time where the library under them is; ``mul_many``, ``multi_mul`` and ``Table.mul_public`` take **public**
ones and may take any shortcut.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from ippyo.errors import ParseError

__all__ = ["Element", "Group", "Table"]


class Element(ABC):
    """A member of the prime-order group, known to be one. Compares by value; hashable; immutable."""

    __slots__ = ()

    @abstractmethod
    def __eq__(self, other: object) -> bool: ...

    @abstractmethod
    def __hash__(self) -> int: ...


class Table(ABC):
    """Precomputed multiples of one element, which is multiplied often (the election key)."""

    __slots__ = ()

    @abstractmethod
    def mul(self, k: int) -> Element:
        """Return the element times a secret scalar ``k``."""

    @abstractmethod
    def mul_public(self, k: int) -> Element:
        """Return the element times a public scalar ``k``."""


class Group(ABC):
    """A cyclic group of prime order ``q`` in which Diffie-Hellman is hard. Scalars are integers, reduced mod ``q``."""

    name: str
    q: int
    scalar_digits: int
    """Decimal digits of ``q - 1``: the width to which secret scalars are padded before encryption."""
    text_limit: int
    """Longest text of an element, in characters."""
    carries_commitments: bool
    """Whether ballots carry the commitments of their proofs (docs/protocol.md §7)."""
    batch_from: int | None
    """From how many ballots on checking all their equations at once is the faster way (measured); None: never."""
    identity: Element
    generator: Element

    def __reduce__(self) -> tuple[Callable[[str], Group], tuple[str]]:
        # By its name: with its tables it has megabytes, and a node keeps what workers send it of each transaction.
        return _of_name, (self.name,)

    @abstractmethod
    def decode(self, text: str) -> Element:
        """Return the element that ``text`` writes (docs/protocol.md §2).

        Raises :class:`ParseError` unless ``text`` is the canonical form of a member of the prime-order group. The
        identity is a member; see :meth:`decode_key` where it must not be.
        """

    @abstractmethod
    def encode(self, element: Element) -> str:
        """Return the text of ``element``: ``str(X)`` in docs/protocol.md."""

    def decode_many(self, texts: Sequence[str]) -> list[Element]:
        """Decode several elements; raises for the first that is not one."""
        return [self.decode(text) for text in texts]

    def decode_key(self, text: str, *, what: str) -> Element:
        """Decode an element that must not be the identity: a key, a credential, a ciphertext component."""
        element = self.decode(text)
        if element == self.identity:
            raise ParseError(what, "is the identity of the group")
        return element

    def decode_scalar(self, text: str, *, what: str = "scalar") -> int:
        """Return the scalar that the decimal ``text`` writes; raises :class:`ParseError` unless it is below q."""
        if (
            not isinstance(text, str)
            or not (text.isascii() and text.isdigit())
            or len(text) > self.scalar_digits
            or (text[0] == "0" and text != "0")
        ):
            raise ParseError(what, "is not a canonical decimal scalar")
        value = int(text)
        if value >= self.q:
            raise ParseError(what, "is not below the order of the group")
        return value

    @abstractmethod
    def add(self, a: Element, b: Element) -> Element:
        """Return a + b (a·b in the multiplicative notation of the protocol)."""

    @abstractmethod
    def neg(self, a: Element) -> Element:
        """Return -a (the inverse)."""

    def sub(self, a: Element, b: Element) -> Element:
        """Return a - b (a/b)."""
        return self.add(a, self.neg(b))

    def total(self, elements: Sequence[Element]) -> Element:
        """Return the sum of ``elements``; of none, the identity."""
        result = self.identity
        for element in elements:
            result = self.add(result, element)
        return result

    @abstractmethod
    def mul(self, k: int, element: Element) -> Element:
        """Return ``element`` times a secret scalar ``k``."""

    @abstractmethod
    def mul_base(self, k: int) -> Element:
        """Return the generator times a secret scalar ``k``."""

    def mul_many(self, scalars: Sequence[int], elements: Sequence[Element]) -> list[Element]:
        """Return each element times its own public scalar."""
        return [self.mul(k, element) for k, element in zip(scalars, elements, strict=True)]

    @abstractmethod
    def multi_mul(self, scalars: Sequence[int], elements: Sequence[Element]) -> Element:
        """Return the sum of all elements times their public scalars."""

    @abstractmethod
    def table(self, element: Element) -> Table:
        """Return precomputed multiples of ``element``."""


def _of_name(name: str) -> Group:
    from ippyo.crypto.groups import group  # noqa: PLC0415 - it imports this module

    return group(name)
