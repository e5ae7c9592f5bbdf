"""After voting: what registries and ledger keep, write and hear, read as a whole.

The registries know nothing that opens a vote, the ledger nothing that names a voter, and no value leads from one to the
other. What is looked for is looked for in every spelling, and each search is shown to find what is there.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

PERSONS = 5
HOUR = 3600
WINDOW = 8
"""Bytes that two values must have in common to be called joined."""
SPELLED = 14
"""Characters that two spellings must have in common: there are so many digits that eight would meet by chance."""


@pytest.fixture(scope="module")
def voted(registry_town: Any) -> Any:
    """Return the town after some have registered and voted, one of them twice."""
    voters = [registry_town.register(registry_town.newcomer()) for _ in range(PERSONS)]
    for voter in [*reversed(voters), voters[0]]:
        registry_town.vote(voter)
    return registry_town


# --- spellings ---


def spellings(value: bytes | int | str) -> set[bytes]:
    """Return how a value can stand in a file: raw, hexadecimal, Base64 (of both alphabets), decimal."""
    if isinstance(value, str):
        return {value.encode(), value.lower().encode(), *spellings(value.encode())}
    if isinstance(value, int):
        length = (value.bit_length() + 7) // 8
        both = spellings(value.to_bytes(length, "big")) | spellings(value.to_bytes(length, "little"))
        return both | {str(value).encode()}
    whole = {base64.b64encode(value).rstrip(b"="), base64.urlsafe_b64encode(value).rstrip(b"=")}
    return {value, value.hex().encode(), value.hex().upper().encode(), *whole}


def texts_within(value: Any) -> Iterator[str]:
    """Return all texts in a JSON value, those of JSON within a text too."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts_within(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_within(inner)
    elif isinstance(value, str):
        yield value
        if value.startswith("{"):
            yield from texts_within(json.loads(value))
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)


def secrets_of(voter: Any) -> dict[str, set[bytes]]:
    """Return what a voter's device knows and no registry may, by name, in every spelling."""
    request, ticket = voter.held.request, voter.held.ticket
    code = voter.voting_code.reveal()
    plain = re.sub(r"[^0-9A-Za-z]", "", code)
    found = {
        "voting code": spellings(code) | spellings(plain) | spellings(voter.voting_code.key_material),
        "credential's secret": spellings(request.credential.secret),
        "credential": spellings(ticket.credential),
        "signature password": spellings(voter.newcomer.card.signature.pin),
    }
    for number, (signature, blinding) in enumerate(zip(ticket.signatures, request.blindings, strict=True), start=1):
        found[f"ticket signature {number}"] = spellings(signature)
        inverse, n = blinding.inverse, request.keys[number - 1].n
        found[f"blinding {number}"] = spellings(inverse) | spellings(pow(inverse, -1, n))
    for turn, cast in enumerate(voter.casts):
        found[f"cast {turn}"] = spellings(cast.to_text())
        for contest, ballot in zip(cast.contests, cast.ballots, strict=True):
            found[f"tracker {turn} {contest}"] = spellings(ballot.tracker)
            ciphers = [text for text in texts_within(json.loads(ballot.to_text())) if len(text) >= 40]
            # The election's name and the credential are not of the ballot alone.
            public = {ballot.election_uuid, json.loads(ballot.body)["election_hash"], ticket.credential}
            found[f"ballot {turn} {contest}"] = {
                spelling for text in ciphers if text not in public for spelling in spellings(text)
            }
    return found


def found_in(places: dict[str, bytes], wanted: dict[str, set[bytes]]) -> list[str]:
    """Return what of ``wanted`` is where."""
    return [
        f"{name} in {place}"
        for place, content in places.items()
        for name, values in wanted.items()
        if any(piece in content for value in values for piece in pieces(value))
    ]


def pieces(value: bytes) -> tuple[bytes, ...]:
    """Return what to look for: of a long value each half, for it may lie on two pages of a database's file."""
    middle = len(value) // 2
    return (value,) if len(value) <= 64 else (value[:middle], value[middle:])


# --- places ---


