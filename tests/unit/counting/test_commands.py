"""`ippyo trustee` and `ippyo count`, from the first secret to the results, as a person runs them."""

from __future__ import annotations

import getpass
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from ippyo.audit.verify import verify
from ippyo.cli.main import main
from ippyo.counting.exchange import Exchange
from ippyo.counting.trustee_home import TrusteeHome
from ippyo.crypto.ceremony import Commit, Committed, Complained, Complaint, Reveal, commit, read_state, reveal
from ippyo.crypto.ceremony.shares import seal_share
from ippyo.crypto.proof import Proof
from ippyo.ledger.checkpoint import Checkpoint, SignedCheckpoint


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, passphrase: str) -> Path:
    """Let commands speak English and take the passphrase from a file, which is returned."""
    monkeypatch.setenv("IPPYO_LANG", "en")
    path = tmp_path / "passphrase"
    path.write_text(f"{passphrase}\nnot this line\n")
    monkeypatch.setenv("IPPYO_PASSPHRASE_FILE", str(path))
    monkeypatch.chdir(tmp_path)
    return path


def run(*words: object) -> int:
    return main([str(word) for word in words])


def failed(capsys: pytest.CaptureFixture[str], code: int, sentence: str, *words: object) -> None:
    capsys.readouterr()
    assert run(*words) == code
    captured = capsys.readouterr()
    assert sentence in captured.err
    assert captured.err.startswith("ippyo: error: ")
    assert captured.err.count("\n") == 1


@pytest.fixture
def exchange(town: Any, tmp_path: Path) -> Path:
    """Return an exchange folder that holds the manifest only."""
    (tmp_path / "exchange").mkdir()
    shutil.copy(town.exchange / "manifest.json", tmp_path / "exchange" / "manifest.json")
    return tmp_path / "exchange"


def everybody(step: str) -> None:
    for index in (1, 2, 3):
        assert run("trustee", step, f"t{index}") == 0


def begin() -> None:
    for index in (1, 2, 3):
        assert run("trustee", "init", f"t{index}", "--number", index) == 0
    everybody("commit")


