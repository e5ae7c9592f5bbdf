"""Officers' acts as officers make them: key files, one act passed from hand to hand, enough signatures."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ippyo.cli import main as command_line
from ippyo.contract.transactions import Audit, Close, Open, ResultAct
from ippyo.crypto import age_file, ed25519
from ippyo.ledger.engine import Accepted
from ippyo.ledger.http import LedgerClient

PASSPHRASE = "correct horse battery"


@pytest.fixture
def documents(tmp_path: Path, small_poll: Any) -> Path:
    """Return a folder with the documents of a poll, as a record has them."""
    folder: Path = small_poll.write_documents(tmp_path / "documents")
    return folder


@pytest.fixture
def passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the commands read the passphrase from a file."""
    path = tmp_path / "passphrase"
    path.write_text(PASSPHRASE + "\n", encoding="utf-8")
    monkeypatch.setenv("IPPYO_PASSPHRASE_FILE", str(path))
    monkeypatch.setenv("IPPYO_LANG", "en")


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path, expect: int = 0) -> str:
    """Run a command in this process and return all it printed."""
    code = command_line.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    output = captured.out + captured.err
    assert code == expect, output
    assert PASSPHRASE not in output
    return output


def lock(path: Path, key: ed25519.SecretKey) -> Path:
    """Write an officer's key file."""
    path.write_bytes(age_file.encrypt(key.to_text().encode(), PASSPHRASE))
    return path


@pytest.mark.usefixtures("passphrase")
def test_a_new_key_is_private_and_its_public_half_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "officer.age"
    printed = run(capsys, "officer", "keygen", key)
    secret = ed25519.SecretKey.from_text(age_file.decrypt(key.read_bytes(), PASSPHRASE, what="key").decode("ascii"))
    assert printed.strip() == secret.public.to_text()
    assert secret.to_text() not in printed
    assert key.stat().st_mode & 0o077 == 0
    assert "exists" in run(capsys, "officer", "keygen", key, expect=2)


