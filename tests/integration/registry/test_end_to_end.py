"""The whole way over HTTP, with real processes: to a ballot that the contract accepts, and to each refusal.

Whatever is refused: no row in an issuance log, no code spent, no total raised; and the voter is told why, in both
languages, in words that no other refusal uses.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from ippyo.canonical import b64, unb64
from ippyo.cli.demo.applicant import Refused
from ippyo.identity.agent.refusals import message as card_message
from ippyo.identity.card.applications import KeyKind
from ippyo.identity.card.jpki import JpkiCard
from ippyo.identity.card.virtual.card import VirtualCard
from ippyo.identity.certificates import Pin
from ippyo.identity.certificates.profile import KINDS
from ippyo.identity.errors import CardError
from ippyo.identity.messages import VOUCHED_LIMIT, SignedRequest, VouchedRequest
from ippyo.identity.simulated import jlis_profile
from ippyo.identity.simulated.jlis import Jlis, new_key
from ippyo.identity.simulated.jlis_profile import authority_certificate

ISSUERS = pytest.mark.parametrize("issuer", [1, 2])


@pytest.fixture(scope="session")
def said() -> dict[str, dict[str, str]]:
    """Return what was said at each refusal so far."""
    return {}


@pytest.fixture
def refused(registry_town: Any, said: dict[str, dict[str, str]]) -> Callable[..., Any]:
    """Return ``refused(code, status)``, in which this must be the answer, and nothing issued."""

    @contextmanager
    def expect(code: str, status: int) -> Iterator[None]:
        before = registry_town.issued()
        with pytest.raises(Refused) as caught:
            yield
        assert (caught.value.code, caught.value.status) == (code, status)
        words = caught.value.message
        assert set(words) == {"ja", "en"}
        assert all(words.values())
        assert said.setdefault(code, words) == words
        assert [one for one, other in said.items() if set(other.values()) & set(words.values())] == [code]
        assert registry_town.issued() == before

    return expect


def ask(town: Any, issuer: int, newcomer: Any, **changes: Any) -> Any:
    """Show the card's signature to an issuer: at the desk within a visit, at the further one as it is."""
    device = town.device()
    begun = device.begin(newcomer.code) if issuer == 1 else town.beside_the_desk()
    return hand_in(device, issuer, signed(device.write_request(begun), newcomer, **changes))


def signed(request: Any, newcomer: Any, **changes: Any) -> SignedRequest:
    """Sign with the card; ``changes`` are of the request, but for those of ``signature``, which are made after it."""
    after = {name: changes.pop(name) for name in ("signature",) if name in changes}
    text = replace(request, **changes)
    card = newcomer.reader()
    return replace(SignedRequest(text, card.certificate, card.algorithm, card.sign(text.to_sign())), **after)


def hand_in(device: Any, issuer: int, text: SignedRequest | str) -> Any:
    if issuer == 1:
        return device.sites[0].post("/api/request", text if isinstance(text, str) else text.to_text())
    return device.sites[issuer - 1].post("/api/issue", text if isinstance(text, str) else device.vouch(text))


def test_code_card_and_passkey_lead_to_a_ballot_that_the_contract_accepts(registry_town: Any) -> None:
    before = registry_town.issued()
    voter = registry_town.register(registry_town.newcomer())
    accepted = registry_town.vote(voter)
    assert registry_town.ledger.receipt(accepted.index)
    coin = json.loads(registry_town.ledger.query("coin", voter.held.ticket.credential))
    assert coin
    logs, used, totals, _ = registry_town.issued()
    assert logs == [[(rows + 1, answers + 1)] for [(rows, answers)] in before[0]]
    assert used == [(before[1][0][0] + 1,)]
    old, new = ({(entry["issuer"], entry["style"]): entry["total"] for entry in one} for one in (before[2], totals))
    assert {key: new[key] - old[key] for key in new} == {
        (1, "all"): 1,
        (1, "bridge-only"): 0,
        (2, "all"): 1,
        (2, "bridge-only"): 0,
    }


# --- the letter's code ---


def test_wrong_code(registry_town: Any, refused: Any) -> None:
    right = registry_town.newcomer().code
    with refused("wrong-code", 403):
        registry_town.device().begin(right[:-1] + ("2" if right[-1] != "2" else "3"))