def test_the_whole_ceremony(exchange: Path, town: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for index in (1, 2, 3):
        assert run("trustee", "init", f"t{index}", "--number", index) == 0
    assert town.poll.manifest.hash in capsys.readouterr().out
    assert run("trustee", "commit", "t1") == 0
    assert "Still waiting for trustee 2, 3." in capsys.readouterr().out
    failed(capsys, 2, "the commit of trustee 2, 3 is not in exchange yet", "trustee", "reveal", "t1")
    everybody("commit")
    failed(capsys, 2, "do step 2 first", "trustee", "confirm", "t1")
    everybody("reveal")
    everybody("reveal")
    everybody("commit")
    failed(capsys, 2, "the confirm of trustee 1, 2, 3 is not in exchange yet", "trustee", "assemble")
    failed(capsys, 2, "no such file", "trustee", "check")
    assert run("trustee", "confirm", "t1") == 0
    failed(capsys, 2, "finished this ceremony already", "trustee", "reveal", "t1")
    failed(capsys, 2, "finished this ceremony already", "trustee", "commit", "t1")
    everybody("confirm")
    assert run("trustee", "assemble") == 0
    assert "Compare aloud:" in capsys.readouterr().out
    assert run("trustee", "assemble", "--json") == 0
    outcome = json.loads(capsys.readouterr().out)
    assert list(outcome) == ["public_key", "trustees", "ceremony"]
    for words in (("t1",), ("t2",), ()):
        assert run("trustee", "check", *words, "--json") == 0
        assert json.loads(capsys.readouterr().out) == outcome
    assert sorted(path.name for path in exchange.iterdir()) == [
        "ceremony.json",
        *(f"{kind}-{index}.json" for kind in ("commit", "confirm") for index in (1, 2, 3)),
        "manifest.json",
        *(f"reveal-{index}.json" for index in (1, 2, 3)),
        "trustees.json",
    ]


def test_japanese(exchange: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("IPPYO_LANG", "ja")
    assert run("trustee", "init", "t1", "--number", 1, "--exchange", exchange) == 0
    assert "鍵の管理者 1 の秘密を t1 に作りました" in capsys.readouterr().out


def test_init_refuses(exchange: Path, terminal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failed(capsys, 2, "no trustee 4", "trustee", "init", "t4", "--number", 4)
    assert run("trustee", "init", "t1", "--number", 1) == 0
    failed(capsys, 2, "already holds the secret", "trustee", "init", "t1", "--number", 1)
    terminal.write_text("short")
    failed(capsys, 2, "too short; take 12 characters", "trustee", "init", "t2", "--number", 2)
    terminal.write_bytes(b"\xff\xfe not text at all")
    failed(capsys, 2, "not UTF-8", "trustee", "init", "t2", "--number", 2)
    terminal.unlink()
    failed(capsys, 2, "no such file", "trustee", "init", "t2", "--number", 2)
    (exchange / "manifest.json").unlink()
    failed(capsys, 2, "no such file", "trustee", "init", "t2", "--number", 2)


def test_the_wrong_passphrase(exchange: Path, terminal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("trustee", "init", "t1", "--number", 1) == 0
    terminal.write_text("another passphrase")
    failed(capsys, 2, "the passphrase is wrong", "trustee", "commit", "t1")


def test_the_passphrase_is_typed_unseen(
    exchange: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], passphrase: str
) -> None:
    monkeypatch.delenv("IPPYO_PASSPHRASE_FILE")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    failed(capsys, 2, "no terminal to ask", "trustee", "init", "t1", "--number", 1)
    typed = iter([passphrase, "mistyped", passphrase, passphrase])
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(getpass, "getpass", lambda _: next(typed))
    failed(capsys, 2, "the two passphrases differ", "trustee", "init", "t1", "--number", 1)
    assert run("trustee", "init", "t1", "--number", 1) == 0
    assert passphrase not in capsys.readouterr().out


def complaint_by(state: Committed, message: Reveal) -> Complaint:
    """Return a complaint without reason."""
    secret = state.context.group.generator
    return Complaint.make(state.context, state.index, state.signing, reveal=message, secret=secret, proof=Proof(1, 1))


def test_a_bad_share_becomes_a_complaint(
    exchange: Path, capsys: pytest.CaptureFixture[str], passphrase: str, terminal: Path
) -> None:
    begin()
    folder = Exchange(exchange)
    # Trustee 1 writes its own reveal, with a bad share for trustee 2.
    sealed = (Path("t1") / "1-committed.age").read_bytes()
    state: Any = read_state(folder.context, sealed[sealed.index(b"{") :])
    honest = reveal(state, folder.round(Commit)).reveal
    bad = seal_share(folder.context, honest.round, 1, 2, folder.round(Commit)[1].cert.encryption, 1)
    rogue = Reveal.make(
        folder.context,
        1,
        state.signing,
        round_hash=honest.round,
        nonce=honest.nonce,
        coefexps=honest.coefexps,
        certs_signature=honest.certs_signature,
        shares=(None, bad, honest.shares[2]),
    )
    folder.publish(rogue)
    for index in (2, 3):
        assert run("trustee", "reveal", f"t{index}") == 0
    capsys.readouterr()
    assert run("trustee", "confirm", "t2") == 1
    assert "trustee 1: the share from trustee 1 for trustee 2 does not fit" in capsys.readouterr().err
    complaint = exchange / "complaint-2-against-1.json"
    text = complaint.read_text()
    assert [path.name for path in Path("t2").iterdir()] == ["4-complained.age"]
    complaint.unlink()
    # As if the power had gone between the complaint and the removal of the secrets.
    (Path("t2") / "2-revealed.age").write_bytes(b"sk, dk, a_k")
    failed(capsys, 2, "which ended this key ceremony for you", "trustee", "confirm", "t2")
    assert [path.name for path in Path("t2").iterdir()] == ["4-complained.age"]
    complaint.unlink()
    for step in ("confirm", "commit", "reveal"):
        failed(capsys, 2, "complained about trustee 1, which ended this key ceremony for you", "trustee", step, "t2")
        assert complaint.read_text() == text
    failed(capsys, 1, "trustee 1: ", "trustee", "judge", complaint)
    assert run("trustee", "confirm", "t3") == 0
    failed(capsys, 1, "trustee 1: ", "trustee", "assemble")
    # The good reveal after all: there is no going on for trustee 2.
    (exchange / "reveal-1.json").unlink()
    folder.publish(honest)
    failed(capsys, 2, "held again by all with new secrets", "trustee", "confirm", "t2")
    failed(capsys, 1, "trustee 1: sent one reveal to trustee 2 and another one to others", "trustee", "assemble")


def test_who_has_complained_sees_no_finished_ceremony(
    town: Any, exchange: Path, capsys: pytest.CaptureFixture[str], passphrase: str
) -> None:
    folder = Exchange(town.exchange)
    begin()
    home = TrusteeHome(Path("t2"))
    state: Any = home.load(folder.context, passphrase)
    home.keep(Complained(folder.context, 2, complaint_by(state, folder.outcome().reveals[0])), passphrase)
    failed(capsys, 2, "complained about trustee 1", "trustee", "check", "t2", "--exchange", town.exchange)


def test_a_complaint_is_remembered_after_the_ceremony(town: Any, tmp_path: Path, capsys: Any) -> None:
    folder = Exchange(shutil.copytree(town.exchange, tmp_path / "done"))
    state = commit(folder.context, 2)
    folder.publish(complaint_by(state, folder.outcome().reveals[0]))
    # Somebody else's, put there afterwards: it says nothing about anybody, but it is not passed over.
    failed(capsys, 1, "was not signed by trustee 2", "trustee", "check", "--exchange", tmp_path / "done")


def test_check_needs_a_finished_trustee(town: Any, exchange: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("trustee", "init", "t1", "--number", 1) == 0
    failed(capsys, 2, "have not finished step 3", "trustee", "check", "t1", "--exchange", town.exchange)


# The count.


def test_the_whole_count(town: Any, capsys: pytest.CaptureFixture[str], counts: dict[str, tuple[int, ...]]) -> None:
    homes = [shutil.copytree(home, home.name) for home in town.homes]
    assert run("count", "import", "station", town.record) == 0
    # A record from which ballots were left out verifies as well: whoever is to decrypt it is told what to look at.
    said = capsys.readouterr().err
    assert f"{town.poll.fingerprint} (compare it with the published one)" in said
    assert "this poll demands no witnesses" in said
    assert run("count", "tally", "station") == 0
    assert "Mayor: 2 ballots" in capsys.readouterr().out
    failed(capsys, 1, "0 good partial decryptions are not enough", "count", "result", "station")
    assert run("count", "decrypt", "station", homes[0]) == 0
    # The second trustee counts and decrypts at home.
    assert run("trustee", "decrypt", homes[1], "--record", town.record, "--out", "station") == 0
    (Path("station") / "decrypt-mayor-3.json").write_text("scribble\n")
    capsys.readouterr()
    assert run("count", "result", "station") == 0
    captured = capsys.readouterr()
    assert "Mayor (2 ballots)" in captured.out
    assert "1  Candidate 3  50.00 %" in captured.out
    assert "1  blank" in captured.out
    assert captured.out.splitlines()[-1].startswith("Next: officers sign tallies and results")
    assert captured.err.startswith("warning: trustee 3: ")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPPYO_LANG", "ja")
        assert run("count", "result", "station") == 0
        assert capsys.readouterr().err.startswith("注意: 鍵の管理者 3: ")
    assert run("count", "result", "station", "--json") == 0
    assert json.loads(capsys.readouterr().out) == [
        {"contest": contest, "ballots": 2, "counts": list(values), "trustees": [1, 2], "faulty": faulty}
        for (contest, values), faulty in zip(
            counts.items(),
            ([], [{"trustee": 3, "problem": "decrypt-mayor-3.json: transaction: is not JSON (line 1, column 1)"}]),
            strict=True,
        )
    ]


def test_nothing_unverified_is_counted(town: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    medium = shutil.copytree(town.record, tmp_path / "medium")
    blocks = (medium / "blocks.jsonl").read_text().splitlines(keepends=True)
    (medium / "blocks.jsonl").write_text("".join([*blocks[:-1], blocks[-1].replace('"time":1', '"time":2')]))
    assert run("count", "import", "station", medium) == 1
    sentence = capsys.readouterr().err
    assert "the record does not pass the verifier (check 6 (block-signatures)" in sentence
    assert f"ippyo verify {medium}\n" in sentence
    assert list((tmp_path / "station").iterdir()) == []
    home = shutil.copytree(town.homes[0], tmp_path / "t1")
    assert run("trustee", "decrypt", home, "--record", medium) == 1
    assert [path.name for path in home.iterdir()] == ["3-key-share.age"]


def test_nothing_is_counted_that_is_not_what_is_known_from_elsewhere(
    town: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept"
    known = ("--poll", town.poll.fingerprint, "--checkpoint", kept)
    home = shutil.copytree(town.homes[0], tmp_path / "home")
    # The log has signed it elsewhere, for voters who are not in this record.
    log = town.small.log
    other = Checkpoint(log.name, len(town.transactions) + 1, bytes(32))
    kept.write_text(SignedCheckpoint.sign(other, log).to_text(), encoding="utf-8")
    for words in (("--poll", "A" * 43), known):
        for command in (("count", "import", "station", town.record), ("trustee", "decrypt", home, "-r", town.record)):
            assert run(*command, *words) == 1
            assert "the record does not pass the verifier" in capsys.readouterr().err
    assert not list(home.glob("decrypted-*"))
    kept.write_bytes((town.record / "checkpoint").read_bytes())
    assert run("count", "import", "station", town.record, *known) == 0


def test_an_open_poll_is_not_counted(open_town: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("count", "import", "station", open_town.record) == 0
    capsys.readouterr()
    assert run("count", "tally", "station") == 2
    assert "not closed; nothing is counted before the close" in capsys.readouterr().err
    home = shutil.copytree(open_town.homes[0], "t1")
    assert run("trustee", "decrypt", home, "--record", open_town.record) == 2


def test_the_trustee_of_another_poll(town: Any, open_town: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("count", "import", "station", town.record) == 0
    home = shutil.copytree(open_town.homes[0], "t1")
    assert run("count", "decrypt", "station", home) == 2
    assert "not a share of this poll's key" in capsys.readouterr().err


def test_a_record_that_could_not_be_verified_to_the_end(
    town: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Checks that were not reached count as failed too, when nothing else has."""
    report = verify(town.record, unfinished=False)
    monkeypatch.setattr("ippyo.cli.verified.verify", lambda *_, **__: report)
    assert run("count", "import", "station", town.record) == 1
    assert "26 (completeness)" in capsys.readouterr().err