@pytest.mark.usefixtures("passphrase")
def test_two_officers_sign_and_the_contract_would_open(
    tmp_path: Path, documents: Path, small_poll: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    act = tmp_path / "open.json"
    run(capsys, "officer", "act", "open", act, "--poll", documents)
    assert "enough" not in run(capsys, "officer", "check", act, "--poll", documents, expect=1)
    threshold = small_poll.poll.genesis.officers.threshold
    keys = list(enumerate(small_poll.officer_keys, start=1))[:threshold]
    for number, key in reversed(keys):
        run(capsys, "officer", "sign", lock(tmp_path / f"{number}.age", key), act, "--poll", documents)
    report = json.loads(run(capsys, "officer", "check", act, "--poll", documents, "--json"))
    assert report == {"act": "open", "officers": [number for number, _ in keys], "enough": True, "problem": ""}
    expected = Open(small_poll.poll.fingerprint).signed(dict(keys)).to_text()
    assert act.read_text(encoding="utf-8") == expected + "\n"


@pytest.mark.usefixtures("passphrase")
def test_mistakes_get_one_clear_sentence(tmp_path: Path, documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "one of open, close, audit" in run(
        capsys, "officer", "act", "burn", tmp_path / "x", "--poll", documents, expect=2
    )
    assert "--report" in run(capsys, "officer", "act", "audit", tmp_path / "x", "--poll", documents, expect=2)
    act = tmp_path / "close.json"
    run(capsys, "officer", "act", "close", act, "--poll", documents)
    stranger = lock(tmp_path / "stranger.age", ed25519.generate())
    assert "not of an officer" in run(capsys, "officer", "sign", stranger, act, "--poll", documents, expect=2)
    other = tmp_path / "other.json"
    other.write_text(Close("A" * 43).to_text() + "\n", encoding="utf-8")
    assert "poll" in run(capsys, "officer", "check", other, "--poll", documents, expect=1)
    cut = tmp_path / "cut.json"
    cut.write_text(act.read_text(encoding="utf-8")[:40] + "\n", encoding="utf-8")
    assert run(capsys, "officer", "check", cut, "--poll", documents, expect=2).count("\n") == 1


@pytest.mark.usefixtures("passphrase")
def test_an_audit_report_goes_onto_the_ledger_by_its_digest(
    tmp_path: Path, documents: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.txt"
    report.write_text("all well", encoding="utf-8")
    act = tmp_path / "audit.json"
    run(capsys, "officer", "act", "audit", act, "--poll", documents, "--report", report)
    assert '"subject":"report.txt"' in act.read_text(encoding="utf-8")


@pytest.mark.usefixtures("passphrase")
@pytest.mark.parametrize("content", [b"\xe7\xa5\xa8 my secret", b"bXkgc2VjcmV0"])
def test_a_key_file_with_something_else_in_it_stays_secret(
    tmp_path: Path, documents: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    act = tmp_path / "open.json"
    run(capsys, "officer", "act", "open", act, "--poll", documents)
    key = tmp_path / "key.age"
    key.write_bytes(age_file.encrypt(content, PASSPHRASE))
    told = run(capsys, "officer", "sign", key, act, "--poll", documents, expect=2)
    assert told.endswith(f"ippyo: error: what {key} holds is not an officer's key\n")
    for secret in ("secret", "bXkg", "0xe7", "\\xe7", "票"):
        assert secret not in told


@pytest.mark.usefixtures("passphrase")
def test_an_act_is_never_without_a_file(
    tmp_path: Path,
    documents: Path,
    small_poll: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    act = tmp_path / "open.json"
    run(capsys, "officer", "act", "open", act, "--poll", documents)
    before = act.read_bytes()
    key = lock(tmp_path / "1.age", small_poll.officer_keys[0])

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        told = run(capsys, "officer", "sign", key, act, "--poll", documents, expect=2)
    assert "the disk is full" in told
    assert act.read_bytes() == before
    run(capsys, "officer", "sign", key, act, "--poll", documents)
    # Signing again changes nothing, and leaves nothing beside the act.
    once = act.read_bytes()
    assert once != before
    run(capsys, "officer", "sign", key, act, "--poll", documents)
    assert act.read_bytes() == once
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".age") == [
        "documents",
        "open.json",
        "passphrase",
    ]


@pytest.mark.usefixtures("passphrase")
def test_names_that_cannot_be(tmp_path: Path, documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report-\udcff.txt"
    report.write_bytes(b"all well")
    act = tmp_path / "audit.json"
    told = run(capsys, "officer", "act", "audit", act, "--poll", documents, "--report", report, expect=2)
    assert "is not UTF-8 text; rename the file" in told
    assert not act.exists()
    for name in ("", ".", "/"):
        assert "cannot write" in run(capsys, "officer", "act", "open", name, "--poll", documents, expect=2)
    long = tmp_path / ("x" * 300)
    assert "too long" in run(capsys, "officer", "keygen", long, expect=2)
    assert "too long" in run(capsys, "officer", "check", long, "--poll", documents, expect=2)
    assert "too long" in run(capsys, "officer", "check", act, "--poll", long, expect=2)


@pytest.mark.usefixtures("passphrase")
def test_the_officer_reads_in_a_sentence_what_is_signed(
    tmp_path: Path,
    documents: Path,
    small_poll: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    poll = small_poll.poll
    contest = poll.manifest.contests[0]
    key = lock(tmp_path / "1.age", small_poll.officer_keys[0])
    size = len(contest.answers) + contest.blank
    acts = {
        "open": Open(poll.fingerprint),
        "close": Close(poll.fingerprint),
        "audit": Audit(poll.fingerprint, "report.txt", bytes(32)),
        "steering": Audit(poll.fingerprint, "\x1b[2J\x9b2A\u202ereport.txt", bytes(32)),
        "result": ResultAct(poll.fingerprint, contest.id, tuple(range(size))),
    }
    said: dict[tuple[str, str], list[str]] = {}
    for name, act in acts.items():
        file = tmp_path / f"{name}.json"
        file.write_text(act.to_text() + "\n", encoding="utf-8")
        for language in ("en", "ja"):
            monkeypatch.setenv("IPPYO_LANG", language)
            said[name, language] = run(capsys, "officer", "sign", key, file, "--poll", documents).splitlines()
    title = poll.manifest.title
    assert said["close", "en"][0] == f"You are signing: close the poll “{title.en}”"
    assert said["close", "ja"][0] == f"この内容に署名します: 「{title.ja}」を締め切る"
    assert said["open", "ja"][0] == f"この内容に署名します: 「{title.ja}」の投票箱を開く"
    assert "report.txt" in said["audit", "en"][0]
    assert [line for line in said["steering", "en"] if not line.isprintable()] == []
    lines = said["result", "en"]
    assert lines[0] == f"You are signing: the result of “{contest.title.en}” in “{title.en}”"
    assert lines[size].split(maxsplit=1) == [str(size - 1), contest.answers[-1].name.en]
    assert lines[size + 1].startswith("{")


@pytest.mark.usefixtures("passphrase")
def test_nothing_is_signed_that_cannot_be_said(
    tmp_path: Path, documents: Path, small_poll: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    poll = small_poll.poll
    key = lock(tmp_path / "1.age", small_poll.officer_keys[0])
    file = tmp_path / "result.json"
    for contest, words in ((poll.manifest.contests[0].id, "one count for each answer"), ("none", "no contest 'none'")):
        file.write_text(ResultAct(poll.fingerprint, contest, (1,)).to_text() + "\n", encoding="utf-8")
        before = file.read_bytes()
        assert words in run(capsys, "officer", "sign", key, file, "--poll", documents, expect=2)
        assert file.read_bytes() == before


@pytest.mark.usefixtures("passphrase")
def test_check_speaks_japanese_without_english(
    tmp_path: Path,
    documents: Path,
    small_poll: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    poll = small_poll.poll
    act = tmp_path / "close.json"
    run(capsys, "officer", "act", "close", act, "--poll", documents)
    monkeypatch.setenv("IPPYO_LANG", "ja")
    told = run(capsys, "officer", "check", act, "--poll", documents, expect=1)
    threshold = poll.genesis.officers.threshold
    assert "まだだれも署名していません" in told
    assert f"{threshold} 人の署名を集めてください" in told
    keys = dict(list(enumerate(small_poll.officer_keys, start=1))[:threshold])
    act.write_text(Close(poll.fingerprint).signed(keys).to_text() + "\n", encoding="utf-8")
    told += run(capsys, "officer", "check", act, "--poll", documents)
    assert "必要な署名がそろっています" in told
    assert [character for character in told if character.isascii() and character.isalpha()] == []


@pytest.mark.usefixtures("passphrase")
def test_signed_acts_get_onto_the_ledger_in_order_and_once(
    tmp_path: Path,
    booth_towns: Any,
    small_polls: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = booth_towns.Town(tmp_path / "town", small_polls, is_open=False)
    small = town.small

    def act(name: str, text: str) -> Path:
        file = tmp_path / name
        file.write_text(text + "\n", encoding="utf-8")
        return file

    opening = act("open.json", small.open(officers=(1,)))
    note, early = act("audit.json", small.audit()), act("close.json", small.close())
    cast = act("cast.json", small.voter().cast(bridge=(1, 0), mayor=(0, 1, 0)))
    handed_in = []
    submit = LedgerClient.submit_and_wait

    def submitted(client: LedgerClient, tx: str, timeout: float | None = None) -> Accepted:
        handed_in.append(tx)
        return submit(client, tx, timeout)

    monkeypatch.setattr(LedgerClient, "submit_and_wait", submitted)
    with town.ledger() as url:
        ledger = LedgerClient([url], small.poll.fingerprint)

        def send(*files: Path, expect: int = 0) -> str:
            return run(capsys, "officer", "send", *files, "--poll", town.poll_folder, "--ledger", url, expect=expect)

        # Everything is read before anything is sent.
        assert "1 officers signed, 2 are needed" in send(note, opening, expect=1)
        assert "not an act" in send(note, cast, expect=2)
        assert ledger.status().size == 0
        act("open.json", small.open())
        assert send(opening) == f"{opening}: entry 1 of the ledger\n"
        # What was sent before is no mistake: whoever was interrupted sends all of it again.
        told = send(opening, note, early, expect=1)
        assert f"{opening}: entry 1 of the ledger\n{note}: entry 2 of the ledger\n" in told
        assert f"Stopped at {early}." in told
        assert "too-early" in told
        assert ledger.status().size == 2
    # Several nodes would take what is too early, and keep it until it is not: they never get it.
    assert handed_in == [small.open(), small.audit()]
    nobody = ("--ledger", "http://127.0.0.1:9")
    assert "does not answer" in run(capsys, "officer", "send", opening, "--poll", town.poll_folder, *nobody, expect=2)


@pytest.mark.usefixtures("passphrase")
def test_what_is_not_signed_yet_is_said_in_japanese(
    tmp_path: Path,
    documents: Path,
    small_poll: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    act = tmp_path / "open.json"
    act.write_text(small_poll.open(officers=(1,)) + "\n", encoding="utf-8")
    monkeypatch.setenv("IPPYO_LANG", "ja")
    told = run(capsys, "officer", "send", act, "--poll", documents, "--ledger", "http://127.0.0.1:9", expect=1)
    assert "署名した選挙管理の担当者は 1 人です。2 人の署名を集めてください。" in told
