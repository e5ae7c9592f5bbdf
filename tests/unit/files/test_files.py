"""Reading and writing whole files: what a person does wrong, and what a disk does wrong."""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ippyo.errors import InputError
from ippyo.files import open_plain, read_limited, replace_file, write_new

Write = Callable[[Path, bytes], None]


def test_read(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"12345")
    assert read_limited(path, 5, "key file") == b"12345"


def test_too_large(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"123456")
    with pytest.raises(InputError, match="larger than the 5 bytes"):
        read_limited(path, 5, "key file")


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^key file: cannot read .*: no such file or folder$"):
        read_limited(tmp_path / "key", 5, "key file")


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it is a folder, not a file"):
        read_limited(tmp_path, 5, "key file")


def test_file_as_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="a part of the path is not a folder"):
        read_limited(tmp_path / "file" / "key", 5, "key file")


def test_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="not a regular file"):
        read_limited(tmp_path / "pipe", 5, "key file")


def failing(number: int) -> object:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EACCES, "permission denied"), (errno.EIO, "Input/output error"), (errno.ELOOP, "links lead in a circle")],
)
def test_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str) -> None:
    monkeypatch.setattr(os, "open", failing(number))
    with pytest.raises(InputError, match=words):
        read_limited(tmp_path / "key", 5, "key file")


def test_disk_fails_while_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    # The first page of a process's own memory file cannot be read.
    with pytest.raises(InputError, match="Input/output error"):
        read_limited(Path("/proc/self/mem"), 5, "key file")


@pytest.mark.parametrize(("private", "mode"), [(True, 0o600), (False, 0o644)])
def test_write(tmp_path: Path, private: bool, mode: int) -> None:
    path = tmp_path / "key"
    before = os.umask(0o022)
    try:
        write_new(path, b"data", private=private)
    finally:
        os.umask(before)
    assert path.read_bytes() == b"data"
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert os.listdir(tmp_path) == ["key"]


def test_never_replaces(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"old")
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    (tmp_path / "folder").mkdir()
    for name in ("key", "dangling", "folder"):
        with pytest.raises(InputError, match="already exists and is not replaced"):
            write_new(tmp_path / name, b"new")
    assert path.read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path)) == ["dangling", "folder", "key"]


def test_folder_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^cannot write .*: no such file or folder$"):
        write_new(tmp_path / "nowhere" / "key", b"data")


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "the disk is full"), (errno.EDQUOT, "quota"), (errno.EROFS, "read-only")],
)
def test_disk_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str) -> None:
    monkeypatch.setattr(os, "fsync", failing(number))
    with pytest.raises(InputError, match=words):
        write_new(tmp_path / "key", b"data")
    # Neither a half file nor the temporary one is left.
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
def test_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(os, "link", failing(number))
    path = tmp_path / "key"
    write_new(path, b"data", private=True)
    assert path.read_bytes() == b"data"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(InputError, match="already exists"):
        write_new(path, b"new")
    assert path.read_bytes() == b"data"
    assert os.listdir(tmp_path) == ["key"]


def test_link_that_fails_for_another_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", failing(errno.EIO))
    with pytest.raises(InputError, match="Input/output error"):
        write_new(tmp_path / "key", b"data")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("number", "good"), [(errno.EINVAL, True), (errno.EIO, False)])
def test_folder_that_cannot_be_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, good: bool) -> None:
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    if good:
        write_new(tmp_path / "key", b"data")
    else:
        with pytest.raises(InputError, match="Input/output error"):
            write_new(tmp_path / "key", b"data")


# --- what a hostile folder or a hasty person may name ---


def test_a_sparse_file_is_refused_by_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(2**40)
    monkeypatch.setattr(os, "fdopen", lambda *_, **__: pytest.fail("it was read"))
    with pytest.raises(InputError, match="larger than the 5 bytes"):
        read_limited(tmp_path / "huge", 5, "key file")


def test_a_file_that_does_not_say_its_size_is_limited_too() -> None:
    with pytest.raises(InputError, match="larger than the 5 bytes"):
        read_limited(Path("/proc/self/status"), 5, "key file")


@pytest.mark.parametrize("write", [write_new, replace_file])
@pytest.mark.parametrize("name", ["", ".", "/", "./"])
def test_a_folder_is_no_file_to_write(write: Write, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"^cannot write '[./]': this is a folder, and names no file$"):
        write(Path(name), b"data")
    with pytest.raises(InputError, match="cannot write"):
        write(Path(".."), b"data")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("write", [write_new, replace_file])
def test_long_names(write: Write, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the name is too long"):
        write(tmp_path / ("x" * 300), b"data")
    with pytest.raises(InputError, match="the name is too long"):
        read_limited(tmp_path / ("x" * 300), 5, "key file")
    # As long as the system allows: the file that is written first has a name of its own.
    write(tmp_path / ("票" * 85), b"data")
    assert os.listdir(tmp_path) == ["票" * 85]


def test_links_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(InputError, match="lead in a circle"):
        read_limited(tmp_path / "a", 5, "key file")


def test_opening_plain_files_only(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"x")
    file = open_plain(tmp_path / "plain")
    assert file is not None
    with file:
        assert file.read() == b"x"
    (tmp_path / "link").symlink_to(tmp_path / "plain")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        for path in (tmp_path / "link", tmp_path / "pipe", tmp_path / "socket", tmp_path, Path("/dev/zero")):
            assert open_plain(path) is None
    with pytest.raises(FileNotFoundError):
        open_plain(tmp_path / "missing")


@pytest.mark.parametrize(("private", "mode"), [(True, 0o600), (False, 0o644)])
def test_replacing(tmp_path: Path, private: bool, mode: int) -> None:
    path = tmp_path / "act"
    path.write_bytes(b"old")
    before = os.umask(0o022)
    try:
        replace_file(path, b"new", private=private)
    finally:
        os.umask(before)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == mode
    replace_file(tmp_path / "first", b"data")
    assert sorted(os.listdir(tmp_path)) == ["act", "first"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_what_cannot_be_replaced_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    path = tmp_path / "act"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, call, failing(errno.ENOSPC))
    with pytest.raises(InputError, match=r"^cannot write .*: the disk is full$"):
        replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["act"]
