"""Imported revocation lists in a folder: staff or a timer imports J-LIS's daily list, the registry looks into it.

The folder has one file for each issuer's key and distribution point. A file is replaced in one step, so that a
running registry sees the old list or the new one; a list that came later is never replaced by an earlier one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from ippyo.errors import InputError, ParseError
from ippyo.files import read_limited, replace_file
from ippyo.identity.certificates import CheckedCertificate, Trust
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.revocation.crl import CRL_LIMIT, WHAT, Crl
from ippyo.identity.revocation.port import RevocationEvidence

__all__ = ["DEFAULT_MAX_AGE", "CrlSource", "import_crl"]

DEFAULT_MAX_AGE = timedelta(hours=36)
"""J-LIS publishes daily; half a day is for the import."""

CLOCK_SKEW = timedelta(minutes=5)
_SUFFIX = ".crl"

_Stamp = tuple[int, int, int]


def import_crl(der: bytes, trust: Trust, folder: Path, at: datetime) -> Crl:
    """Check a list (DER) and put it into the folder, in one step.

    Raises :class:`InputError`: it is not right (see :class:`Crl`), over at the time ``at`` or from the future, or
    earlier than the one that is there.
    """
    if len(der) > CRL_LIMIT:
        raise ParseError(WHAT, f"is larger than {CRL_LIMIT} bytes")
    crl = Crl.from_der(der, trust.roots)
    if crl.this_update > at + CLOCK_SKEW or crl.next_update < at:
        raise ParseError(WHAT, "is not for the present; fetch the newest one, and look at this clock")
    path = folder / _file_name(crl)
    with _locked(folder):
        if path.exists():
            held = Crl.from_der(read_limited(path, CRL_LIMIT, WHAT), trust.roots)
            if (crl.this_update, crl.number) < (held.this_update, held.number):
                raise ParseError(WHAT, "is earlier than the one imported before")
        replace_file(path, der)
    return crl


class CrlSource:
    """Looks certificates up in the lists of a folder (``Revocation``); ``max_age`` is the policy for their age."""

    def __init__(self, folder: Path, trust: Trust, max_age: timedelta = DEFAULT_MAX_AGE) -> None:
        self._folder = folder
        self._trust = trust
        self._max_age = max_age
        self._lock = threading.Lock()
        self._read: dict[Path, tuple[_Stamp, Crl]] = {}

    def require_good(self, certificate: CheckedCertificate, at: datetime) -> RevocationEvidence:
        """Refuse unless a fresh list that covers the certificate does not name it (see :class:`Revocation`)."""
        lists = [crl for crl in self._lists() if crl.covers(certificate)]
        if not lists:
            raise IdentityRefusedError("revocation-unavailable", "no revocation list covers the certificate")
        # A serial number once listed refuses, however old the list.
        if any(certificate.serial in crl.serials for crl in lists):
            raise IdentityRefusedError("certificate-revoked", "it is on the revocation list")
        newest = max(lists, key=lambda crl: (crl.this_update, crl.number))
        if newest.this_update > at + CLOCK_SKEW:
            raise IdentityRefusedError("revocation-stale", "the revocation list is from the future")
        if newest.next_update < at or newest.this_update + self._max_age < at:
            raise IdentityRefusedError("revocation-stale", "the revocation list is too old")
        return RevocationEvidence((newest.answer,))

    def _lists(self) -> list[Crl]:
        """Return all lists, reading again only those that changed."""
        with self._lock:
            try:
                paths = sorted(path for path in self._folder.iterdir() if path.suffix == _SUFFIX)
                self._read = {path: self._current(path) for path in paths}
            except (OSError, InputError):
                # One file that is not right may be the one that names the certificate.
                raise IdentityRefusedError("revocation-unavailable", "a revocation list cannot be read") from None
            return [crl for _, crl in self._read.values()]

    def _current(self, path: Path) -> tuple[_Stamp, Crl]:
        status = path.stat()
        stamp = (status.st_ino, status.st_size, status.st_mtime_ns)
        held = self._read.get(path)
        if held and held[0] == stamp:
            return held
        return stamp, Crl.from_der(read_limited(path, CRL_LIMIT, WHAT), self._trust.roots)


def _file_name(crl: Crl) -> str:
    digest = hashlib.sha256(crl.root.key_info)
    for point in sorted(crl.points):
        digest.update(hashlib.sha256(point).digest())
    return f"{crl.root.kind}-{digest.hexdigest()[:32]}{_SUFFIX}"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder, so that of two imports at the same time the later list stays."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        raise ParseError(WHAT, f"there is no folder {folder}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