def tables(file: Path) -> dict[str, list[dict[str, Any]]]:
    """Return every table of a database, row by row."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=60)) as connection:
        connection.row_factory = sqlite3.Row
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: [dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')] for name in names}


def as_bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes) else str(value).encode()


def files_of(database: Path) -> bytes:
    """Return a database's files as they lie there: what was deleted may still be in them.

    The journal first: what its owner moves into the database meanwhile, and the journal itself, may be gone from there.
    """
    journal = database.with_name(f"{database.name}-wal")
    try:
        moving = journal.read_bytes()
    except FileNotFoundError:
        moving = b""
    return database.read_bytes() + moving


def registry_places(town: Any) -> dict[str, bytes]:
    """Return all that the registries have: tables, the files below them, logs, and what went over their lines."""
    places = {"lines": b"\n".join(exchange.whole for exchange in town.exchanges)}
    for issuer in (1, 2):
        file = town.database(issuer)
        for table, rows in tables(file).items():
            content = b"\n".join(as_bytes(value) for row in rows for value in row.values())
            places[f"registry {issuer} {table}"] = content
        places[f"registry {issuer} files"] = files_of(file)
        places[f"registry {issuer} log"] = town.log(issuer).encode()
    return places


def test_the_registries_know_nothing_that_opens_a_vote(voted: Any) -> None:
    places = registry_places(voted)
    for voter in voted.voters:
        assert found_in(places, secrets_of(voter)) == []
        # The search finds what is there: the blinded message, in the log of requests and on the line.
        blinded = {"blinded": spellings(voter.held.request.blinded_messages[0])}
        where = found_in(places, blinded)
        assert {"blinded in lines", "blinded in registry 1 issuance_issuance", "blinded in registry 1 files"} <= {
            *where
        }


def test_no_registry_was_told_a_pin_of_four_digits(voted: Any) -> None:
    """Four digits are in any long number; as a value of their own they are nowhere."""
    digits = {voted.voters[0].newcomer.card.user.pin, voted.voters[0].newcomer.card.text.pin}
    said = {text for exchange in voted.exchanges for body in (exchange.body, exchange.answer) for text in _texts(body)}
    kept = {str(v) for i in (1, 2) for rows in tables(voted.database(i)).values() for row in rows for v in row.values()}
    assert not digits & (said | kept)


def _texts(body: bytes) -> Iterable[str]:
    try:
        return list(texts_within(json.loads(body)))
    except ValueError:
        return [body.decode("latin-1")]


def test_a_registration_code_is_in_its_letter_and_in_one_body_only(voted: Any) -> None:
    places = {name: content for name, content in registry_places(voted).items() if name != "lines"}
    for voter in voted.voters:
        code = voter.newcomer.code
        wanted = {"code": spellings(code) | spellings(code.replace("-", ""))}
        assert found_in(places, wanted) == []
        for exchange in voted.exchanges:
            elsewhere = {"head": exchange.head, "answer": exchange.answer_head + exchange.answer}
            assert found_in(elsewhere, wanted) == []
            if exchange.path != "/api/visit":
                assert found_in({"body": exchange.body}, wanted) == []
        # The search finds it where it has to be.
        assert any(found_in({"": e.body}, wanted) for e in voted.exchanges if e.path == "/api/visit")


def test_logs_name_nobody(voted: Any) -> None:
    logs = {f"log {issuer}": voted.log(issuer).encode() for issuer in (1, 2)}
    for voter in voted.voters:
        assert found_in(logs, names_of(voter)) == []
    assert not any(b"127.0.0.1" in log or b"Traceback" in log for log in logs.values())


def names_of(voter: Any) -> dict[str, set[bytes]]:
    """Return what says who a voter is, by name, in every spelling."""
    resident, card = voter.newcomer.resident, voter.newcomer.card
    certificate = x509.load_der_x509_certificate(card.signature.certificate)
    code = voter.newcomer.code
    return {
        "name": spellings(resident.name) | spellings(resident.name.replace(" ", "")) | spellings(resident.name[3:]),
        "address": spellings(resident.address),
        "date of birth": spellings(resident.born),
        "code": spellings(code) | spellings(code.replace("-", "")),
        "certificate": spellings(card.signature.certificate),
        "certificate's number": spellings(certificate.serial_number),
        "card's key": spellings(certificate.public_key().public_numbers().n),  # type: ignore[union-attr]
        "user certificate": spellings(card.user.certificate),
    }


def test_the_ledger_knows_nobody(voted: Any) -> None:
    places = {
        "lines": b"\n".join(exchange.whole for exchange in voted.ledger_exchanges),
        "files": files_of(voted.folder / "ledger.sqlite"),
        "transactions": "\n".join(voted.transactions()).encode(),
    }
    for voter in voted.voters:
        # The number on the roll is not looked for: it is short, and so in anything.
        assert found_in(places, names_of(voter)) == []
        assert found_in(registry_places(voted), {"name": names_of(voter)["name"]})
        if voter.casts:
            credential = {"credential": spellings(voter.held.ticket.credential)}
            assert len(found_in(places, credential)) == len(places)


# --- issuance log and ledger ---


def raw_value(text: str) -> bytes:
    """Return what a text stands for as a decimal number, hexadecimal or Base64; nothing, if it is none of these."""
    if re.fullmatch(r"[0-9]+", text):
        return int(text).to_bytes((int(text).bit_length() + 7) // 8 or 1)
    if re.fullmatch(r"[0-9a-fA-F]+", text) and len(text) % 2 == 0:
        return bytes.fromhex(text)
    if re.fullmatch(r"[0-9A-Za-z+/_-]+", text) and len(text) % 4 != 1:
        return base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_") + "=" * (-len(text) % 4))
    return b""


def stretches(texts: Iterable[str]) -> set[bytes]:
    """Return every stretch of the texts, and of what they stand for, that is too long to be met twice by chance."""
    found = set()
    for text in texts:
        for value, length in ((text.encode(), SPELLED), (raw_value(text), WINDOW)):
            found |= {value[at : at + length] for at in range(len(value) - length + 1)}
    return found


def issuance_values(town: Any) -> set[str]:
    """Return every value of both issuance logs, those within its JSON texts too."""
    found: set[str] = set()
    for issuer in (1, 2):
        for row in tables(town.database(issuer))["issuance_issuance"]:
            for value in row.values():
                found |= {value.hex()} if isinstance(value, bytes) else {*texts_within(value)}
                if isinstance(value, str) and value.startswith("{"):
                    found.discard(value)
    return found


def test_log_and_ledger_have_no_value_in_common(voted: Any) -> None:
    """But what everybody knows: the poll's fingerprint, the ballot styles, and words of the forms themselves."""
    logged, cast = issuance_values(voted), set()
    for text in voted.transactions():
        cast |= {*texts_within(json.loads(text))}
    assert logged & cast - small_numbers() == {voted.poll.fingerprint, "all"}

    public = stretches([voted.poll.fingerprint])
    bytes_logged, bytes_cast = stretches(logged), stretches(cast)
    assert bytes_logged & bytes_cast - public == set()
    # The search finds what is joined: the same values on both sides have nearly all their bytes in common.
    assert len(bytes_cast) > 10_000
    assert public <= bytes_logged & bytes_cast


