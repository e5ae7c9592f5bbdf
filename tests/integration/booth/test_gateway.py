"""From a sealed ballot to a receipt over HTTP, and every refusal by its name."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import requests
from tests import commands
from tests.waiting import until

from ippyo.audit.state import app_hash
from ippyo.ballot.ticket import Ticket
from ippyo.canonical import b64, dumps, sha256, unb64
from ippyo.contract.coin_tree import CoinProof
from ippyo.contract.transactions import TRANSACTION_LIMIT
from ippyo.ledger.blocks import SignedHeader
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.receipt import Receipt

YES, NO = (1, 0), (0, 1)


def name_of(text: str) -> str:
    return base64.urlsafe_b64encode(sha256(text)).decode().rstrip("=")


def facts(town: Any) -> LedgerFacts:
    return LedgerFacts.of(town.small.poll.genesis)


def test_the_poll_and_the_clock(town: Any, visitor: Any) -> None:
    value = visitor.get("/api/poll").json()
    assert value["poll"] == town.small.phi
    assert value["manifest"] == town.small.poll.manifest.to_text()
    assert value["genesis"] == town.small.poll.genesis.to_text()
    assert value["trustees"] == town.small.poll.trustees.to_text()
    assert (value["registry"], value["checker"], value["places"]) == (
        "http://localhost:8000", "http://localhost:8300", [],
    )  # fmt: skip
    clock = visitor.get("/api/clock").json()
    assert clock["opens"] == town.small.poll.manifest.opens
    assert clock["closes"] == town.small.poll.manifest.closes
    assert abs(clock["now"] - clock["block"]) < 3_600_000
    assert clock["phase"] == "open"


def test_cast_spoil_surrender_with_receipts(town: Any, visitor: Any) -> None:
    voter = town.small.voter()
    sealed = voter.seal("mayor", (1, 0, 0))
    cast = voter.cast(bridge=YES)
    for text, trackers in (
        (voter.spoil(sealed.tracker), (sealed.tracker,)),
        (cast, tuple(json.loads(cast)["ballots"])),
        (voter.surrender(), ()),
    ):
        fate = visitor.outcome(text)
        assert fate["state"] == "accepted"
        entry = Receipt.from_text(fate["receipt"]).verify(facts(town))
        assert base64.b64decode(entry.digest + "=") == sha256(text)
        assert len(entry.trackers) == len(trackers)


def with_ticket(answer: Any) -> Any:
    return answer if answer["ticket"] is not None else None


def test_the_coin_and_its_ticket(town: Any, visitor: Any) -> None:
    voter = town.small.voter()
    path = f"/api/coin/{voter.credential.text}"
    before = visitor.get(path).json()
    assert before["coin"] is None
    assert before["ticket"] is None
    assert set(before) == {"coin", "coin_root", "proof", "status", "header", "ticket"}
    visitor.outcome(voter.cast_ballots(16, bridge=voter.seal("bridge", YES)))
    # The booth waits some seconds for its index, which a slow machine may need longer for.
    after = until(lambda: with_ticket(visitor.get(path).json()), "a coin with its ticket")
    assert after["coin"]["last"] == 16
    assert Ticket.from_text(after["ticket"], town.small.poll.group) == voter.ticket


def test_the_coin_is_proved_up_to_the_log_s_key(town: Any, visitor: Any) -> None:
    voter, stranger = town.small.voter(), town.small.voter()
    visitor.outcome(voter.cast_ballots(16, bridge=voter.seal("bridge", YES)))
    for credential, last in ((voter.credential.text, 16), (stranger.credential.text, None)):
        value = visitor.get(f"/api/coin/{credential}").json()
        status, signed = value["status"], SignedHeader.from_text(value["header"])
        assert signed.verify(facts(town).log)
        header = signed.header
        assert (header.poll, header.size, b64(header.root)) == (status["poll"], status["size"], status["root"])
        root = unb64(value["coin_root"], what="coin root", length=32)
        rest = dumps(status["state"])
        assert app_hash(header.poll, status["phase"], header.size, header.root, root, rest) == header.state
        coin = CoinProof.from_value(value["proof"]).verify(root, credential)
        assert (None if coin is None else coin.last) == last


def test_the_same_text_again(town: Any, visitor: Any) -> None:
    text = town.small.voter().cast(bridge=NO)
    first = visitor.hand_in(text)
    assert (first.status_code, first.json()) == (202, {"id": name_of(text), "state": "waiting"})
    fate = visitor.fate(name_of(text))
    again = visitor.hand_in(text)
    assert (again.status_code, again.json()) == (202, {"id": name_of(text), "state": "accepted"})
    assert visitor.fate(name_of(text))["receipt"] == fate["receipt"]


def test_what_the_ledger_refuses(town: Any, visitor: Any) -> None:
    voter = town.small.voter()
    sealed = voter.seal("bridge", YES)
    visitor.outcome(voter.spoil(sealed.tracker))
    fate = visitor.outcome(voter.cast_ballots(16, bridge=sealed))
    assert (fate["state"], fate["code"]) == ("refused", "spoiled-ballot")
    assert set(fate["message"]) == {"ja", "en"}


def test_what_another_way_brought_in_has_a_receipt_here_too(town: Any, ledger_origin: str, visitor: Any) -> None:
    text = town.small.voter().cast(bridge=YES)
    requests.post(f"{ledger_origin}/transactions", data=text.encode(), timeout=120)
    assert visitor.fate(name_of(text))["state"] == "accepted"


def refused(answer: requests.Response) -> tuple[int, str]:
    value = answer.json()
    assert set(value) == {"code", "message"}
    return answer.status_code, value["code"]


def test_what_never_gets_into_the_outbox(town: Any, visitor: Any, booth_towns: Any) -> None:
    small = town.small
    voter, other = small.voter(), small.voter()
    cast = json.loads(voter.cast(bridge=YES))
    forged = cast | {
        "ticket": cast["ticket"] | {"signatures": json.loads(other.cast(bridge=YES))["ticket"]["signatures"]}
    }
    cases = {
        "malformed": [b"", b"\xff", b"{}", dumps(cast | {"more": 1}).encode()],
        "too-large": [b"x" * (TRANSACTION_LIMIT + 1)],
        "wrong-poll": [dumps(cast | {"poll": "A" * 43}).encode()],
        "not-a-vote": [small.open().encode(), small.issued(1, "all", 600).encode(), small.audit().encode()],
        "bad-ticket": [dumps(forged).encode()],
        "bad-proof": [dumps(cast | {"number": 2}).encode()],
        "not-your-contest": [_out_of_style(small).encode()],
    }
    statuses = {"too-large": 413, "bad-ticket": 403, "not-your-contest": 403}
    for code, bodies in cases.items():
        for body in bodies:
            assert refused(visitor.hand_in(body)) == (statuses.get(code, 400), code)
    counts = json.loads(commands.run("booth", "status", "--json", str(town.folder / "booth")).stdout)
    assert counts["waiting"] == 0


def _out_of_style(small: Any) -> str:
    voter = small.voter("bridge-only")
    return str(voter.cast(mayor=(1, 0, 0)))


@pytest.mark.parametrize("name", ["A" * 43, "x", "A" * 42 + "B", "~" * 43, "é", "a/b", "A" * 3000])
def test_unknown_ids(visitor: Any, name: str) -> None:
    assert refused(visitor.get(f"/api/transactions/{name}")) == (404, "not-found")


@pytest.mark.parametrize("credential", ["x", "%00", "A" * 5000, "AAAA/BBBB"])
def test_impossible_credentials(visitor: Any, credential: str) -> None:
    assert refused(visitor.get(f"/api/coin/{credential}")) == (400, "malformed")


def test_methods(visitor: Any) -> None:
    for method, path in (("DELETE", "poll"), ("GET", "transactions"), ("POST", "clock")):
        answer = requests.request(method, f"{visitor.origin}/api/{path}", timeout=120)
        assert refused(answer) == (405, "method-not-allowed")
        assert answer.headers["Allow"]
