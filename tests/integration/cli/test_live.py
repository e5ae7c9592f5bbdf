"""The poll that a person can vote in: real sites, one voter, and the button that closes and counts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests
from tests.waiting import until

from ippyo import profiles
from ippyo.ballot.seal import seal
from ippyo.ballot.voting_code import VotingCode
from ippyo.cli.demo import registries
from ippyo.cli.demo.applicant import Applicant, Site
from ippyo.cli.demo.live import LivePoll, live_manifest
from ippyo.cli.demo.reader_slot import ReaderSlot
from ippyo.cli.demo.start_page import StartPage
from ippyo.contract.transactions import Cast
from ippyo.identity.card.applications import KeyKind
from ippyo.identity.card.jpki import JpkiCard
from ippyo.identity.card.transport import Transport
from ippyo.identity.errors import CardError
from ippyo.ledger.receipt import Receipt
from ippyo.sites.serving import served

SECONDS = 120


class CardOnReader:
    def __init__(self, transport: Transport, pin: str) -> None:
        self._card = JpkiCard(transport)
        self._card.select()
        self._card.verify(KeyKind.SIGNATURE, pin)
        self.certificate = self._card.certificate(KeyKind.SIGNATURE)
        self.algorithm = self._card.algorithm(KeyKind.SIGNATURE)

    def sign(self, message: bytes) -> bytes:
        return self._card.sign(KeyKind.SIGNATURE, message)


def press(origin: str, path: str, **form: str) -> str:
    """Press a button of the start page, and return the page that follows."""
    page = requests.get(origin + "/", timeout=SECONDS).text
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token is not None
    return requests.post(origin + path, data={"token": token[1], **form}, timeout=SECONDS).text


def wait_for_receipt(booth: str, text: str) -> Receipt:
    answer = requests.post(f"{booth}/api/transactions", data=text.encode(), timeout=SECONDS)
    assert answer.status_code == 202, answer.text
    address = f"{booth}/api/transactions/{answer.json()['id']}"

    def receipt() -> str:
        state = requests.get(address, timeout=SECONDS).json()
        assert state["state"] != "refused", state
        return str(state.get("receipt", ""))

    return Receipt.from_text(until(receipt, seconds=SECONDS))


@pytest.mark.usefixtures("card_agent_port")
def test_a_visitor_registers_votes_and_sees_the_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registries, "RENEW_SECONDS", 1.0)
    manifest = live_manifest(profiles.load("residents-poll"))
    with (
        LivePoll.opened(manifest, tmp_path / "poll", tmp_path / "private") as live,
        served(StartPage(live)) as origin,
    ):
        lists = sorted(tmp_path.glob("private/registry-*/crl/*.crl"))
        assert len(lists) == 2 * len(manifest.issuers)
        before = {file: file.read_bytes() for file in lists}
        until(lambda: all(file.read_bytes() != old for file, old in before.items()), "newer revocation lists")

        page = requests.get(origin + "/", timeout=SECONDS).text
        somebody = live.people[2]
        assert somebody.code is not None
        assert somebody.name in page
        assert somebody.code in page
        assert "リーダーの上" in press(origin, "/insert", number=str(somebody.number))

        registration = live.addresses["registration"].removesuffix("/registration/")
        issuers = requests.get(f"{registration}/api/poll", timeout=SECONDS).json()["issuers"]
        applicant = Applicant(live.poll, [Site(site, registration) for site in issuers], VotingCode.generate())
        with live.reader.connect() as transport:
            in_hand = applicant.register(somebody.code, CardOnReader(transport, somebody.pin))

        contest = manifest.contests[0]
        choice = tuple(int(number == 1) for number in range(len(contest.answers)))
        credential = in_hand.request.credential
        ballots = {contest.id: seal(live.poll.election(contest.id), credential, choice)}
        cast = Cast.make(live.poll, in_hand.ticket, credential, 16, ballots)
        booth = live.addresses["booth"].removesuffix("/")
        receipt = wait_for_receipt(booth, cast.to_text())
        assert receipt.entry.trackers == (ballots[contest.id].tracker,)

        assert requests.post(origin + "/count", data={"token": "x"}, timeout=SECONDS).status_code == 403
        result = press(origin, "/count")
        assert "すべて合格" in result
        assert live.outcome is not None
        assert live.outcome.failed == 0
        (counted,) = live.outcome.results
        assert counted.ballots == 1
        assert counted.counts[contest.blank + 1] == 1
        assert (tmp_path / "poll" / "checkpoint").is_file()


def test_a_reader_without_a_card_says_so() -> None:
    slot = ReaderSlot({})
    slot.insert(1)
    with pytest.raises(CardError, match="no card"), slot.connect():
        pass
