"""A trustee's own folder: the secret state as one age file under a passphrase, and what was decrypted with it.

1-committed.age → 2-revealed.age → 3-key-share.age     one at a time; a newer one replaces the older
4-complained.age                                       instead of a key share: the ceremony has ended for this trustee
decrypted-CONTEST.txt                                  hash of the one tally this trustee has decrypted
"""

from __future__ import annotations

from pathlib import Path

from ippyo.canonical import dumps, sha256_b64
from ippyo.contract.poll import Poll
from ippyo.counting.exchange import read_line, write_line
from ippyo.counting.tally import EncryptedTally
from ippyo.crypto import age_file
from ippyo.crypto.ceremony import (
    CeremonyContext,
    Committed,
    Complained,
    KeyShare,
    Revealed,
    TrusteeState,
    read_state,
)
from ippyo.errors import InputError
from ippyo.files import read_limited, write_new

__all__ = ["TrusteeHome"]

FILES: dict[type[TrusteeState], str] = {
    Committed: "1-committed.age",
    Revealed: "2-revealed.age",
    KeyShare: "3-key-share.age",
    Complained: "4-complained.age",
}
"""Later ones count more. A complaint is the end whatever happens, also when two steps are taken at the same time."""
WHAT = "trustee's secret state"


class TrusteeHome:
    """The folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, state: Committed, passphrase: str) -> None:
        """Make the folder for a fresh state. Raises :class:`InputError` if it holds one already."""
        if self._newest() is not None:
            raise InputError(f"{self.folder} already holds the secret of a trustee; use a folder of your own")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot make the folder {self.folder}: {error.strerror}") from None
        self.keep(state, passphrase)

    def keep(self, state: TrusteeState, passphrase: str) -> None:
        """Write a state, then remove the older ones, whose secrets are no longer needed; all before anything is sent.

        A state that is kept already is not written again, but the older ones are removed all the same: a power cut may
        have left them. Raises :class:`InputError` when a later state, or another one of the same step, is kept, also
        if that was written meanwhile: the message that ``state`` would send must then not be sent.
        """
        path, newest = self.folder / FILES[type(state)], self._newest()
        if newest is not None and newest.name >= path.name:
            if self.load(state.context, passphrase) != state:
                raise self._overtaken()
        else:
            write_new(path, age_file.encrypt(state.to_text().encode(), passphrase), private=True)
            if self._newest() != path:
                # Whoever wrote the later one did not find this one to remove.
                path.unlink(missing_ok=True)
                raise self._overtaken()
        for name in FILES.values():
            if name < path.name:
                (self.folder / name).unlink(missing_ok=True)

    def load(self, context: CeremonyContext, passphrase: str) -> TrusteeState:
        """Open the newest state.

        Raises :class:`InputError` when there is none, the passphrase is wrong, or it is of another ceremony.
        """
        path = self._newest()
        if path is None:
            raise InputError(f"{self.folder} holds no secret of a trustee; begin with: ippyo trustee init")
        sealed = read_limited(path, age_file.MAX_CIPHERTEXT, WHAT)
        return read_state(context, age_file.decrypt(sealed, passphrase, what=WHAT))

    def load_share(self, poll: Poll, passphrase: str) -> KeyShare:
        """Open the key share, with which this trustee takes part in the count of ``poll``.

        Raises :class:`InputError` as well when the ceremony was not finished, or made another key.
        """
        manifest = poll.manifest
        state = self.load(CeremonyContext(manifest.hash, poll.group, manifest.trustees), passphrase)
        if isinstance(state, Complained):
            state.refuse()
        if not isinstance(state, KeyShare):
            raise InputError(f"{self.folder} holds no key share: this trustee did not finish the key ceremony")
        return state

    def _overtaken(self) -> InputError:
        return InputError(f"{self.folder} holds another state than the one that this step began with; try again")

    def _newest(self) -> Path | None:
        paths = [self.folder / name for name in FILES.values()]
        return next((path for path in reversed(paths) if path.exists()), None)

    def allow_once(self, poll: Poll, contest: str, tally: EncryptedTally) -> None:
        """Remember that ``tally`` is being decrypted, and refuse any other of the same contest, now and later.

        The difference of two tallies would open the few ballots in which they differ.
        """
        values = [ciphertext.to_value(poll.group) for ciphertext in tally.ciphertexts]
        digest = sha256_b64(dumps([poll.fingerprint, contest, tally.num_tallied, values]))
        path = self.folder / f"decrypted-{contest}.txt"
        if path.exists() and read_line(path, 100, "note of a decryption") != digest:
            raise InputError(
                f"this trustee has already decrypted another tally of contest {contest}; the difference of the two"
                " would reveal single votes"
            )
        write_line(path, digest, "note of a decryption")
