"""A CSV file as towns' systems write it: UTF-8 with or without BOM, or CP932 (Shift_JIS of Windows)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from ippyo.errors import InputError
from ippyo.files import read_limited

__all__ = ["ENCODINGS", "FILE_LIMIT", "decode", "numbered_rows", "read_file"]

ENCODINGS = ("auto", "utf-8", "cp932")

FILE_LIMIT = 256 * 1024 * 1024
"""Bytes: a million voters with long addresses."""

_FIELD_LIMIT = 10_000
_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_file(path: Path) -> bytes:
    """Return the file's bytes. Raises :class:`InputError`."""
    return read_limited(path, FILE_LIMIT, "roll")


def decode(data: bytes, encoding: str = "auto") -> str:
    """Return the text in ``encoding``, one of :data:`ENCODINGS`.

    ``auto`` takes UTF-8 where all of it is, and else CP932: Japanese text in CP932 is never valid UTF-8 for long.
    Raises :class:`InputError` with the line that cannot be read.
    """
    if encoding not in ENCODINGS:
        raise InputError(f"the encoding {encoding!r} is unknown; use {', '.join(ENCODINGS)}")
    if data.startswith(_MARKS):
        raise InputError("the roll is in UTF-16; save it as CSV in UTF-8")
    tried = {"auto": ("utf-8-sig", "cp932"), "utf-8": ("utf-8-sig",), "cp932": ("cp932",)}[encoding]
    problem: UnicodeDecodeError | None = None
    for name in tried:
        try:
            return data.decode(name)
        except UnicodeDecodeError as error:
            problem = error
    assert problem is not None
    line = data.count(b"\n", 0, problem.start) + 1
    raise InputError(f"the roll's line {line} is neither UTF-8 nor CP932, or not what the encoding says")


def numbered_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not empty, with the number of the line where it begins, from 1.

    Raises :class:`InputError` where the quotation marks do not fit or a field has no end.
    """
    csv.field_size_limit(_FIELD_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    try:
        for row in reader:
            if any(field.strip() for field in row):
                yield start, row
            start = reader.line_num + 1
    except csv.Error:
        raise InputError(f"the roll's line {reader.line_num} is no CSV; look at its quotation marks") from None
