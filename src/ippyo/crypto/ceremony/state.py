"""What a trustee keeps between the steps: secret, one file, never shown.

The type says how far the trustee is: :class:`Committed` → :class:`Revealed` → :class:`KeyShare` or, when a share was
bad, :class:`Complained`. A later state holds the message its step sent, so that a repeated step sends the same message
again and never a second, different one. The last two are final: one has forgotten everything but the key share, the
other everything secret.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from ippyo.canonical import Fields, b64, dumps, loads, require_canonical, unb64
from ippyo.crypto.ceremony.context import CeremonyContext
from ippyo.crypto.ceremony.messages import DIGEST_LENGTH, NONCE_BYTES, Commit, Complaint, Confirm, Reveal
from ippyo.crypto.trustee_keys import Coefexps
from ippyo.errors import InputError, ParseError

__all__ = ["Committed", "Complained", "KeyShare", "Revealed", "TrusteeState", "read_state"]

STATE_LIMIT = 1 << 20
WHAT = "trustee's secret state"
_SECRET_FIELDS = ("signing", "decryption", "coefficients", "nonce", "coefexps", "commit")


@dataclass(frozen=True, slots=True)
class Committed:
    """After step 1: the secrets sk_i = ``signing``, dk_i = ``decryption``, a_ik = ``coefficients``, and the nonce N_i.

    ``coefexps`` is secret until all have committed.
    """

    context: CeremonyContext
    index: int
    signing: int = field(repr=False)
    decryption: int = field(repr=False)
    coefficients: tuple[int, ...] = field(repr=False)
    nonce: bytes = field(repr=False)
    coefexps: Coefexps = field(repr=False)
    commit: Commit = field(repr=False)

    def _secrets(self) -> dict[str, object]:
        return {
            "signing": str(self.signing),
            "decryption": str(self.decryption),
            "coefficients": [str(a) for a in self.coefficients],
            "nonce": b64(self.nonce),
            "coefexps": self.coefexps.to_value(),
            "commit": self.commit.to_value(),
        }

    def to_text(self) -> str:
        """Return the canonical text, which is secret."""
        return dumps(_head("committed", self.context, self.index) | self._secrets())


@dataclass(frozen=True, slots=True)
class Revealed:
    """After step 2: also the reveal that was sent. ``reveal.round`` says for which commits."""

    committed: Committed
    reveal: Reveal = field(repr=False)

    @property
    def context(self) -> CeremonyContext:
        """The ceremony."""
        return self.committed.context

    @property
    def index(self) -> int:
        """The trustee's number."""
        return self.committed.index

    def to_text(self) -> str:
        """Return the canonical text, which is secret."""
        secrets = self.committed._secrets()
        return dumps(_head("revealed", self.context, self.index) | secrets | {"reveal": self.reveal.to_value()})


@dataclass(frozen=True, slots=True)
class KeyShare:
    """After step 3: the key share S_j = ``secret``, the confirm that was sent, and what it was built on.

    ``commits`` and ``reveals`` are the hashes of the messages this trustee saw: nobody can be shown others later
    without its being found out.
    """

    context: CeremonyContext
    index: int
    secret: int = field(repr=False)
    commits: tuple[str, ...]
    reveals: tuple[str, ...]
    confirm: Confirm

    def to_text(self) -> str:
        """Return the canonical text, which is secret."""
        return dumps(
            _head("share", self.context, self.index)
            | {
                "secret": str(self.secret),
                "commits": list(self.commits),
                "reveals": list(self.reveals),
                "confirm": self.confirm.to_value(),
            }
        )


@dataclass(frozen=True, slots=True)
class Complained:
    """After step 3 with a bad share: the ceremony has ended for this trustee, and its secrets are gone.

    Nothing can be done with this state but to send the same ``complaint`` again.
    """

    context: CeremonyContext
    index: int
    complaint: Complaint = field(repr=False)

    def to_text(self) -> str:
        """Return the canonical text; nothing in it is secret."""
        return dumps(_head("complained", self.context, self.index) | {"complaint": self.complaint.to_value()})

    def refuse(self) -> NoReturn:
        """Raise :class:`InputError`: no step follows."""
        raise InputError(
            f"you have complained about trustee {self.complaint.against}, which ended this key ceremony for you;"
            " it must be held again by all with new secrets"
        )