def test_a_used_code_with_another_card(registry_town: Any, refused: Any) -> None:
    code = registry_town.register(registry_town.newcomer()).newcomer.code
    other = registry_town.newcomer()
    with refused("not-on-roll", 403):
        ask(registry_town, 1, replace(other, code=code))


# --- the card ---


def test_a_locked_pin_sends_nothing(registry_town: Any, said: dict[str, dict[str, str]]) -> None:
    newcomer = registry_town.newcomer()
    device = registry_town.device()
    device.write_request(device.begin(newcomer.code))
    before, sent = registry_town.issued(), len(registry_town.exchanges)
    card = JpkiCard(VirtualCard(newcomer.card))
    card.select()
    for left in reversed(range(card.tries_left(KeyKind.SIGNATURE))):
        with pytest.raises(CardError, match=f"{left} tries are left" if left else "locked"):
            card.verify(KeyKind.SIGNATURE, "WRONG1")
    with pytest.raises(CardError) as caught:
        card.verify(KeyKind.SIGNATURE, newcomer.card.signature.pin)
    assert caught.value.code == "pin-locked"
    with pytest.raises(CardError):
        card.sign(KeyKind.SIGNATURE, b"message")
    words = card_message("pin-locked")
    assert words["ja"]
    assert words["en"]
    assert said.setdefault("pin-locked", words) == words
    assert (registry_town.issued(), len(registry_town.exchanges)) == (before, sent)


@ISSUERS
def test_expired(registry_town: Any, refused: Any, issuer: int) -> None:
    newcomer = registry_town.newcomer(at=datetime.now(UTC) - timedelta(days=6 * 365))
    with refused("certificate-expired", 403):
        ask(registry_town, issuer, newcomer)


@ISSUERS
def test_unknown_issuer(registry_town: Any, refused: Any, issuer: int, tmp_path: Path) -> None:
    """The same names under keys that nobody pinned."""
    other = Jlis.create(tmp_path / "jlis", datetime.now(UTC) - timedelta(days=60))
    with refused("unknown-issuer", 403):
        ask(registry_town, issuer, registry_town.newcomer(jlis=other))


@ISSUERS
def test_forged_signature(registry_town: Any, refused: Any, issuer: int) -> None:
    with refused("bad-signature", 403):
        ask(registry_town, issuer, registry_town.newcomer(), signature=bytes(256))


@ISSUERS
def test_a_signature_over_another_request(registry_town: Any, refused: Any, issuer: int) -> None:
    newcomer, device = registry_town.newcomer(), registry_town.device()
    begun = device.begin(newcomer.code) if issuer == 1 else registry_town.beside_the_desk()
    request = device.write_request(begun)
    elsewhere = signed(registry_town.device().write_request(begun), newcomer)
    with refused("bad-signature", 403):
        hand_in(device, issuer, replace(elsewhere, request=request))


# --- revocation ---


@ISSUERS
def test_revoked_by_the_list_alone(registry_town: Any, refused: Any, issuer: int, tmp_path: Path) -> None:
    town, newcomer = registry_town, registry_town.newcomer()
    shutil.copytree(town.jlis.roots.parent, tmp_path / "jlis")
    elsewhere = Jlis(tmp_path / "jlis")
    elsewhere.revoke(newcomer.card.signature.certificate, datetime.now(UTC) - timedelta(hours=1))
    with town.lists(lambda kind: elsewhere.crl(kind, datetime.now(UTC))), refused("certificate-revoked", 403):
        ask(town, issuer, newcomer)
    # It was the list: the responder has never heard of it.
    assert ask(town, 1, newcomer)["style"] == "all"


@ISSUERS
def test_revoked_by_the_responder_alone(registry_town: Any, refused: Any, issuer: int) -> None:
    newcomer = registry_town.newcomer()
    registry_town.jlis.revoke(newcomer.card.signature.certificate, datetime.now(UTC) - timedelta(hours=1))
    with refused("certificate-revoked", 403):
        ask(registry_town, issuer, newcomer)


