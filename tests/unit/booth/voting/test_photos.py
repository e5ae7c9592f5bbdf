"""Photos of candidates: by the ids of the manifest, of three forms, never too large, never another file."""

from __future__ import annotations

from pathlib import Path

from ippyo import profiles
from ippyo.booth.voting.photos import PHOTO_LIMIT, photos_of

MANIFEST = profiles.load("residents-poll")


def test_each_form_by_the_answers_id(tmp_path: Path) -> None:
    folder = tmp_path / "photos" / "mascot"
    folder.mkdir(parents=True)
    files = [folder / name for name in ("mascot-1.jpg", "mascot-2.png", "mascot-3.webp")]
    for file in files:
        file.write_bytes(bytes(PHOTO_LIMIT))
    found = photos_of(tmp_path, MANIFEST)
    assert found == dict(zip(("mascot/mascot-1", "mascot/mascot-2", "mascot/mascot-3"), files, strict=True))


def test_nothing_else_is_a_photo(tmp_path: Path) -> None:
    folder = tmp_path / "photos" / "mascot"
    folder.mkdir(parents=True)
    (folder / "mascot-1.svg").write_text("<svg/>")
    (folder / "mascot-2.png").write_bytes(bytes(PHOTO_LIMIT + 1))
    (folder / "mascot-3.webp").mkdir()
    (folder / "another.png").write_bytes(b"x")
    assert photos_of(tmp_path, MANIFEST) == {}
    assert photos_of(tmp_path / "nowhere", MANIFEST) == {}