TrusteeState = Committed | Revealed | KeyShare | Complained


def _head(stage: str, context: CeremonyContext, index: int) -> dict[str, object]:
    return {"type": "ippyo-trustee-v1", "stage": stage, "context": context.text, "index": index}


def read_state(context: CeremonyContext, text: str | bytes) -> TrusteeState:
    """Decode a trustee's secret state.

    Raises :class:`InputError` when it is of another ceremony, :class:`ParseError` when it is not such a state.
    """
    value = loads(text, what=WHAT, limit=STATE_LIMIT)
    stage = value.get("stage") if isinstance(value, dict) else None
    decode = _STAGES.get(stage) if isinstance(stage, str) else None
    if decode is None:
        raise ParseError(WHAT, "is not that of a known step")
    state = decode(context, value)
    require_canonical(text, state.to_text(), what=WHAT)
    return state


def _start(context: CeremonyContext, value: object, names: tuple[str, ...]) -> tuple[Fields, int]:
    read = Fields(value, WHAT, ("type", "stage", "context", "index", *names))
    if read.text("context") != context.text:
        raise InputError("the trustee's secret belongs to another key ceremony; use the folder made for this poll")
    return read, read.integer("index", low=1, high=context.quorum.total)


def _secrets(context: CeremonyContext, read: Fields, index: int) -> Committed:
    group, t = context.group, context.quorum.threshold
    width = group.scalar_digits
    committed = Committed(
        context,
        index,
        group.decode_scalar(read.text("signing", limit=width), what=WHAT),
        group.decode_scalar(read.text("decryption", limit=width), what=WHAT),
        tuple(group.decode_scalar(a, what=WHAT) for a in read.texts("coefficients", limit=t, least=t, length=width)),
        unb64(read.text("nonce", limit=DIGEST_LENGTH), what=WHAT, length=NONCE_BYTES),
        Coefexps.from_value(group, t, read.raw("coefexps"), WHAT),
        Commit.from_value(context, read.raw("commit")),
    )
    if committed.commit.index != index:
        raise ParseError(WHAT, "holds a message of another trustee")
    return committed


def _committed(context: CeremonyContext, value: object) -> Committed:
    read, index = _start(context, value, _SECRET_FIELDS)
    return _secrets(context, read, index)


def _revealed(context: CeremonyContext, value: object) -> Revealed:
    read, index = _start(context, value, (*_SECRET_FIELDS, "reveal"))
    return Revealed(_secrets(context, read, index), Reveal.from_value(context, read.raw("reveal")))


def _share(context: CeremonyContext, value: object) -> KeyShare:
    read, index = _start(context, value, ("secret", "commits", "reveals", "confirm"))
    n, group = context.quorum.total, context.group
    share = KeyShare(
        context,
        index,
        group.decode_scalar(read.text("secret", limit=group.scalar_digits), what=WHAT),
        tuple(read.texts("commits", limit=n, least=n, length=DIGEST_LENGTH)),
        tuple(read.texts("reveals", limit=n, least=n, length=DIGEST_LENGTH)),
        Confirm.from_value(context, read.raw("confirm")),
    )
    if group.mul_base(share.secret) != share.confirm.key.public_key:
        raise ParseError(WHAT, "holds a key share that does not fit its verification key")
    return share


def _complained(context: CeremonyContext, value: object) -> Complained:
    read, index = _start(context, value, ("complaint",))
    complaint = Complaint.from_value(context, read.raw("complaint"))
    if complaint.index != index:
        raise ParseError(WHAT, "holds a message of another trustee")
    return Complained(context, index, complaint)


_STAGES: dict[str, Callable[[CeremonyContext, object], TrusteeState]] = {
    "committed": _committed,
    "revealed": _revealed,
    "share": _share,
    "complained": _complained,
}