@ISSUERS
def test_stale_list(registry_town: Any, refused: Any, issuer: int) -> None:
    town, newcomer = registry_town, registry_town.newcomer()
    old = datetime.now(UTC) - timedelta(days=3)
    with town.lists(lambda kind: town.jlis.crl(kind, old)), refused("revocation-stale", 503):
        ask(town, issuer, newcomer)


@ISSUERS
def test_responder_down(registry_town: Any, refused: Any, issuer: int, monkeypatch: pytest.MonkeyPatch) -> None:
    newcomer = registry_town.newcomer()
    with monkeypatch.context() as patch:
        patch.setattr(registry_town.responder, "down", True)
        with refused("revocation-unavailable", 503):
            ask(registry_town, issuer, newcomer)
    assert ask(registry_town, 1, newcomer)["style"] == "all"


# --- the roll ---


@ISSUERS
def test_not_on_the_roll(registry_town: Any, refused: Any, issuer: int) -> None:
    stranger = replace(registry_town.newcomer(), card=registry_town.card_of(registry_town.stranger()))
    with refused("not-on-roll", 403):
        ask(registry_town, issuer, stranger)


@ISSUERS
def test_under_age(registry_town: Any, refused: Any, issuer: int) -> None:
    with refused("under-age", 403):
        ask(registry_town, issuer, registry_town.child())


# --- the request ---


def test_already_issued_with_another_blinding(registry_town: Any, refused: Any) -> None:
    voter = registry_town.register(registry_town.newcomer())
    again = registry_town.device(passkey=voter.device.passkey)
    with refused("already-issued", 409):
        again.register(voter.newcomer.code, voter.newcomer.reader())
    with refused("already-issued", 409):
        hand_in(again, 2, signed(again.write_request(registry_town.beside_the_desk()), voter.newcomer))


@ISSUERS
def test_for_another_election(registry_town: Any, refused: Any, issuer: int) -> None:
    with refused("wrong-poll", 400):
        ask(registry_town, issuer, registry_town.newcomer(), poll="A" * 43)


def test_replayed_nonce_at_the_desk(registry_town: Any, refused: Any) -> None:
    voter = registry_town.register(registry_town.newcomer())
    again = registry_town.device()
    again.begin(voter.newcomer.code)
    with refused("replayed-nonce", 403):
        hand_in(again, 1, voter.device.signed)


def test_replayed_nonce_at_a_further_issuer(registry_town: Any, refused: Any) -> None:
    voter, other = registry_town.register(registry_town.newcomer()), registry_town.newcomer()
    device = registry_town.device()
    begun = registry_town.beside_the_desk() | {"nonce": b64(voter.device.signed.request.nonce)}
    with refused("replayed-nonce", 403):
        hand_in(device, 2, signed(device.write_request(begun), other))


def test_card_and_pin_without_the_desk(registry_town: Any, refused: Any) -> None:
    newcomer, device = registry_town.newcomer(), registry_town.device()
    alone = signed(device.write_request(registry_town.beside_the_desk()), newcomer)
    mine = signed(device.write_request(registry_town.beside_the_desk()), newcomer)
    borrowed = VouchedRequest.from_text(device.vouch(mine))
    with refused("not-from-desk", 403):
        hand_in(device, 2, replace(borrowed, signed=alone).to_text())


@ISSUERS
def test_oversize_body(registry_town: Any, refused: Any, issuer: int) -> None:
    device = registry_town.device()
    device.begin(registry_town.newcomer().code)
    for size in (VOUCHED_LIMIT + 1, 4 << 20):
        with refused("too-large", 413):
            hand_in(device, issuer, "x" * size)


# --- registries that are served in another way ---