def small_numbers() -> set[str]:
    """Return totals and numbers of people: counts, not names of anything."""
    return {str(number) for number in range(100)}


def test_the_log_tells_no_minute(voted: Any) -> None:
    """No time in it is finer than the hour, in columns or in what the card signed."""
    for issuer in (1, 2):
        rows = tables(voted.database(issuer))["issuance_issuance"]
        assert len(rows) >= PERSONS
        for row in rows:
            assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:00:00", row["hour"])
            if issuer == 1:
                assert json.loads(row["request"])["request"]["time"] % HOUR == 0
            assert [answer["produced"] % HOUR for answer in json.loads(row["evidence"])["answers"]] == [0, 0]


@pytest.mark.parametrize("table", ["issuance_issuance", "issuance_boundcertificate", "registration_passkey"])
def test_rows_have_no_order_of_arrival(voted: Any, table: str) -> None:
    """They lie in the order of the roll, whose ids were there before: the last on it registered first, and is last."""
    late, early = sorted((voted.newcomer() for _ in range(2)), key=lambda one: int(one.number))
    for newcomer in (early, late):
        voted.register(newcomer)
    for issuer in (1, 2):
        with closing(sqlite3.connect(f"file:{voted.database(issuer)}?mode=ro", uri=True, timeout=60)) as connection:
            with pytest.raises(sqlite3.OperationalError, match="rowid"):
                connection.execute(f"SELECT rowid FROM {table}")
            key = "certificate" if table == "issuance_boundcertificate" else "voter_id"
            kept = [row[0] for row in connection.execute(f"SELECT {key} FROM {table}")]
        assert kept == sorted(kept)
