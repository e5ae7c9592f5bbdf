"""Witnesses: what they cosign, what they refuse, and that they do not forget."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ippyo.crypto.merkle import EMPTY_ROOT, Frontier, consistency_proof, leaf_hash
from ippyo.errors import InputError, ParseError
from ippyo.ledger.checkpoint import Checkpoint, SignedCheckpoint, WrongOriginError
from ippyo.ledger.database import StorageError
from ippyo.ledger.notes import KeyKind, NoteSignatureError, SigningKey, padded_b64
from ippyo.ledger.witness import (
    InconsistentCheckpointError,
    Witness,
    WitnessConflictError,
    WitnessRequest,
    ask_witness,
)

LOG = SigningKey("ippyo.poll/toy", KeyKind.NOTE, bytes(32))
KEY = SigningKey("w.example", KeyKind.COSIGNATURE, bytes([1]) * 32)


class Log:
    """A log that keeps its tree; with another ``salt`` it tells another history."""

    def __init__(self, salt: str = "") -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.frontier = Frontier()
        for number in range(20):
            self.frontier, completed = self.frontier.append(leaf_hash(f"{salt}{number}".encode()))
            self.nodes.update({(node.level, node.index): node.hash for node in completed})

    def read(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]

    def checkpoint(self, size: int, key: SigningKey = LOG) -> SignedCheckpoint:
        root = Frontier.at(size, self.read).root
        return SignedCheckpoint.sign(Checkpoint(key.name, size, root), key)

    def prove(self, old: int, new: int) -> list[bytes]:
        return consistency_proof(old, new, self.read)

    def request(self, old: int, new: int) -> WitnessRequest:
        return WitnessRequest(old, tuple(self.prove(old, new)), self.checkpoint(new))


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    with Witness.create(KEY, [LOG.verifier], tmp_path / "memory", clock=lambda: 1234) as witness:
        yield witness


def test_a_growing_log_is_cosigned(witness: Witness) -> None:
    log = Log()
    assert witness.last(LOG.name) is None
    for old, new in [(0, 0), (0, 3), (3, 3), (3, 8), (8, 20)]:
        (line,) = witness.add_checkpoint(log.request(old, new))
        signed = log.checkpoint(new).with_signatures([line])
        assert signed.note.signers([witness.verifier]) == [witness.verifier]
        assert int.from_bytes(line.signature[:8], "big") == 1234
        assert witness.last(LOG.name) == signed


def test_memory_outlives_the_process(tmp_path: Path) -> None:
    log = Log()
    with Witness.create(KEY, [LOG.verifier], tmp_path / "memory") as witness:
        witness.add_checkpoint(log.request(0, 8))
        with pytest.raises(InputError, match="in use"):
            Witness(KEY, [LOG.verifier], tmp_path / "memory")
    with Witness(KEY, [LOG.verifier], tmp_path / "memory") as witness:
        with pytest.raises(WitnessConflictError) as caught:
            witness.add_checkpoint(log.request(0, 9))
        assert caught.value.size == 8
        witness.add_checkpoint(log.request(8, 9))


def test_what_is_not_cosigned(witness: Witness) -> None:
    log, other = Log(), Log("another history ")
    witness.add_checkpoint(log.request(0, 8))
    before = witness.last(LOG.name)
    with pytest.raises(InconsistentCheckpointError, match="does not extend"):
        witness.add_checkpoint(WitnessRequest(8, (), other.checkpoint(8)))
    with pytest.raises(InconsistentCheckpointError, match="does not extend"):
        witness.add_checkpoint(WitnessRequest(8, tuple(other.prove(8, 9)), other.checkpoint(9)))
    with pytest.raises(InconsistentCheckpointError, match="smaller"):
        witness.add_checkpoint(WitnessRequest(8, (), log.checkpoint(7)))
    with pytest.raises(WitnessConflictError, match="last seen 8"):
        witness.add_checkpoint(log.request(7, 9))
    with pytest.raises(NoteSignatureError, match="not signed"):
        stranger = SigningKey(LOG.name, KeyKind.NOTE, bytes([9]) * 32)
        witness.add_checkpoint(WitnessRequest(8, tuple(log.prove(8, 9)), log.checkpoint(9, stranger)))
    with pytest.raises(NoteSignatureError, match="false"):
        forged = SignedCheckpoint.from_parts(log.checkpoint(9).checkpoint, log.checkpoint(8).note.signatures)
        witness.add_checkpoint(WitnessRequest(8, tuple(log.prove(8, 9)), forged))
    with pytest.raises(WrongOriginError, match="does not know"):
        unknown = SigningKey("ippyo.poll/unknown", KeyKind.NOTE, bytes(32))
        witness.add_checkpoint(WitnessRequest(0, (), log.checkpoint(9, unknown)))
    assert witness.last(LOG.name) == before


def test_the_first_checkpoint_of_an_empty_log_has_the_empty_root(witness: Witness) -> None:
    false = SignedCheckpoint.sign(Checkpoint(LOG.name, 0, bytes(32)), LOG)
    with pytest.raises(InconsistentCheckpointError):
        witness.add_checkpoint(WitnessRequest(0, (), false))
    assert Log().checkpoint(0).checkpoint.root == EMPTY_ROOT


def test_asking_finds_the_old_size_by_itself(witness: Witness) -> None:
    log = Log()
    for size in (3, 8, 8, 20):
        lines = ask_witness(witness, log.checkpoint(size), log.prove)
        assert log.checkpoint(size).with_signatures(lines).note.signers([KEY.verifier])
    with pytest.raises(InconsistentCheckpointError, match="seen 20 transactions and the ledger has 8"):
        ask_witness(witness, log.checkpoint(8), log.prove)


def test_nothing_is_cosigned_that_cannot_be_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    log = Log()
    with Witness.create(KEY, [LOG.verifier], tmp_path / "memory") as witness:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(StorageError, match=r"cannot keep what it saw: .*disk is full; it does not cosign"):
            witness.add_checkpoint(log.request(0, 3))
        assert witness.last(LOG.name) is None
        monkeypatch.undo()
        witness.add_checkpoint(log.request(0, 3))


def test_what_was_written_is_read_back_before_anything_is_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log()
    with Witness.create(KEY, [LOG.verifier], tmp_path / "memory") as witness:
        witness.add_checkpoint(log.request(0, 3))
        # A disk that loses what it took, and one that garbles it.
        for written in (lambda data: None, lambda data: (tmp_path / "memory").write_bytes(data[:-9])):
            with monkeypatch.context() as patch:
                patch.setattr("ippyo.ledger.witness.replace_file", lambda _, data, lie=written: lie(data))
                with pytest.raises(StorageError, match="it does not cosign"):
                    witness.add_checkpoint(log.request(3, 8))
            last = witness.last(LOG.name)
            assert last is not None
            assert last.checkpoint.size == 3
        witness.add_checkpoint(log.request(3, 8))


def test_a_memory_never_grows_beyond_what_can_be_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ippyo.ledger.witness.STATE_LIMIT", 100)
    with (
        Witness.create(KEY, [LOG.verifier], tmp_path / "memory") as witness,
        pytest.raises(StorageError, match="is full; it does not cosign"),
    ):
        witness.add_checkpoint(Log().request(0, 3))
    assert (tmp_path / "memory").read_bytes() == b"{}\n"


def test_many_lines_under_a_checkpoint_do_not_brick_the_witness(tmp_path: Path) -> None:
    log = Log()
    signed = log.checkpoint(3)
    stranger = SigningKey("stranger.example", KeyKind.COSIGNATURE, bytes([9]) * 32).cosign(signed.note.text, 1)
    for lines in ([*signed.note.signatures] * 128, [*[stranger] * 127, *signed.note.signatures]):
        many = SignedCheckpoint.from_parts(signed.checkpoint, lines)
        path = tmp_path / f"memory-{lines[0].name.replace('/', '-')}"
        with Witness.create(KEY, [LOG.verifier], path) as witness:
            request = WitnessRequest.from_text(WitnessRequest(0, (), many).to_text())
            (line,) = witness.add_checkpoint(request)
        with Witness(KEY, [LOG.verifier], path) as witness:
            assert witness.last(LOG.name) == signed.with_signatures([line])
            with pytest.raises(WitnessConflictError, match="last seen 3"):
                witness.add_checkpoint(Log("another history ").request(0, 3))


def test_a_witness_does_not_begin_anew_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "memory"
    with pytest.raises(InputError, match=r"memory is missing.*second history.*new witness with a new key"):
        Witness(KEY, [LOG.verifier], path)
    with Witness.create(KEY, [LOG.verifier], path) as witness:
        witness.add_checkpoint(Log().request(0, 3))
    with pytest.raises(InputError, match="already exists"):
        Witness.create(KEY, [LOG.verifier], path)
    # A lost memory, and a name with a mistake in it, after which nothing is left lying about.
    path.rename(tmp_path / "lost")
    with pytest.raises(InputError, match="is missing"):
        Witness(KEY, [LOG.verifier], path)
    with pytest.raises(InputError, match="is missing"):
        Witness(KEY, [LOG.verifier], tmp_path / "mistyped")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["lost", "memory.lock"]


def test_the_memory_of_another_witness_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "memory"
    with Witness.create(KEY, [LOG.verifier], path) as witness:
        witness.add_checkpoint(Log().request(0, 3))
    other = SigningKey("other.example", KeyKind.COSIGNATURE, bytes([2]) * 32)
    with pytest.raises(ParseError, match=r"other\.example did not cosign: it is that of another witness"):
        Witness(other, [LOG.verifier], path)


def test_two_names_of_one_memory_are_one(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "memory")
    (tmp_path / "elsewhere" / "link").symlink_to(tmp_path / "link")
    with Witness.create(KEY, [LOG.verifier], tmp_path / "memory") as witness:
        for name in ("link", "elsewhere/link"):
            with pytest.raises(InputError, match="in use"):
                Witness(KEY, [LOG.verifier], tmp_path / name)
        witness.add_checkpoint(Log().request(0, 3))
    # Written to through a link, the memory stays where it is.
    with Witness(KEY, [LOG.verifier], tmp_path / "link") as witness:
        witness.add_checkpoint(Log().request(3, 8))
    assert (tmp_path / "link").is_symlink()
    with Witness(KEY, [LOG.verifier], tmp_path / "memory") as witness, pytest.raises(WitnessConflictError, match="8"):
        witness.add_checkpoint(Log().request(3, 8))
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(InputError, match=r"in a circle|is missing"):
        Witness(KEY, [LOG.verifier], tmp_path / "circle")


def test_a_witness_needs_a_key_for_cosigning(tmp_path: Path) -> None:
    for make in (Witness, Witness.create):
        with pytest.raises(InputError, match="kind 4"):
            make(LOG, [LOG.verifier], tmp_path / "memory")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "not JSON"),
        (b"\xff", "not UTF-8"),
        (b"[]\n", "not a list of checkpoints"),
        (b'{"a":1}\n', "not a list of checkpoints"),
        (b'{"a":"x"}\n', "no signatures"),
        (b"{}", "canonical"),
        (b" " * (2**20 + 1), "larger than"),
        (("ippyo.poll/toy", "ippyo.poll/tox", 1), "by another log"),
        (("\\n3\\n", "\\n2\\n", -1), "did not cosign"),
    ],
)
def test_a_damaged_memory(tmp_path: Path, content: bytes | tuple[str, str, int], problem: str) -> None:
    path = tmp_path / "memory"
    with Witness.create(KEY, [LOG.verifier], path) as witness:
        witness.add_checkpoint(Log().request(0, 3))
    good = path.read_bytes()
    if isinstance(content, tuple):
        content = good.decode().replace(*content).encode()
    assert content != good
    path.write_bytes(content)
    with pytest.raises(InputError, match=problem):
        Witness(KEY, [LOG.verifier], path)
    path.write_bytes(good)
    Witness(KEY, [LOG.verifier], path).close()


def test_request_text() -> None:
    log = Log()
    request = log.request(3, 8)
    lines = request.to_text().split("\n")
    assert lines[0] == "old 3"
    assert lines[1] == padded_b64(request.proof[0])
    assert WitnessRequest.from_text(request.to_text()) == request
    assert WitnessRequest.from_text(log.request(0, 8).to_text()) == log.request(0, 8)


@pytest.mark.parametrize(
    ("line", "new", "problem"),
    [
        (0, "old", "old size"),
        (0, "old x", "old size"),
        (0, "new 3", "old size"),
        (0, "old 03", "leading zeros"),
        (0, "old " + "1" * 16, "old size"),
        (1, "AAAA", "bytes long"),
        (1, "\n".join([padded_b64(bytes(32))] * 64), "more than 63"),
        (1, "x" * 140_000, "longer than"),
    ],
)
def test_malformed_requests(line: int, new: str, problem: str) -> None:
    lines = Log().request(3, 8).to_text().split("\n")
    lines[line] = new
    with pytest.raises(ParseError, match=problem):
        WitnessRequest.from_text("\n".join(lines))
    with pytest.raises(ParseError, match="old size"):
        WitnessRequest.from_text("old 3\n")