def test_a_card_for_tests_in_production(
    registry_town: Any, said: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A registry in production, behind the proxy that speaks HTTPS, with a root that is like a real one."""
    folder = registry_town.copy_of(2, tmp_path / "registry")
    with monkeypatch.context() as patch:
        patch.setattr(jlis_profile, "TEST_ORGANISATION", "JPKI")
        roots = [authority_certificate(kind, new_key(), datetime.now(UTC)) for kind in KINDS]
    for held in (folder / "roots").iterdir():
        held.unlink()
    for kind, root in zip(KINDS, roots, strict=True):
        (folder / "roots" / f"{kind}-1.cer").write_bytes(root.public_bytes(Encoding.DER))
    pins = [Pin(kind, root.fingerprint(SHA256())).to_text() for kind, root in zip(KINDS, roots, strict=True)]
    file = folder / "registry.toml"
    text = file.read_text().replace('mode = "test"', 'mode = "production"')
    text = text.replace("http://localhost:", "https://localhost:")
    file.write_text(
        "\n".join(f"pins = {json.dumps(pins)}" if line.startswith("pins =") else line for line in text.splitlines())
    )
    newcomer, device = registry_town.newcomer(), registry_town.device()
    request = device.vouch(signed(device.write_request(registry_town.beside_the_desk()), newcomer)).encode()
    before = registry_town.issued()
    with registry_town.serving(folder) as origin:
        through_proxy = {"X-Forwarded-Proto": "https", "Content-Type": "application/json"}
        answer = requests.post(f"{origin}/api/issue", request, headers=through_proxy, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (403, "test-certificate")
    words = answer.json()["message"]
    assert all(words[language] for language in ("ja", "en"))
    assert not any(
        set(words.values()) & set(other.values()) for code, other in said.items() if code != "test-certificate"
    )
    assert registry_town.issued() == before
    with closing(sqlite3.connect(folder / "registry.db")) as database:
        assert database.execute("SELECT count(*) FROM issuance_issuance").fetchone() == before[0][1][0][:1]


def test_a_ticket_signed_by_a_token(
    registry_town: Any, small_polls: Any, require: Callable[[str, bool, str], None], tmp_path: Path
) -> None:
    """A registry whose RSA keys are in a SoftHSM2 token, and in no file."""
    module, tool = Path("/usr/lib/softhsm/libsofthsm2.so"), shutil.which("softhsm2-util") or ""
    require("softhsm2", module.exists() and bool(tool), "install the package softhsm2")
    require("python-pkcs11", find_spec("pkcs11") is not None, "install ippyo[hsm]")
    town, style = registry_town, "all"
    (tmp_path / "tokens").mkdir()
    configuration = tmp_path / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {tmp_path}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
    )

    def softhsm(*arguments: str) -> None:
        environment = os.environ | {"SOFTHSM2_CONF": str(configuration)}
        subprocess.run([tool, *arguments], env=environment, check=True, capture_output=True)

    softhsm("--init-token", "--free", "--label", "registry", "--pin", "604172", "--so-pin", "717171")
    for number, name in enumerate(small_polls.STYLES, start=1):
        pem = tmp_path / f"{name}.pem"
        pem.write_bytes(small_polls.rsa_key(1, name).to_pem())
        key = ("--import", str(pem), "--token", "registry", "--label", f"poll-{name}", "--id", f"0{number}")
        softhsm(*key, "--pin", "604172")
        pem.unlink()

    folder = town.copy_of(2, tmp_path / "registry")
    newcomer = town.newcomer()
    passphrase = (town.private / "issuers-passphrase.txt").read_text().strip()
    (folder / "issuer-keys.age").write_bytes(replace(town.issuers[1], styles={}).seal(passphrase))
    (folder / "token-pin").write_text("604172\n")
    (folder / "token-pin").chmod(0o600)
    token = {"module": str(module), "token": "registry", "pin_file": "token-pin", "label_prefix": "poll-"}
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in token.items())
    with (folder / "registry.toml").open("a") as file:
        file.write(f"\n[keys.pkcs11]\n{lines}")

    device = town.device()
    text = device.write_request(town.beside_the_desk())
    body = town.vouched(signed(text, newcomer)).encode()
    # By the town's own ledger, which would count this ticket, too, any other copy of the registry would be too old.
    with town.a_ledger(tmp_path / "ledger.sqlite", []) as ledger:
        told = folder / "registry.toml"
        told.write_text(told.read_text().replace(town.ledger_origin, ledger))
        with town.serving(folder, str(configuration)) as origin:
            answers = [requests.post(f"{origin}/api/issue", body, timeout=60) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
    assert answers[0].json() == answers[1].json()
    blind = (
        small_polls.rsa_key(0, style).blind_sign(text.styles[0].blinded[0]),
        unb64(answers[0].json()["blind_signature"], what="signature"),
    )
    assert device.ticket(style, blind).style == style
