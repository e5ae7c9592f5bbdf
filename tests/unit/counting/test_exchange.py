"""The exchange folder and the trustees' own folders."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from ippyo.counting.exchange import Exchange, read_line, write_line
from ippyo.counting.tally import RunningTally
from ippyo.counting.trustee_home import TrusteeHome
from ippyo.crypto import age_file
from ippyo.crypto.age_file import WrongPassphraseError
from ippyo.crypto.ceremony import (
    BadShareError,
    Commit,
    Complained,
    Confirm,
    KeyShare,
    Reveal,
    Revealed,
    commit,
    confirm,
    reveal,
)
from ippyo.crypto.ceremony.shares import seal_share
from ippyo.crypto.proof import Proof
from ippyo.errors import CheckFailedError, FaultyCoordinatorError, FaultyTrusteeError, InputError, ParseError


@pytest.fixture
def exchange(town: Any, tmp_path: Path) -> Exchange:
    """Return a copy of the folder, to be altered."""
    return Exchange(shutil.copytree(town.exchange, tmp_path / "exchange"))


def test_what_is_there(exchange: Exchange, town: Any) -> None:
    assert [message.index for message in exchange.round(Commit)] == [1, 2, 3]
    assert exchange.missing(Confirm) == []
    assert exchange.outcome().trustees() == town.poll.trustees
    assert exchange.complaints(exchange.round(Commit)) == []
    assert exchange.assemble() == town.poll.trustees


def test_what_is_not_there_yet(exchange: Exchange) -> None:
    (exchange.folder / "reveal-1.json").unlink()
    (exchange.folder / "reveal-3.json").unlink()
    assert exchange.missing(Reveal) == [1, 3]
    with pytest.raises(InputError, match=r"the reveal of trustee 1, 3 is not in .* yet; try again later"):
        exchange.reveals(exchange.round(Commit))


def test_no_message_is_replaced(exchange: Exchange) -> None:
    exchange.publish(exchange.round(Commit)[0])
    with pytest.raises(InputError, match="already exists and is not replaced"):
        exchange.publish(commit(exchange.context, 1).commit)


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"{}", "does not end with a newline"), (b"\xff\n", "not UTF-8"), (b"{}\n", "lacks the field")],
)
def test_files_that_hold_no_message(exchange: Exchange, content: bytes, problem: str) -> None:
    (exchange.folder / "commit-2.json").write_bytes(content)
    with pytest.raises(CheckFailedError if content == b"{}\n" else ParseError, match=problem):
        exchange.round(Commit)


@pytest.mark.parametrize("kind", ["commit", "reveal", "confirm"])
def test_an_altered_message_is_evidence_against_nobody(exchange: Exchange, kind: str) -> None:
    path = exchange.folder / f"{kind}-2.json"
    # No scalar begins with 0; another digit before a short one would make one that is read.
    path.write_text(path.read_text().replace('"signature":{"challenge":"', '"signature":{"challenge":"0'))
    (exchange.folder / "ceremony.json").unlink()
    with pytest.raises(FaultyCoordinatorError, match=f"{kind} in the place of trustee 2 cannot be accepted"):
        exchange.assemble()


def test_the_outcome_must_be_that_of_the_transcript(exchange: Exchange) -> None:
    (exchange.folder / "trustees.json").write_text("[]\n")
    with pytest.raises(CheckFailedError, match=r"not made by the key ceremony in ceremony\.json"):
        exchange.outcome()
    with pytest.raises(InputError, match="already exists"):
        exchange.assemble()


@dataclass
class Rogue:
    """A ceremony in files, in which all have revealed; trustee 1 has a good and a bad reveal for trustee 2."""

    exchange: Exchange
    states: list[Revealed]
    good: Reveal
    bad: Reveal

    def publish(self, message: Reveal) -> None:
        """Put another reveal of trustee 1 into the place of the one before."""
        (self.exchange.folder / "reveal-1.json").unlink(missing_ok=True)
        self.exchange.publish(message)

    def confirm(self, index: int) -> KeyShare:
        commits = self.exchange.round(Commit)
        return confirm(self.states[index - 1], commits, self.exchange.reveals(commits))

    def complaint(self) -> Complained:
        self.publish(self.bad)
        with pytest.raises(BadShareError) as caught:
            self.confirm(2)
        return caught.value.state


@pytest.fixture
def rogue(town: Any, tmp_path: Path) -> Rogue:
    exchange = Exchange(tmp_path / "rogue")
    exchange.folder.mkdir()
    write_line(exchange.folder / "manifest.json", town.poll.manifest.to_text(), "manifest")
    committed = [commit(exchange.context, index) for index in exchange.context.indices]
    for state in committed:
        exchange.publish(state.commit)
    commits = exchange.round(Commit)
    states = [reveal(state, commits) for state in committed]
    for step in states:
        exchange.publish(step.reveal)
    good = states[0].reveal
    bad = Reveal.make(
        exchange.context,
        1,
        committed[0].signing,
        round_hash=good.round,
        nonce=good.nonce,
        coefexps=good.coefexps,
        certs_signature=good.certs_signature,
        shares=[None, seal_share(exchange.context, good.round, 1, 2, commits[1].cert.encryption, 1), good.shares[2]],
    )
    return Rogue(exchange, states, good, bad)


def test_complaints_stop_the_ceremony(rogue: Rogue) -> None:
    exchange, complaint = rogue.exchange, rogue.complaint().complaint
    path = exchange.publish(complaint)
    assert path.name == "complaint-2-against-1.json"
    assert exchange.publish(complaint) == path
    commits = exchange.round(Commit)
    assert exchange.complaints(commits) == [exchange.complaint(path, commits)] == [complaint]
    with pytest.raises(FaultyTrusteeError, match=r"trustee 1: .* does not fit the coefexps"):
        exchange.assemble()
    # Trustee 1 puts its good reveal into the other's place, so that the complaint should seem unfounded.
    rogue.publish(rogue.good)
    with pytest.raises(FaultyTrusteeError, match="trustee 1: sent one reveal to trustee 2 and another one to others"):
        exchange.assemble()


def test_a_complaint_is_not_replaced_nor_kept_from_being_published_unseen(rogue: Rogue) -> None:
    exchange, first, second = rogue.exchange, rogue.complaint().complaint, rogue.complaint().complaint
    assert first != second
    exchange.publish(first)
    with pytest.raises(InputError, match="already exists and is not replaced"):
        exchange.publish(second)


def test_a_forged_complaint_is_evidence_against_nobody(rogue: Rogue) -> None:
    rogue.exchange.publish(replace(rogue.complaint().complaint, signature=Proof(1, 1)))
    rogue.publish(rogue.good)
    with pytest.raises(FaultyCoordinatorError, match="complaint of trustee 2 about trustee 1 was not signed"):
        rogue.exchange.assemble()


def test_who_has_complained_cannot_be_talked_into_going_on(
    rogue: Rogue, town: Any, tmp_path: Path, passphrase: str
) -> None:
    """The complaint opens nothing that its culprit did not know, and no key comes of a ceremony that had one."""
    home, context = TrusteeHome(tmp_path / "home"), rogue.exchange.context
    home.begin(rogue.states[1].committed, passphrase)
    home.keep(rogue.states[1], passphrase)
    complained = rogue.complaint()
    home.keep(complained, passphrase)
    assert [path.name for path in home.folder.iterdir()] == ["4-complained.age"]
    rogue.publish(rogue.good)
    kept = home.load(context, passphrase)
    assert kept == complained
    commits = rogue.exchange.round(Commit)
    with pytest.raises(InputError, match="complained about trustee 1, which ended this key ceremony for you"):
        confirm(kept, commits, rogue.exchange.reveals(commits))
    with pytest.raises(InputError, match="which ended this key ceremony"):
        home.load_share(town.poll, passphrase)
    # Nor by a step that had begun before the complaint was kept.
    for state in (rogue.states[1], rogue.confirm(2), rogue.complaint()):
        with pytest.raises(InputError, match="holds another state than the one that this step began with"):
            home.keep(state, passphrase)
        assert home.load(context, passphrase) == complained


def test_lines(tmp_path: Path) -> None:
    write_line(tmp_path / "a", "text", "a text")
    write_line(tmp_path / "a", "text", "a text")
    assert (tmp_path / "a").read_bytes() == b"text\n"
    assert read_line(tmp_path / "a", 4, "a text") == "text"
    with pytest.raises(InputError, match="larger than the 4 bytes"):
        read_line(tmp_path / "a", 3, "a text")
    with pytest.raises(InputError, match="no such file"):
        read_line(tmp_path / "b", 3, "a text")


# The trustees' own folders.


def test_one_state_at_a_time(town: Any, passphrase: str) -> None:
    home = TrusteeHome(town.homes[0])
    assert [path.name for path in town.homes[0].iterdir()] == ["3-key-share.age"]
    assert (town.homes[0] / "3-key-share.age").stat().st_mode & 0o777 == 0o600
    context = Exchange(town.exchange).context
    assert home.load(context, passphrase) == town.shares[0]
    assert home.load_share(town.poll, passphrase) == town.shares[0]
    home.keep(town.shares[0], passphrase)
    with pytest.raises(WrongPassphraseError):
        home.keep(town.shares[0], "another passphrase")
    with pytest.raises(InputError, match="holds another state"):
        home.keep(town.shares[1], passphrase)
    assert home.load(context, passphrase) == town.shares[0]


def test_older_secrets_that_a_power_cut_left_are_removed(rogue: Rogue, tmp_path: Path, passphrase: str) -> None:
    home = TrusteeHome(tmp_path / "home")
    home.begin(rogue.states[1].committed, passphrase)
    older = (home.folder / "1-committed.age").read_bytes()
    home.keep(rogue.states[1], passphrase)
    (home.folder / "1-committed.age").write_bytes(older)
    home.keep(rogue.states[1], passphrase)
    assert [path.name for path in home.folder.iterdir()] == ["2-revealed.age"]


def test_a_step_that_was_overtaken_leaves_no_secret(
    rogue: Rogue, tmp_path: Path, passphrase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A complaint is kept by another process while the key share is being sealed."""
    home, state = TrusteeHome(tmp_path / "home"), rogue.states[1]
    home.begin(state.committed, passphrase)
    home.keep(state, passphrase)
    share, complained, encrypt = rogue.confirm(2), rogue.complaint(), age_file.encrypt

    def overtaken(plaintext: bytes, secret: str) -> bytes:
        monkeypatch.setattr(age_file, "encrypt", encrypt)
        home.keep(complained, passphrase)
        return encrypt(plaintext, secret)

    monkeypatch.setattr(age_file, "encrypt", overtaken)
    with pytest.raises(InputError, match="holds another state than the one that this step began with"):
        home.keep(share, passphrase)
    assert [path.name for path in home.folder.iterdir()] == ["4-complained.age"]
    assert home.load(rogue.exchange.context, passphrase) == complained


