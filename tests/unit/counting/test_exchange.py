"""The exchange folder and the trustees' own folders."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ippyo.counting.exchange import Exchange, read_line, write_line
from ippyo.counting.tally import RunningTally
from ippyo.counting.trustee_home import TrusteeHome
from ippyo.crypto.age_file import WrongPassphraseError
from ippyo.crypto.ceremony import BadShareError, Commit, Confirm, Reveal, commit, confirm, reveal
from ippyo.crypto.ceremony.shares import seal_share
from ippyo.errors import CheckFailedError, FaultyTrusteeError, InputError, ParseError


@pytest.fixture
def exchange(town: Any, tmp_path: Path) -> Exchange:
    """Return a copy of the folder, to be altered."""
    return Exchange(shutil.copytree(town.exchange, tmp_path / "exchange"))


def test_what_is_there(exchange: Exchange, town: Any) -> None:
    assert [message.index for message in exchange.round(Commit)] == [1, 2, 3]
    assert exchange.missing(Confirm) == []
    assert exchange.outcome().trustees() == town.poll.trustees
    assert exchange.complaints() == []
    assert exchange.assemble() == town.poll.trustees


def test_what_is_not_there_yet(exchange: Exchange) -> None:
    (exchange.folder / "reveal-1.json").unlink()
    (exchange.folder / "reveal-3.json").unlink()
    assert exchange.missing(Reveal) == [1, 3]
    with pytest.raises(InputError, match=r"the reveal of trustee 1, 3 is not in .* yet; try again later"):
        exchange.round(Reveal)


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


def test_a_bad_message_names_its_trustee(exchange: Exchange) -> None:
    path = exchange.folder / "commit-2.json"
    path.write_text(path.read_text().replace('"signature":{"challenge":"', '"signature":{"challenge":"9'))
    with pytest.raises(FaultyTrusteeError) as caught:
        exchange.round(Commit)
    assert caught.value.index == 2


def test_the_outcome_must_be_that_of_the_transcript(exchange: Exchange) -> None:
    (exchange.folder / "trustees.json").write_text("[]\n")
    with pytest.raises(CheckFailedError, match=r"not made by the key ceremony in ceremony\.json"):
        exchange.outcome()
    with pytest.raises(InputError, match="already exists"):
        exchange.assemble()


def test_complaints_stop_the_ceremony(town: Any, tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    write_line(tmp_path / "manifest.json", town.poll.manifest.to_text(), "manifest")
    states = [commit(exchange.context, index) for index in exchange.context.indices]
    for state in states:
        exchange.publish(state.commit)
    commits = exchange.round(Commit)
    steps = [reveal(state, commits) for state in states]
    bad = seal_share(exchange.context, 1, 2, commits[1].cert.encryption, 1)
    honest = steps[0].reveal
    steps[0] = replace(
        steps[0],
        reveal=Reveal.make(
            exchange.context,
            1,
            states[0].signing,
            round_hash=honest.round,
            nonce=honest.nonce,
            coefexps=honest.coefexps,
            certs_signature=honest.certs_signature,
            shares=[None, bad, honest.shares[2]],
        ),
    )
    for step in steps:
        exchange.publish(step.reveal)
    with pytest.raises(BadShareError) as caught:
        confirm(steps[1], commits, exchange.round(Reveal))
    path = exchange.publish(caught.value.complaint)
    assert path.name == "complaint-2-against-1.json"
    assert exchange.complaints() == [exchange.complaint(path)]
    with pytest.raises(FaultyTrusteeError, match=r"trustee 1: .* does not fit the coefexps"):
        exchange.assemble()


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
    home.keep(town.shares[0], "another passphrase")
    assert home.load(context, passphrase) == town.shares[0]


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
