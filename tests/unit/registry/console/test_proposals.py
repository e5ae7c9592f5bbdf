"""A case that was decided stays decided, whatever else was proposed for it meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from ippyo.errors import InputError
from ippyo.registry.console import proposals
from ippyo.registry.console.models import Proposal
from ippyo.registry.issuance.models import UnclearCase
from ippyo.registry.issuance.unclear import refer

pytestmark = pytest.mark.django_db


def test_two_answers_to_one_case(office_maker: Any) -> None:
    maker = office_maker()
    first, second = maker.person().voter, maker.person().voter
    shown = {"name": "山田", "address": "町", "sex": "female", "birth_key": "19800131"}
    case = refer(maker.office(), bytes(32), shown)
    one, other = (
        proposals.propose(Proposal.Kind.MATCH, "ichiro", "papers seen", {}, voter=voter, case=case)
        for voter in (first, second)
    )
    with pytest.raises(InputError, match="a second person must confirm"):
        proposals.confirm(one.pk, "ichiro")
    proposals.confirm(one.pk, "jiro")
    with pytest.raises(InputError, match="this case has been decided already"):
        proposals.confirm(other.pk, "jiro")
    with pytest.raises(InputError, match="this has been decided already"):
        proposals.confirm(one.pk, "saburo")
    assert UnclearCase.objects.get().voter == first
    assert Proposal.objects.get(pk=other.pk).state == Proposal.State.OPEN
