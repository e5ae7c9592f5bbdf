"""Compile every ``.po`` below ``src`` to the ``.mo`` beside it, without GNU gettext; ``--check`` only compares.

The compiled files are kept with the source, so that a fresh machine needs nothing to show the pages in English. Run it
after changing a catalogue: ``python scripts/compile_messages.py``. Takes the plain form that this project's catalogues
have: ``msgid`` and ``msgstr`` in double quotes, over one or more lines; no plurals, no contexts.
"""

from __future__ import annotations

import ast
import struct
import sys
from collections.abc import Mapping
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"
MAGIC = 0x950412DE
HEADER_BYTES = 28


def read_catalogue(text: str) -> dict[str, str]:
    """Return message and translation of each entry of a ``.po`` text. Raises :class:`ValueError`."""
    entries: list[dict[str, str]] = []
    field = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        keyword, _, quoted = line.partition(" ") if not line.startswith('"') else ("", "", line)
        if keyword == "msgid":
            entries.append({})
        elif keyword not in {"", "msgstr"} or not entries:
            raise ValueError(f"line {number}: {line[:40]!r} is not understood")
        field = keyword or field
        entries[-1][field] = entries[-1].get(field, "") + str(ast.literal_eval(quoted))
    catalogue = {entry["msgid"]: entry["msgstr"] for entry in entries}
    if len(catalogue) != len(entries):
        raise ValueError("a message stands twice")
    return catalogue


def compiled(catalogue: Mapping[str, str]) -> bytes:
    """Return the binary form ("The Format of GNU MO Files" in the manual of GNU gettext), without a hash table."""
    pairs = sorted((message.encode(), words.encode()) for message, words in catalogue.items() if words)
    tables = [[message for message, _ in pairs], [words for _, words in pairs]]
    start = HEADER_BYTES + 16 * len(pairs)
    index, texts = b"", b""
    for table in tables:
        for text in table:
            index += struct.pack("<II", len(text), start + len(texts))
            texts += text + b"\0"
    originals, translations = HEADER_BYTES, HEADER_BYTES + 8 * len(pairs)
    return struct.pack("<7I", MAGIC, 0, len(pairs), originals, translations, 0, start) + index + texts


def main(arguments: list[str]) -> int:
    """Compile, or with ``--check`` tell which compiled files are old; return the exit code."""
    old = []
    for source in sorted(SOURCE.rglob("*.po")):
        target, binary = source.with_suffix(".mo"), compiled(read_catalogue(source.read_text(encoding="utf-8")))
        if not target.exists() or target.read_bytes() != binary:
            old.append(target)
            if "--check" not in arguments:
                target.write_bytes(binary)
    for target in old:
        print(f"{'old' if '--check' in arguments else 'written'}: {target.relative_to(SOURCE)}")
    return 1 if old and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
