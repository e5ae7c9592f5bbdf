"""Another project's verifier accepts what we export (R5-04), and refuses it when it is altered."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from ippyo.audit.belenios.archive import ArchiveWriter, EventType
from ippyo.audit.belenios.export import ExportedContest, export_belenios
from ippyo.audit.opened import OpenedRecord
from ippyo.canonical import dumps, loads, sha256_hex
from ippyo.errors import InputError, ParseError

GROUPS = ("BELENIOS-2048", "RFC-3526-2048")


def export(record: Path, target: Path) -> list[ExportedContest]:
    opened = OpenedRecord.open(record)
    return export_belenios(opened.poll, opened.texts, opened.last_time() // 1000, target)


def entries(archive: Path) -> list[tuple[str, bytes]]:
    """Read an archive without any library: names and contents, in order."""
    content, found, offset = archive.read_bytes(), [], 0
    while offset < len(content):
        header = content[offset : offset + 512]
        size = int(header[124:135], 8)
        found.append((header[:100].rstrip(b"\0").decode(), content[offset + 512 : offset + 512 + size]))
        offset += 512 + (size + 511) // 512 * 512
    return found


@pytest.fixture(scope="module", params=GROUPS)
def finite_field_export(
    request: pytest.FixtureRequest,
    small_polls: ModuleType,
    audit_records: SimpleNamespace,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, list[ExportedContest]]:
    """The archives of a poll with re-votes, a blank vote and a surrendered right, in a group the peer knows."""
    folder = tmp_path_factory.mktemp("export")
    made = audit_records.hold_poll(small_polls, request.param)
    record = audit_records.write_record(folder / "record", made.small, made.blocks)
    return folder / "out", export(record, folder / "out")


@pytest.fixture
def peer(require: Callable[[str, bool, str], None]) -> Callable[[Path], subprocess.CompletedProcess[str]]:
    """Run the other verifier over a folder with one archive."""
    tool = shutil.which("belenios-tool")
    require("belenios-tool", tool is not None, "apt-get install belenios-tool")
    assert tool is not None

    def run(folder: Path) -> subprocess.CompletedProcess[str]:
        command = [tool, "election", "verify", "--dir", str(folder)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)

    return run


def test_the_other_verifier_accepts_every_contest(
    finite_field_export: tuple[Path, list[ExportedContest]], peer: Any
) -> None:
    target, contests = finite_field_export
    assert [(c.contest, c.ballots, c.left_out) for c in contests] == [("bridge", 5, 1), ("mayor", 4, 0)]
    for contest in contests:
        answer = peer(target / contest.contest)
        assert (answer.returncode, "all checks passed" in answer.stderr) == (0, True), answer.stderr


@pytest.mark.parametrize("what", ["ballot", "result", "proof"])
def test_the_other_verifier_refuses_an_altered_archive(
    finite_field_export: tuple[Path, list[ExportedContest]], peer: Any, tmp_path: Path, what: str
) -> None:
    """The archive is built again around the alteration, so that only what it says is false."""
    target, contests = finite_field_export
    original = entries(target / contests[0].file)
    alteration = {
        "ballot": lambda text: text.replace(
            '"individual_proofs":[[{"challenge":"', '"individual_proofs":[[{"challenge":"1'
        ),
        "result": lambda text: text.replace('{"result":[[1,2,0]]}', '{"result":[[2,1,0]]}'),
        "proof": lambda text: text.replace(
            '"decryption_proofs":[[{"challenge":"', '"decryption_proofs":[[{"challenge":"1'
        ),
    }[what]
    folder = tmp_path / "altered"
    folder.mkdir()
    (folder / Path(contests[0].file).name).write_bytes(rebuilt(original, alteration))
    answer = peer(folder)
    assert answer.returncode != 0
    assert "all checks passed" not in answer.stderr


def test_the_other_verifier_refuses_an_altered_byte(
    finite_field_export: tuple[Path, list[ExportedContest]], peer: Any, tmp_path: Path
) -> None:
    target, contests = finite_field_export
    content = bytearray((target / contests[1].file).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / Path(contests[1].file).name).write_bytes(content)
    assert peer(tmp_path).returncode != 0


def rebuilt(original: list[tuple[str, bytes]], change: Callable[[str], str]) -> bytes:
    """Return the archive with every data text changed, all hashes following."""
    stream = io.BytesIO()
    writer = ArchiveWriter(stream, int(json.loads(original[0][1])["timestamp"]))
    names: dict[str, str] = {}
    texts: dict[str, str] = {}
    changes = 0
    payloads = {json.loads(content).get("payload") for name, content in original if name.endswith(".event.json")}
    for name, content in original[1:]:
        text = content.decode()
        if name.endswith(".event.json"):
            event = json.loads(text)
            payload = event.get("payload")
            writer.event(EventType(event["type"]), None if payload is None else texts[payload])
            continue
        digest = name.removesuffix(".data.json")
        new = change(text)
        for old, replacement in names.items():
            new = new.replace(old, replacement)
        changes += new != text
        texts[digest] = new
        names[digest] = sha256_hex(new)
        if digest not in payloads:
            writer.data(new)
    assert changes
    return stream.getvalue()


def test_rebuilding_without_a_change_gives_the_same_bytes(good_record: Path, tmp_path: Path) -> None:
    (contest, *_) = export(good_record, tmp_path / "out")
    archive = tmp_path / "out" / contest.file
    with pytest.raises(AssertionError):
        rebuilt(entries(archive), lambda text: text)


def test_an_archive_of_the_default_group(good_record: Path, made: Any, tmp_path: Path) -> None:
    """No tool of Debian 12 reads this group, so the form is checked here: names, chain, order, contents."""
    contests = export(good_record, tmp_path / "out")
    for contest in contests:
        election = made.small.poll.election(contest.contest)
        found = entries(tmp_path / "out" / contest.file)
        assert found[0][0] == "BELENIOS"
        assert found[1][1].decode() == election.text
        assert found[2][1].decode() == made.small.poll.trustees.to_text()
        credentials = json.loads(found[3][1])
        assert credentials == sorted(credentials, key=lambda text: bytes.fromhex(text)[::-1])
        assert len(credentials) == len(set(credentials)) == 3
        assert all(name.startswith(sha256_hex(content.decode())) for name, content in found[1:])
        events = [json.loads(content) for name, content in found if name.endswith(".event.json")]
        texts = [content.decode() for name, content in found if name.endswith(".event.json")]
        assert [event["height"] for event in events] == list(range(len(events)))
        assert [event.get("parent") for event in events] == [None, *map(sha256_hex, texts[:-1])]
        assert [event["type"] for event in events] == [
            "Setup",
            *["Ballot"] * contest.ballots,
            "EndBallots",
            "EncryptedTally",
            *["PartialDecryption"] * 2,
            "Result",
        ]


def test_the_same_record_gives_the_same_bytes(good_record: Path, tmp_path: Path) -> None:
    for contest in export(good_record, tmp_path / "one"):
        export(good_record, tmp_path / contest.contest)
        assert (tmp_path / "one" / contest.file).read_bytes() == (
            tmp_path / contest.contest / contest.file
        ).read_bytes()


def test_the_page_beside_says_what_is_left_out(good_record: Path, made: Any, tmp_path: Path) -> None:
    export(good_record, tmp_path / "out")
    page = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert made.small.phi in page
    assert "| 5 | 1 |" in page
    figures = loads((tmp_path / "out" / "export.json").read_text().removesuffix("\n"), what="export", limit=10_000)
    assert [(c["contest"], c["ballots"], c["left_out"]) for c in figures["contests"]] == [
        ("bridge", 5, 1),
        ("mayor", 4, 0),
    ]


def test_a_ballot_that_is_cast_again_beside_another_goes_out_once(
    small_polls: ModuleType, audit_records: SimpleNamespace, tmp_path: Path
) -> None:
    small = small_polls.SmallPoll.build(witnesses=audit_records.WITNESSES)
    box = small_polls.Box(small).open()
    voter = small.voter()
    bridge = voter.seal("bridge", (1, 0))
    assert box.code(voter.cast_ballots(bridge=bridge)) == "ok"
    assert box.code(voter.cast_ballots(bridge=bridge, mayor=voter.seal("mayor", (1, 0, 0)))) == "ok"
    box.close()
    for contest, counts in (("bridge", (0, 1, 0)), ("mayor", (1, 0, 0))):
        txs = [box.tally(contest), box.decrypt(contest, 1), box.decrypt(contest, 2), small.result(contest, *counts)]
        assert set(box.send(*txs, at=small_polls.AFTER)) == {"ok"}
    blocks = [(ctx.time, tuple(txs), state) for ctx, txs, state in box.blocks]
    record = audit_records.write_record(tmp_path / "record", small, blocks)
    assert [contest.ballots for contest in export(record, tmp_path / "out")] == [1, 1]


def test_a_poll_that_is_not_counted_is_not_exported(made: Any, audit_records: SimpleNamespace, tmp_path: Path) -> None:
    record = audit_records.write_record(tmp_path / "record", made.small, made.blocks[:9])
    with pytest.raises(InputError, match="not counted yet"):
        export(record, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_nothing_is_overwritten(good_record: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="already exists"):
        export(good_record, tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        export(good_record, tmp_path / "file" / "out")


@pytest.mark.parametrize(
    "line", ["[]", "{}", '{"type":"cast"}', '{"type":"cast","ticket":{}}', '{"type":"tally"}', "x"]
)
def test_a_record_that_is_not_one_is_refused_in_one_sentence(record: Path, tmp_path: Path, line: str) -> None:
    path = record / "transactions" / "00000000.jsonl"
    path.write_text(line + "\n" + path.read_text())
    with pytest.raises(ParseError):
        export(record, tmp_path / "out")


def test_a_record_without_blocks_has_no_time(made: Any, audit_records: SimpleNamespace, tmp_path: Path) -> None:
    record = audit_records.write_record(tmp_path / "record", made.small, [])
    with pytest.raises(InputError, match="no block"):
        export(record, tmp_path / "out")


def test_a_damaged_record_is_not_opened(record: Path) -> None:
    (record / "more").write_text("")
    with pytest.raises(InputError, match="run ippyo verify"):
        OpenedRecord.open(record)


def test_sizes_and_times_that_an_archive_cannot_hold(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as stream, pytest.raises(ValueError, match="cannot hold"):
        ArchiveWriter(stream, 8**11)


def test_an_event_without_payload_names_none(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as stream:
        ArchiveWriter(stream, 0).event(EventType.END_BALLOTS)
    assert entries(tmp_path / "a")[1][1].decode() == dumps({"height": 0, "type": "EndBallots"})
