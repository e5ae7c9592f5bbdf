"""Photos of candidates: ``photos/CONTEST/ANSWER.jpg`` (or png, webp) in the booth's folder, where there are any.

They are the booth's word: what a ballot holds, and the checker shows, is the answer's number and name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ippyo.poll.manifest import Manifest

__all__ = ["MEDIA", "PHOTO_LIMIT", "photos_of"]

PHOTO_LIMIT = 512 * 1024
MEDIA = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}


def photos_of(folder: Path, manifest: Manifest) -> Mapping[str, Path]:
    """Return the file of each ``CONTEST/ANSWER`` that has a photo of at most 512 KiB. Ids come from the manifest."""
    found = {}
    for contest in manifest.contests:
        for answer in contest.answers:
            for suffix in MEDIA:
                file = folder / "photos" / contest.id / f"{answer.id}{suffix}"
                if file.is_file() and file.stat().st_size <= PHOTO_LIMIT:
                    found[f"{contest.id}/{answer.id}"] = file
                    break
    return found
