"""The agent's one job: every way it goes, every problem of a card, and every refusal."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

from ippyo.ballot.voting_code import VotingCode
from ippyo.canonical import b64, sha256, sha256_b64
from ippyo.identity.agent.desk import FETCH, HAND_IN, IDLE, Desk
from ippyo.identity.agent.polls import KnownPoll, KnownPolls
from ippyo.identity.agent.refusals import AgentRefusedError
from ippyo.identity.agent.state import Work
from ippyo.identity.card.applications import KeyKind
from ippyo.identity.errors import CardError
from ippyo.identity.messages import SignedBinding, SignedRequest, StyleRequest, TicketRequestText
from ippyo.poll.text import Text

PAGE = "https://vote.town.example"
OTHER = "https://other.example"
PHI = sha256_b64("poll")
SIGNATURE, USER = KeyKind.SIGNATURE, KeyKind.USER


def request(style: str = "general", poll: str = PHI) -> TicketRequestText:
    return TicketRequestText(poll, bytes(32), 1_790_000_000, (StyleRequest(style, (bytes(384),)),))


def request_job(key: str = "signature", **changes: Any) -> dict[str, Any]:
    return {"kind": "ticket-request", "key": key, "request": request(**changes).to_value()}


def code_job(*styles: str, key: str = "signature", letter: str = "0123ABCDWXYZ") -> dict[str, Any]:
    return {"kind": "voting-code", "key": key, "poll": PHI, "letter": letter, "styles": list(styles)}


BINDING = {"kind": "card-binding", "poll": PHI, "nonce": b64(bytes(32)), "time": 1_790_000_000}


def verify(certificate: bytes, signature: bytes, message: bytes) -> None:
    public = x509.load_der_x509_certificate(certificate).public_key()
    if isinstance(public, RSAPublicKey):
        public.verify(signature, message, PKCS1v15(), SHA256())
    else:
        assert isinstance(public, EllipticCurvePublicKey)
        public.verify(signature, message, ECDSA(SHA384()))


class Bench:
    """A desk with a card reader and a clock that a test moves."""

    def __init__(self, slots: ModuleType, card: Any = None, polls: Any = (), *, kiosk: bool = False) -> None:
        self.now = 1000.0
        self.slot = slots.Slot(card)
        self.pins = slots.PINS
        self.desk = Desk(
            self.slot.connect,
            KnownPolls.of(polls),
            kiosk=kiosk,
            is_card_there=self.is_card_there if kiosk else lambda: False,
            clock=lambda: self.now,
        )

    def is_card_there(self) -> bool:
        if self.slot.problem is not None:
            raise CardError(self.slot.problem, "the reader has a problem")
        return self.slot.card is not None

    def start(self, job: Any, origin: str = PAGE) -> tuple[Work, str]:
        work = self.desk.start(origin, job)
        return work, self.desk.claim(work.window_key)

    def show(self, session: str, *keys: KeyKind, last_try: bool = False, **wrong: Any) -> dict[str, Any]:
        pins = {key: wrong.get(key.value, self.pins[key]) for key in keys}
        return self.desk.show_pins(session, pins, last_try=last_try)

    def result(self, work: Work, token: str | None = None, origin: str = PAGE) -> dict[str, Any]:
        return self.desk.result(origin, work.id, token or work.token)


@pytest.fixture
def bench(card_slots: ModuleType) -> Bench:
    return Bench(card_slots, card_slots.contents())


def refused(code: str) -> Any:
    return pytest.raises(AgentRefusedError, match=f"^{code}")


def problem(view: dict[str, Any]) -> str | None:
    return None if view["problem"] is None else str(view["problem"]["code"])


@pytest.mark.parametrize("key", [SIGNATURE, USER])
def test_a_ticket_request_is_signed(bench: Bench, key: KeyKind) -> None:
    work, session = bench.start(request_job(key.value))
    view = bench.desk.view(session)
    assert view["step"] == "pin"
    assert view["pins"] == [{"key": key.value, "tries": 5 if key is SIGNATURE else 3}]
    assert bench.result(work) == {"state": "waiting"}
    assert bench.slot.shown == 0
    assert bench.show(session, key)["step"] == "done"
    assert bench.slot.powered == 0
    answer = bench.result(work)
    signed = SignedRequest.from_text(answer["result"]["signed_request"])
    assert signed.request == request()
    verify(signed.certificate, signed.signature, request().to_sign())
    assert (bench.slot.shown, bench.slot.signatures) == (1, 1)
    with refused("no-job"):
        bench.result(work)
    assert bench.desk.view(session)["step"] == "done"


def test_a_voting_code_and_a_request_need_one_pin(bench: Bench) -> None:
    work, session = bench.start(code_job("general"))
    bench.desk.view(session)
    assert bench.show(session, SIGNATURE)["step"] == "code"
    first = work.token
    told = bench.result(work)
    VotingCode.parse(told["code"])
    assert bench.desk.view(session)["step"] == "request"
    with refused("no-job"):
        bench.result(work, first)
    assert bench.desk.hand_in(PAGE, work.id, told["token"], request().to_value()) == {"state": "waiting"}
    signed = SignedRequest.from_text(bench.result(work, told["token"])["result"]["signed_request"])
    verify(signed.certificate, signed.signature, request().to_sign())
    assert (bench.slot.shown, bench.slot.signatures, bench.slot.powered) == (1, 2, 0)


def test_the_code_is_the_same_each_time_and_stays_with_card_key_and_letter(card_slots: ModuleType) -> None:
    def code(card: str, key: KeyKind, **letter: str) -> str:
        bench = Bench(card_slots, card_slots.contents(card))
        work, session = bench.start(code_job(key=key.value, **letter))
        bench.desk.view(session)
        assert bench.show(session, key)["step"] == "done"
        shown: str = bench.result(work)["result"]["voting_code"]
        return shown

    assert code("card", SIGNATURE) == code("card", SIGNATURE)
    others = {code("card", USER), code("other", SIGNATURE), code("card", SIGNATURE, letter="Z" * 12)}
    assert len(others | {code("card", SIGNATURE)}) == 4


def test_a_card_that_signs_with_chance_yields_no_code_but_signs_the_request(card_slots: ModuleType) -> None:
    bench = Bench(card_slots, card_slots.contents("next", "ES384"))
    work, session = bench.start(code_job("general"))
    bench.desk.view(session)
    bench.show(session, SIGNATURE)
    told = bench.result(work)
    assert told["code"] is None
    bench.desk.hand_in(PAGE, work.id, told["token"], request().to_value())
    signed = SignedRequest.from_text(bench.result(work, told["token"])["result"]["signed_request"])
    assert signed.algorithm == "ES384"
    verify(signed.certificate, signed.signature, request().to_sign())
    assert (bench.slot.shown, bench.slot.signatures) == (1, 1)


def test_a_card_that_signs_with_chance_ends_a_job_for_a_code_alone(card_slots: ModuleType) -> None:
    bench = Bench(card_slots, card_slots.contents("next", "ES384"))
    work, session = bench.start(code_job())
    bench.desk.view(session)
    assert problem(bench.show(session, SIGNATURE)) == "no-card-code"
    assert bench.result(work)["code"] == "no-card-code"
    assert bench.slot.signatures == 0


def test_a_binding_is_signed_by_both_keys(bench: Bench) -> None:
    work, session = bench.start(BINDING)
    assert bench.desk.view(session)["pins"] == [{"key": "signature", "tries": 5}, {"key": "user", "tries": 3}]
    assert bench.show(session, SIGNATURE, USER)["step"] == "done"
    signed = SignedBinding.from_text(bench.result(work)["result"]["signed_binding"])
    message = signed.binding.to_sign()
    assert signed.binding.user_certificate == sha256(signed.user_certificate)
    verify(signed.certificate, signed.signature, message)
    verify(signed.user_certificate, signed.user_signature, message)


def test_a_binding_asks_again_for_the_wrong_pin_only(bench: Bench) -> None:
    _, session = bench.start(BINDING)
    bench.desk.view(session)
    view = bench.show(session, SIGNATURE, USER, user="0000")
    assert (problem(view), view["pins"]) == ("wrong-pin", [{"key": "user", "tries": 2}])
    with refused("malformed"):
        bench.show(session, SIGNATURE, USER)
    assert bench.show(session, USER)["step"] == "done"


def test_info_needs_no_pin_and_tells_nothing_personal(bench: Bench) -> None:
    work = bench.desk.start(PAGE, {"kind": "info"})
    key = {"tries": 5, "certificate": True}
    assert bench.result(work)["result"] == {"signature": key, "user": {**key, "tries": 3}, "algorithm": "RS256"}
    assert (bench.slot.shown, bench.slot.powered) == (0, 0)


def test_info_of_a_card_without_a_signature_certificate(card_slots: ModuleType) -> None:
    bench = Bench(card_slots, card_slots.contents(signature=False))
    result = bench.result(bench.desk.start(PAGE, {"kind": "info"}))["result"]
    assert result["signature"] == {"tries": 0, "certificate": False}


@pytest.mark.parametrize("code", ["no-reader", "reader-busy", "several-cards"])
def test_info_without_a_card(bench: Bench, code: str) -> None:
    bench.slot.problem = code
    assert bench.result(bench.desk.start(PAGE, {"kind": "info"}))["code"] == code


def test_a_wrong_pin_costs_one_try_and_the_last_one_is_asked_for_twice(bench: Bench) -> None:
    work, session = bench.start(request_job("user"))
    bench.desk.view(session)
    for left in (2, 1):
        view = bench.show(session, USER, user="0000")
        assert (problem(view), view["pins"][0]["tries"]) == ("wrong-pin", left)
    before = bench.slot.shown
    view = bench.show(session, USER)
    assert (problem(view), view["pins"][0]["tries"]) == ("last-try", 1)
    assert bench.slot.shown == before
    view = bench.show(session, USER, user="0000", last_try=True)
    assert (view["step"], problem(view)) == ("failed", "pin-locked")
    assert bench.result(work)["code"] == "pin-locked"
    assert bench.slot.powered == 0


def test_the_last_try_serves_when_it_is_right(bench: Bench) -> None:
    _, session = bench.start(request_job("user"))
    bench.desk.view(session)
    bench.show(session, USER, user="0000")
    bench.show(session, USER, user="0000")
    assert bench.show(session, USER, last_try=True)["step"] == "done"


def test_a_locked_pin_is_not_asked_for(bench: Bench) -> None:
    _, session = bench.start(request_job("user"))
    bench.desk.view(session)
    for _ in range(3):
        bench.show(session, USER, user="0000", last_try=True)
    work, session = bench.start(request_job("user"))
    assert problem(bench.desk.view(session)) == "pin-locked"
    assert bench.result(work)["code"] in {"pin-locked"}


@pytest.mark.parametrize(("key", "pin"), [(SIGNATURE, "short"), (SIGNATURE, "with space"), (USER, "12345"), (USER, "")])
def test_what_is_no_pin_costs_no_try(bench: Bench, key: KeyKind, pin: str) -> None:
    _, session = bench.start(request_job(key.value))
    tries = bench.desk.view(session)["pins"]
    wrong: dict[str, Any] = {key.value: pin}
    view = bench.show(session, key, **wrong)
    assert (problem(view), view["pins"], bench.slot.shown) == ("bad-pin", tries, 0)


def test_a_password_may_be_typed_in_lower_case(bench: Bench) -> None:
    _, session = bench.start(request_job())
    bench.desk.view(session)
    assert bench.show(session, SIGNATURE, signature="secret7pin")["step"] == "done"


@pytest.mark.parametrize("code", ["no-card", "no-reader", "reader-busy", "several-cards", "not-a-my-number-card"])
def test_problems_that_the_voter_cures(card_slots: ModuleType, bench: Bench, code: str) -> None:
    bench.slot.problem = code
    work, session = bench.start(request_job())
    view = bench.desk.view(session)
    assert (view["step"], problem(view)) == ("card", code)
    assert bench.result(work) == {"state": "waiting"}
    bench.slot.problem = None
    view = bench.desk.view(session)
    assert (view["step"], problem(view)) == ("pin", None)


def test_a_card_without_the_certificate(card_slots: ModuleType) -> None:
    bench = Bench(card_slots, card_slots.contents(signature=False))
    work, session = bench.start(request_job())
    assert problem(bench.desk.view(session)) == "no-certificate"
    assert bench.result(work)["code"] == "no-certificate"
    assert bench.slot.powered == 0


def test_a_card_pulled_before_the_pin_is_put_back(bench: Bench) -> None:
    _, session = bench.start(request_job())
    bench.desk.view(session)
    card = bench.slot.pull()
    for _ in range(2):
        view = bench.desk.view(session)
        assert (view["step"], problem(view)) == ("card", "card-removed")
    with refused("wrong-state"):
        bench.show(session, SIGNATURE)
    bench.slot.put_back(card)
    assert bench.desk.view(session)["step"] == "pin"
    assert bench.show(session, SIGNATURE)["step"] == "done"


@pytest.mark.parametrize("commands", range(12))
def test_a_card_pulled_at_any_command(bench: Bench, commands: int) -> None:
    work, session = bench.start(request_job())
    bench.desk.view(session)
    bench.slot.pull_after(commands)
    view = bench.show(session, SIGNATURE)
    assert view["step"] in {"card", "done"}
    if view["step"] == "card":
        assert problem(view) == "card-removed"
        assert bench.result(work) == {"state": "waiting"}
    assert bench.slot.powered == 0


def test_another_card_cannot_sign_for_a_code_that_has_left(card_slots: ModuleType, bench: Bench) -> None:
    work, session = bench.start(code_job("general"))
    bench.desk.view(session)
    bench.show(session, SIGNATURE)
    told = bench.result(work)
    bench.slot.pull()
    bench.slot.insert(card_slots.contents("other"))
    bench.desk.hand_in(PAGE, work.id, told["token"], request().to_value())
    assert bench.result(work, told["token"])["code"] == "card-removed"
    assert bench.slot.signatures == 1


def test_a_request_is_handed_in_once_and_after_the_code_only(bench: Bench) -> None:
    work, session = bench.start(code_job("general"))
    with refused("wrong-state"):
        bench.desk.hand_in(PAGE, work.id, work.token, request().to_value())
    bench.desk.view(session)
    bench.show(session, SIGNATURE)
    with refused("wrong-state"):
        bench.desk.hand_in(PAGE, work.id, work.token, request().to_value())
    bench.result(work)
    bench.desk.hand_in(PAGE, work.id, work.token, request().to_value())
    with refused("wrong-state"):
        bench.desk.hand_in(PAGE, work.id, work.token, request().to_value())
    assert bench.slot.signatures == 2


@pytest.mark.parametrize("changes", [{"style": "ward-2"}, {"poll": sha256_b64("another poll")}])
def test_only_the_request_announced_is_signed(bench: Bench, changes: dict[str, str]) -> None:
    work, session = bench.start(code_job("general"))
    bench.desk.view(session)
    bench.show(session, SIGNATURE)
    bench.result(work)
    with refused("malformed"):
        bench.desk.hand_in(PAGE, work.id, work.token, request(**changes).to_value())
    assert bench.slot.signatures == 1


def test_tokens_and_origins_of_others_are_worth_nothing(bench: Bench) -> None:
    work, session = bench.start(request_job())
    bench.desk.view(session)
    for origin, job, token in (
        (OTHER, work.id, work.token),
        (PAGE, work.token, work.token),
        (PAGE, work.id, work.window_key),
        (PAGE, work.id, session),
        (PAGE, work.id, "\ud800"),
    ):
        for call in (bench.desk.result, bench.desk.cancel):
            with refused("no-job"):
                call(origin, job, token)
        with refused("no-job"):
            bench.desk.hand_in(origin, job, token, request().to_value())
    for key in (work.token, work.id, session, ""):
        with refused("no-job"):
            bench.desk.claim(key)
    for other in (work.token, work.window_key, ""):
        with refused("no-job"):
            bench.desk.view(other)


def test_one_job_at_a_time(bench: Bench) -> None:
    assert not bench.desk.is_busy()
    first, session = bench.start(request_job())
    bench.desk.view(session)
    assert bench.desk.is_busy()
    with refused("busy"):
        bench.desk.start(OTHER, request_job())
    second = bench.desk.start(PAGE, request_job())
    assert bench.slot.powered == 0
    with refused("no-job"):
        bench.result(first)
    with refused("no-job"):
        bench.desk.view(session)
    bench.desk.cancel(PAGE, second.id, second.token)
    assert not bench.desk.is_busy()


@pytest.mark.parametrize("by_page", [True, False])
def test_a_job_is_cancelled(bench: Bench, by_page: bool) -> None:
    work, session = bench.start(request_job())
    bench.desk.view(session)
    if by_page:
        assert bench.desk.cancel(PAGE, work.id, work.token)["code"] == "cancelled"
    else:
        assert bench.desk.give_up(session)["step"] == "failed"
        assert bench.result(work)["code"] == "cancelled"
    assert bench.slot.powered == 0
    with refused("wrong-state"):
        bench.show(session, SIGNATURE)


def test_an_idle_job_ends_and_the_card_loses_power(bench: Bench) -> None:
    work, session = bench.start(request_job())
    bench.desk.view(session)
    bench.now += IDLE - 1
    bench.desk.tick()
    assert bench.slot.powered == 1
    bench.now += 1
    bench.desk.tick()
    assert bench.slot.powered == 0
    assert bench.result(work)["code"] == "timed-out"


def test_a_request_that_does_not_come_ends_the_job(bench: Bench) -> None:
    work, session = bench.start(code_job("general"))
    bench.desk.view(session)
    bench.show(session, SIGNATURE)
    token = bench.result(work)["token"]
    bench.now += HAND_IN
    bench.desk.tick()
    assert bench.slot.powered == 0
    with refused("wrong-state"):
        bench.desk.hand_in(PAGE, work.id, token, request().to_value())


def test_an_answer_that_nobody_fetches_is_forgotten(bench: Bench) -> None:
    work, session = bench.start(request_job())
    bench.desk.view(session)
    bench.show(session, SIGNATURE)
    bench.now += FETCH
    with refused("no-job"):
        bench.result(work)
    with refused("no-job"):
        bench.desk.view(session)
    assert not bench.desk.is_busy()


def test_closing_powers_the_card_off(bench: Bench) -> None:
    _, session = bench.start(request_job())
    bench.desk.view(session)
    bench.desk.close()
    assert bench.slot.powered == 0
    assert not bench.desk.is_busy()


def test_a_second_window_takes_over_but_not_at_a_kiosk(card_slots: ModuleType) -> None:
    home = Bench(card_slots, card_slots.contents())
    work, session = home.start(request_job())
    assert home.desk.view(home.desk.claim(work.window_key))["step"] == "pin"
    with refused("no-job"):
        home.desk.view(session)
    kiosk = Bench(card_slots, card_slots.contents(), kiosk=True)
    work, session = kiosk.start(request_job())
    with refused("window-taken"):
        kiosk.desk.claim(work.window_key)
    assert kiosk.desk.view(session)["step"] == "pin"


def kiosk_after_a_job(slots: ModuleType) -> Bench:
    """Return a kiosk with the card of a job that is done still on the reader."""
    kiosk = Bench(slots, slots.contents(), kiosk=True)
    work, session = kiosk.start(request_job("user"))
    kiosk.desk.view(session)
    assert kiosk.show(session, USER)["step"] == "done"
    kiosk.result(work)
    return kiosk


def test_a_card_left_at_a_kiosk_is_not_asked_for_the_next_persons_pin(card_slots: ModuleType) -> None:
    kiosk = kiosk_after_a_job(card_slots)
    work, session = kiosk.start(request_job("user"))
    for trouble in (None, None, "no-reader", None):
        kiosk.slot.problem = trouble
        kiosk.desk.look_at_reader()
        view = kiosk.desk.view(session)
        assert (view["step"], problem(view), view["pins"]) == ("card", "card-left", [])
    assert kiosk.slot.powered == 0
    assert kiosk.result(work) == {"state": "waiting"}
    card = kiosk.slot.pull()
    assert problem(kiosk.desk.view(session)) == "no-card"
    kiosk.slot.put_back(card)
    assert kiosk.desk.view(session)["step"] == "pin"
    assert kiosk.show(session, USER)["step"] == "done"


def test_a_card_put_on_a_kiosk_between_two_jobs_serves_the_second(card_slots: ModuleType) -> None:
    kiosk = kiosk_after_a_job(card_slots)
    kiosk.slot.pull()
    kiosk.desk.look_at_reader()
    kiosk.slot.insert(card_slots.contents("other"))
    _, session = kiosk.start(request_job("user"))
    assert kiosk.desk.view(session)["step"] == "pin"


def test_a_card_pulled_within_a_job_at_a_kiosk_may_come_back(card_slots: ModuleType) -> None:
    kiosk = Bench(card_slots, card_slots.contents(), kiosk=True)
    _, session = kiosk.start(request_job("user"))
    kiosk.desk.view(session)
    card = kiosk.slot.pull()
    assert problem(kiosk.desk.view(session)) == "card-removed"
    kiosk.slot.put_back(card)
    kiosk.desk.look_at_reader()
    assert kiosk.desk.view(session)["step"] == "pin"


KNOWN = KnownPoll(
    PHI, Text("町長選挙", "Mayor"), {"general": Text("全域", "Whole town")}, "signature", has_letters=True
)


def test_a_known_poll_is_called_by_its_title(card_slots: ModuleType) -> None:
    bench = Bench(card_slots, card_slots.contents(), [KNOWN])
    _, session = bench.start(request_job())
    view = bench.desk.view(session)
    assert view["poll"] == {"fingerprint": PHI, "title": {"ja": "町長選挙", "en": "Mayor"}}
    assert view["styles"] == [{"id": "general", "name": {"ja": "全域", "en": "Whole town"}}]
    assert view["origin"] == PAGE


@pytest.mark.parametrize(
    ("job", "code"),
    [
        (request_job(poll=sha256_b64("another poll")), "wrong-poll"),
        (request_job(key="user"), "wrong-certificate"),
        (code_job(key="user"), "wrong-certificate"),
        (BINDING, "wrong-certificate"),
        (request_job(style="ward-2"), "malformed"),
        (code_job("ward-2"), "malformed"),
    ],
)
def test_jobs_that_a_known_poll_does_not_have(card_slots: ModuleType, job: dict[str, Any], code: str) -> None:
    bench = Bench(card_slots, card_slots.contents(), [KNOWN])
    with refused(code):
        bench.desk.start(PAGE, job)
    assert bench.slot.commands == []


def test_no_voting_code_is_made_in_a_poll_without_letters(card_slots: ModuleType) -> None:
    bench = Bench(card_slots, card_slots.contents(), [replace(KNOWN, has_letters=False)])
    with refused("malformed"):
        bench.desk.start(PAGE, code_job("general"))
    assert bench.slot.commands == []


def test_an_unknown_poll_is_shown_as_such(bench: Bench) -> None:
    _, session = bench.start(request_job())
    assert bench.desk.view(session)["poll"] == {"fingerprint": PHI, "title": None}


def test_nothing_secret_shows(bench: Bench) -> None:
    work, session = bench.start(code_job("general"))
    bench.desk.view(session)
    view = bench.show(session, SIGNATURE)
    assert work.answer is not None
    code = str(work.answer["code"])
    for shown in (repr(work), str(view), repr(bench.desk)):
        for secret in (code, work.token, work.window_key, session, bench.pins[SIGNATURE]):
            assert secret not in shown
