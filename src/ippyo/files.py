"""Reading and writing whole small files safely, with errors a person can act on.

Every read has a size limit; every write is complete or absent, reaches the disk, and replaces nothing unless told to.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ippyo.errors import InputError

__all__ = ["open_plain", "read_limited", "reason", "replace_file", "write_new"]

PRIVATE_MODE = 0o600
PUBLIC_MODE = 0o644


def read_limited(path: Path, limit: int, what: str) -> bytes:
    """Return the content of the regular file ``path``, which may have at most ``limit`` bytes.

    ``what`` names the file's role in errors ("issuer key"). Raises :class:`InputError` when the file is missing,
    a folder or another thing than a file, unreadable, or too large.
    """
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise InputError(f"{what}: cannot read {path}: {reason(error)}") from None
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise InputError(f"{what}: cannot read {path}: it is a folder, not a file")
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{what}: cannot read {path}: it is not a regular file")
        if status.st_size > limit:
            raise InputError(f"{what}: {path} is larger than the {limit} bytes allowed")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise InputError(f"{what}: cannot read {path}: {reason(error)}") from None
    finally:
        os.close(descriptor)
    # The system does not say how long every file is, and a file may grow meanwhile.
    if len(data) > limit:
        raise InputError(f"{what}: {path} is larger than the {limit} bytes allowed")
    return data


def open_plain(path: Path) -> BinaryIO | None:
    """Open ``path`` for reading; None if it is a link, a folder, a device or anything else than a plain file.

    For folders that a stranger filled: a link or device could hold anything, without an end. Raises :class:`OSError`.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:
            return None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return os.fdopen(descriptor, "rb")


def write_new(path: Path, data: bytes, *, private: bool = False) -> None:
    """Create ``path`` with ``data``: all of it or nothing, on the disk before this returns, never over a file.

    ``private`` makes it readable by its owner only (mode 0600). Raises :class:`InputError` when something is already
    there, the folder is missing or not writable, or the disk is full.
    """
    try:
        with _written_beside(path, data, private=private) as temporary:
            _rename_new(temporary, path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {reason(error)}") from None


def replace_file(path: Path, data: bytes, *, private: bool = False) -> None:
    """Give ``path`` the content ``data`` in one step: after a power cut it holds the old content or the new one.

    Raises :class:`InputError`; then the old content is still there.
    """
    try:
        with _written_beside(path, data, private=private) as temporary:
            temporary.replace(path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {reason(error)}") from None


@contextmanager
def _written_beside(path: Path, data: bytes, *, private: bool) -> Iterator[Path]:
    """Write ``data`` into a file of the same folder, which is gone in the end unless it was renamed."""
    if not path.name:
        raise InputError(f"cannot write {str(path)!r}: this is a folder, and names no file")
    temporary = path.with_name(f".ippyo-{secrets.token_hex(8)}.tmp")
    try:
        _write_durably(temporary, data, PRIVATE_MODE if private else PUBLIC_MODE)
        yield temporary
    finally:
        with suppress(OSError):
            temporary.unlink()
    _sync_folder(path.parent)


def _write_durably(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _rename_new(temporary: Path, path: Path) -> None:
    """Give the finished file its name, failing when the name is taken."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}:
            raise
        # The file systems of most USB sticks have no hard links: take the name with an empty file, then fill it.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_MODE))
        temporary.replace(path)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems cannot sync a folder; the file itself is on the disk.
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)


def reason(error: OSError) -> str:
    """Return what an error of the system means, in words that complete a sentence."""
    reasons = {
        errno.ENOENT: "no such file or folder",
        errno.ENOTDIR: "a part of the path is not a folder",
        errno.EISDIR: "it is a folder, not a file",
        errno.EACCES: "permission denied",
        errno.EPERM: "permission denied",
        errno.EROFS: "the disk is read-only",
        errno.EEXIST: "it already exists and is not replaced; move it away or choose another name",
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "the disk quota is used up",
        errno.ENAMETOOLONG: "the name is too long",
        errno.ELOOP: "its links lead in a circle",
        errno.EADDRINUSE: "another program uses this port; choose another one",
        errno.EADDRNOTAVAIL: "this computer does not have this address",
    }
    return reasons.get(error.errno or 0, error.strerror or "input/output error")
