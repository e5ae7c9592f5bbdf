"""The counting station, step by step."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from ippyo.contract.transactions import parse_transaction
from ippyo.counting.record_copy import import_record, read_poll
from ippyo.counting.station import Station, decrypt_tally
from ippyo.counting.trustee_home import TrusteeHome
from ippyo.errors import CheckFailedError, InputError, ParseError


def accept(_: Path) -> None:
    """Stand in for the verifier."""


@pytest.fixture
def station(town: Any, tmp_path: Path) -> Station:
    station = Station(tmp_path / "station")
    station.import_record(town.record, accept)
    return station


@pytest.fixture
def tallied(station: Station, town: Any) -> Station:
    """Return a station at which all three trustees have decrypted."""
    tallies = station.count_box()
    station.write_tallies(tallies)
    for share in town.shares:
        home = TrusteeHome(station.folder / f"trustee-{share.index}")
        home.folder.mkdir()
        station.decrypt(home, share, tallies)
    return station


def test_from_record_to_result(
    tallied: Station, town: Any, small_polls: Any, counts: dict[str, tuple[int, ...]]
) -> None:
    poll = tallied.poll
    assert poll.fingerprint == town.poll.fingerprint
    tallies = tallied.read_tallies()
    assert tallies == tallied.count_box()
    for contest, sums in tallies.items():
        count = tallied.open_contest(contest, sums)
        assert (count.result.counts, count.owners, count.faulty) == (counts[contest], (1, 2), ())
        assert tallied.write_result(count).name == f"result-{contest}.json"
    names = sorted(path.name for path in tallied.folder.iterdir())
    assert names == [
        *(f"decrypt-{contest}-{owner}.json" for contest in ("bridge", "mayor") for owner in (1, 2, 3)),
        "record",
        "result-bridge.json",
        "result-mayor.json",
        "tally-bridge.json",
        "tally-mayor.json",
        *(f"trustee-{index}" for index in (1, 2, 3)),
    ]
    # Once the officers have signed, the contract takes every file.
    box = small_polls.Box(town.small)
    assert set(box.send(*town.transactions[:5], at=small_polls.BEFORE)) == {"ok"}
    assert set(box.send(*town.transactions[5:-1])) == {"ok"}
    assert box.code(town.transactions[-1], at=small_polls.AFTER) == "ok"
    for name in ("tally", "decrypt", "result"):
        for path in sorted(tallied.folder.glob(f"{name}-*.json")):
            act: Any = parse_transaction(poll, path.read_text().removesuffix("\n"))
            text = act.to_text() if name == "decrypt" else town.small.signed(act)
            assert box.code(text, at=small_polls.AFTER) == "ok", path.name


def test_every_step_can_be_repeated(tallied: Station, town: Any) -> None:
    tallied.write_tallies(tallied.count_box())
    count = tallied.open_contest("mayor", tallied.read_tallies()["mayor"])
    path = tallied.write_result(count)
    # The officers sign in place; a repeated step leaves their signatures alone.
    act: Any = parse_transaction(tallied.poll, path.read_text().removesuffix("\n"))
    path.write_text(town.small.signed(act) + "\n")
    tallied.write_result(count)
    assert '"officer":2' in path.read_text()


def test_another_result_never_replaces_the_first(tallied: Station) -> None:
    count = tallied.open_contest("mayor", tallied.read_tallies()["mayor"])
    path = tallied.write_result(count)
    path.write_text(path.read_text().replace('"result":[1,0,1]', '"result":[0,1,1]'))
    with pytest.raises(InputError, match="already exists and is not replaced"):
        tallied.write_result(count)


def test_a_decryption_that_broke_off_goes_on(tallied: Station, town: Any) -> None:
    home, tallies = TrusteeHome(tallied.folder / "trustee-1"), tallied.read_tallies()
    first, second = (tallied.folder / f"decrypt-{contest}-1.json" for contest in ("bridge", "mayor"))
    kept = first.read_text()
    second.unlink()
    assert tallied.decrypt(home, town.shares[0], tallies) == [first, second]
    assert first.read_text() == kept
    second.write_text("scribble\n")
    with pytest.raises(InputError, match="is there already and useless"):
        tallied.decrypt(home, town.shares[0], tallies)
    second.write_text((tallied.folder / "decrypt-mayor-2.json").read_text().replace('"owner":2', '"owner":1'))
    with pytest.raises(InputError, match="false proof"):
        tallied.decrypt(home, town.shares[0], tallies)


def test_missing_trustees(tallied: Station, counts: dict[str, tuple[int, ...]]) -> None:
    sums = tallied.read_tallies()["mayor"]
    (tallied.folder / "decrypt-mayor-1.json").unlink()
    assert tallied.open_contest("mayor", sums).owners == (2, 3)
    assert tallied.open_contest("mayor", sums).result.counts == counts["mayor"]
    (tallied.folder / "decrypt-mayor-3.json").unlink()
    with pytest.raises(CheckFailedError, match="1 good partial decryptions are not enough"):
        tallied.open_contest("mayor", sums)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("decrypt-mayor-2.json", "is by trustee 2 for contest mayor"),
        ("decrypt-bridge-1.json", "is by trustee 1 for contest bridge"),
        ("tally-mayor.json", "not a transaction of type 'decrypt'"),
        (None, "not JSON"),
    ],
)
def test_a_useless_file_is_named_and_left_out(tallied: Station, source: str | None, problem: str) -> None:
    path = tallied.folder / "decrypt-mayor-1.json"
    path.write_text((tallied.folder / source).read_text() if source else "scribble\n")
    count = tallied.open_contest("mayor", tallied.read_tallies()["mayor"])
    assert count.owners == (2, 3)
    assert [error.index for error in count.faulty] == [1]
    assert problem in str(count.faulty[0])


def test_the_file_of_another_poll_is_named_and_left_out(tallied: Station, open_town: Any) -> None:
    other = decrypt_tally(open_town.poll, open_town.shares[0], "mayor", tallied.read_tallies()["mayor"])
    (tallied.folder / "decrypt-mayor-1.json").write_text(other.to_text() + "\n")
    (error,) = tallied.open_contest("mayor", tallied.read_tallies()["mayor"]).faulty
    assert (error.index, "wrong-poll" in str(error)) == (1, True)


def test_a_false_decryption_is_named_and_left_out(tallied: Station, counts: dict[str, tuple[int, ...]]) -> None:
    # Trustee 1 decrypts the tally of the other contest, which has as many choices.
    sums = tallied.read_tallies()
    path = tallied.folder / "decrypt-mayor-1.json"
    text = (tallied.folder / "decrypt-bridge-1.json").read_text()
    path.write_text(text.replace('"contest":"bridge"', '"contest":"mayor"'))
    count = tallied.open_contest("mayor", sums["mayor"])
    assert (count.result.counts, count.owners) == (counts["mayor"], (2, 3))
    assert [(error.index, "false proof" in error.problem) for error in count.faulty] == [(1, True)]


def test_the_share_of_another_poll_is_refused(station: Station, open_town: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a share of this poll's key"):
        station.decrypt(TrusteeHome(tmp_path), open_town.shares[0], station.count_box())
    with pytest.raises(InputError, match="not a share of this poll's key"):
        decrypt_tally(station.poll, open_town.shares[0], "mayor", station.count_box()["mayor"])


def test_tally_files(tallied: Station) -> None:
    path = tallied.folder / "tally-mayor.json"
    text = path.read_text()
    path.write_text((tallied.folder / "tally-bridge.json").read_text())
    with pytest.raises(InputError, match="is the tally of contest bridge"):
        tallied.read_tallies()
    path.write_text((tallied.folder / "decrypt-mayor-1.json").read_text())
    with pytest.raises(ParseError, match="not a transaction of type 'tally'"):
        tallied.read_tallies()
    path.write_text(text)
    assert tallied.read_tallies()["mayor"].num_tallied == 2


# Taking a record over.


def test_a_station_without_a_record(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no record yet"):
        _ = Station(tmp_path).poll
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot make the folder"):
        Station(tmp_path / "file" / "station").import_record(tmp_path, accept)


def test_only_a_verified_copy_gets_the_name(town: Any, tmp_path: Path) -> None:
    seen: list[Path] = []

    def refuse(copy: Path) -> None:
        seen.append(copy)
        assert read_poll(copy).fingerprint == town.poll.fingerprint
        raise CheckFailedError("check 5 failed")

    with pytest.raises(CheckFailedError, match="check 5"):
        import_record(town.record, tmp_path / "record", refuse)
    assert seen == [tmp_path / ".record.importing"]
    assert list(tmp_path.iterdir()) == []
    import_record(town.record, tmp_path / "record", accept)
    assert [path.name for path in tmp_path.iterdir()] == ["record"]
    with pytest.raises(InputError, match="exists already"):
        import_record(town.record, tmp_path / "record", accept)


@pytest.fixture
def medium(town: Any, tmp_path: Path) -> Path:
    return shutil.copytree(town.record, tmp_path / "medium")


def test_records_that_are_not_copied(medium: Path, tmp_path: Path) -> None:
    target = tmp_path / "record"

    def refused(problem: str) -> None:
        with pytest.raises(InputError, match=problem):
            import_record(medium, target, accept)
        assert not target.exists()

    (medium / "autorun.exe").write_text("")
    refused("autorun.exe")
    (medium / "autorun.exe").unlink()
    (medium / "checkpoint").rename(tmp_path / "checkpoint")
    refused("checkpoint is missing or not a plain file")
    (medium / "checkpoint").symlink_to(tmp_path / "checkpoint")
    refused("checkpoint is missing or not a plain file")
    (medium / "checkpoint").unlink()
    shutil.copy(tmp_path / "checkpoint", medium / "checkpoint")
    os.mkfifo(medium / "transactions" / "00010000.jsonl")
    refused("00010000.jsonl is missing or not a plain file")
    shutil.rmtree(medium)
    refused("there is no record folder")


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("genesis.json", 4 * 2**20),
        ("checkpoint", 64 * 2**10),
        ("blocks.jsonl", 4096),
        ("transactions/00000000.jsonl", 512 * 2**10),
    ],
)
def test_a_sparse_file_does_not_fill_the_disk(medium: Path, tmp_path: Path, name: str, limit: int) -> None:
    with (medium / name).open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(InputError, match=f"{name} has a line 1 of more than {limit} bytes"):
        import_record(medium, tmp_path / "record", accept)
    assert [path.name for path in tmp_path.iterdir()] == ["medium"]


@pytest.mark.parametrize(
    ("name", "lines", "most"),
    [
        ("genesis.json", 2, 1),
        ("checkpoint", 133, 132),
        ("blocks.jsonl", 10_001, 10_000),
        ("transactions/00000000.jsonl", 10_001, 10_000),
    ],
)
def test_no_file_has_more_lines_than_a_record_can(
    medium: Path, tmp_path: Path, name: str, lines: int, most: int
) -> None:
    (medium / name).write_bytes(b"{}\n" * lines)
    with pytest.raises(InputError, match=f"{name} has more than {most} lines"):
        import_record(medium, tmp_path / "record", accept)
    (medium / name).write_bytes(b"{}\n" * most)
    import_record(medium, tmp_path / "record", accept)


def test_paths_that_the_system_refuses(town: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the name is too long"):
        import_record(town.record, tmp_path / ("x" * 300), accept)
    with pytest.raises(InputError, match="the name is too long"):
        import_record(tmp_path / ("x" * 300), tmp_path / "record", accept)


def test_a_record_without_transactions_may_lack_the_folder(medium: Path, tmp_path: Path) -> None:
    shutil.rmtree(medium / "transactions")
    (medium / "blocks.jsonl").write_bytes(b"")
    import_record(medium, tmp_path / "record", accept)
    assert list((tmp_path / "record" / "transactions").iterdir()) == []


def test_disk_errors_are_sentences(town: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(InputError, match=r"cannot be copied to .*: the disk is full"):
        import_record(town.record, tmp_path / "record", accept)
