"""Every profile loads, freezes, and is what it says it is."""

from __future__ import annotations

import pytest
from PIL import Image

from ippyo import profiles
from ippyo.errors import InputError
from ippyo.poll.manifest import Manifest
from ippyo.poll.toml_manifest import parse_manifest

NAMES = ("mayor-council", "multi-question", "national-review", "referendum", "residents-poll", "score")


def test_names() -> None:
    assert profiles.names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_profile_freezes_without_a_warning(name: str) -> None:
    reading = parse_manifest(profiles.text(name), name)
    assert reading.warnings == ()
    assert reading.manifest == profiles.load(name)
    assert reading.manifest.profile == name
    assert Manifest.from_text(reading.manifest.to_text()) == reading.manifest


@pytest.mark.parametrize("name", ["mayor-council", "national-review"])
def test_public_elections_are_marked_as_trials(name: str) -> None:
    title = profiles.load(name).title
    assert "実証用" in title.ja
    assert "Trial" in title.en


def test_times_can_be_set() -> None:
    manifest = profiles.load("score", opens=100, closes=200)
    assert (manifest.opens, manifest.closes) == (100, 200)
    with pytest.raises(InputError, match="closes must be later than opens"):
        profiles.load("score", closes=1)


def test_an_unknown_profile() -> None:
    with pytest.raises(InputError, match=r"no profile '\.\./x'; choose one of mayor-council, "):
        profiles.load("../x")


def test_shapes_of_the_rows_they_follow() -> None:
    residents = profiles.load("residents-poll").contest("mascot")
    assert (len(residents.answers), residents.blank) == (4, True)
    assert [len(contest.answers) for contest in profiles.load("mayor-council").contests] == [3, 41]
    assert len(profiles.load("multi-question").contests) == 3
    assert profiles.load("national-review").contests[0].kind == "per-item"
    assert [answer.id for answer in profiles.load("referendum").contests[0].answers] == ["for", "against"]
    assert profiles.load("score").contests[0].choices == 11


def test_candidates_have_furigana_and_statements() -> None:
    for name in ("residents-poll", "mayor-council", "national-review"):
        for contest in profiles.load(name).contests:
            for answer in contest.answers:
                assert answer.furigana
                assert answer.statement


def test_pictures_are_for_every_candidate_of_the_poll_that_is_tried() -> None:
    folder = profiles.photos("residents-poll")
    assert folder is not None
    manifest = profiles.load("residents-poll")
    pictures = {f"{contest.id}/{answer.id}" for contest in manifest.contests for answer in contest.answers}
    assert {str(file.relative_to(folder).with_suffix("")) for file in folder.rglob("*.png")} == pictures
    for file in folder.rglob("*.png"):
        with Image.open(file) as picture:
            width, height = picture.size
        assert (4 * height, file.stat().st_size <= 40_000) == (5 * width, True)
        assert file.with_suffix(".svg").is_file()


@pytest.mark.parametrize("name", [None, "", "..", "score", "nowhere"])
def test_pictures_of_nothing(name: str | None) -> None:
    assert profiles.photos(name) is None
