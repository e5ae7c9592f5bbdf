"""Nothing in the database tells in which order people came."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.db import connection

from ippyo.registry.codes import service as codes
from ippyo.registry.issuance.checks import check_signed_request
from ippyo.registry.issuance.models import Issuance
from ippyo.registry.issuance.service import issue
from ippyo.registry.order import forget_order

pytestmark = pytest.mark.django_db(transaction=True)


def issue_in_some_order(maker: Any, people: int) -> list[int]:
    """Issue to all of ``people``, who spend their letters' codes; return their keys in that order."""
    office = maker.office()
    persons = [maker.person() for _ in range(people)]
    letters = {new.voter.pk: new.code for new in codes.make([person.voter for person in persons], "clerk")}
    random.Random(5).shuffle(persons)
    for person in persons:
        checked = check_signed_request(office, maker.signed(person), maker.now)
        issue(office, checked, codes.redeem(letters[person.voter.pk].reveal()))
    return [person.voter.pk for person in persons]


def column(query: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own row numbers")
@pytest.mark.parametrize("table", ["issuance_issuance", "issuance_boundcertificate", "registration_passkey"])
def test_tables_by_voter_have_no_row_numbers(table: str) -> None:
    (made,) = column(f"SELECT sql FROM sqlite_master WHERE name = '{table}' AND type = 'table'")
    assert made.endswith("WITHOUT ROWID")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's pages")
def test_pages_of_the_file_lie_in_the_order_of_the_keys(office_maker: Any) -> None:
    came = issue_in_some_order(office_maker(), 6)
    places = _places(came)
    # Within a page, SQLite puts what comes in front of what is there.
    assert places == sorted(places), "what is to be forgotten"
    forget_order()
    places = _places(sorted(came))
    assert places == sorted(places)
    assert Issuance.objects.count() == 6


def _places(voters: list[int]) -> list[tuple[int, int]]:
    """Return the page, and the place from its end, where each voter's signed request begins."""
    connection.ensure_connection()
    assert connection.connection is not None
    image = connection.connection.serialize()
    nonces = dict(Issuance.objects.values_list("pk", "nonce"))
    (size,) = column("PRAGMA page_size")
    found = [image.index(f'"nonce":"{nonces[voter]}"'.encode()) for voter in voters]
    return [(place // size, -place % size) for place in found]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's transactions and places")
def test_transactions_and_places_tell_nothing(office_maker: Any) -> None:
    came = issue_in_some_order(office_maker(), 6)
    by_transaction = "SELECT voter_id FROM issuance_issuance ORDER BY xmin::text::bigint"
    assert column(by_transaction) == came, "what is to be forgotten"
    forget_order()
    for table, key in (("issuance_issuance", "voter_id"), ("codes_registrationcode", "id"), ("roll_voter", "id")):
        assert len(column(f"SELECT DISTINCT xmin::text FROM {table}")) == 1
        assert set(column(f"SELECT xmax::text FROM {table}")) == {"0"}
        places = column(f"SELECT {key} FROM {table} ORDER BY ctid")
        assert places == sorted(places)
    assert Issuance.objects.count() == 6