def test_folders_that_cannot_be_used(town: Any, open_town: Any, tmp_path: Path, passphrase: str) -> None:
    context = Exchange(town.exchange).context
    state = commit(context, 1)
    with pytest.raises(InputError, match="already holds the secret of a trustee"):
        TrusteeHome(town.homes[0]).begin(state, passphrase)
    with pytest.raises(InputError, match="holds no secret of a trustee"):
        TrusteeHome(tmp_path / "new").load(context, passphrase)
    with pytest.raises(WrongPassphraseError):
        TrusteeHome(town.homes[0]).load(context, "wrong")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot make the folder"):
        TrusteeHome(tmp_path / "file" / "home").begin(state, passphrase)
    TrusteeHome(tmp_path / "new").begin(state, passphrase)
    with pytest.raises(InputError, match="did not finish the key ceremony"):
        TrusteeHome(tmp_path / "new").load_share(town.poll, passphrase)


def test_one_tally_for_each_contest(town: Any, tmp_path: Path) -> None:
    home = TrusteeHome(tmp_path)
    election = town.poll.election("mayor")
    running = RunningTally(election)
    home.allow_once(town.poll, "mayor", running.result())
    home.allow_once(town.poll, "mayor", running.result())
    running.add(town.small.voter().seal("mayor", (1, 0, 0)))
    with pytest.raises(InputError, match="already decrypted another tally of contest mayor"):
        home.allow_once(town.poll, "mayor", running.result())
    home.allow_once(town.poll, "bridge", RunningTally(town.poll.election("bridge")).result())
