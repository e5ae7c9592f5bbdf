"""A card of the simulated J-LIS, held to a phone: what comes back stands up to the checks of certificates."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ippyo.identity.certificates import check_certificate
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.simulated.jlis import CardPins, Jlis


def test_the_signature_is_one_of_a_certificate_that_names_the_voter(
    tmp_path: Path, digital_auth_bench: Any, digital_auth_people: dict[str, Any]
) -> None:
    now = datetime.now(UTC)
    jlis = Jlis.create(tmp_path / "jlis", now)
    basic = digital_auth_people["hanako"].text.basic
    card = jlis.personalise(basic, CardPins("ABC123", "1234", "1234"), now)
    with digital_auth_bench() as bench:
        bench.service.people = {"hanako": card}
        journey = bench.client.begin_signature(bench.request)
        signed = bench.client.finish_signature(journey, bench.back(journey))
        _, told = bench.client.finish_login(*logged_in(bench))
    certificate = check_certificate(signed.certificate, "signature", jlis.trust(), now)
    certificate.verify(signed.request.to_sign(), signed.signature, signed.algorithm)
    assert certificate.basic is not None
    assert (certificate.basic.name, certificate.basic.born) == (basic.name, basic.born)
    assert told == basic
    with pytest.raises(IdentityRefusedError, match="wrong-certificate"):
        check_certificate(signed.certificate, "user", jlis.trust(), now)


def logged_in(bench: Any) -> tuple[Any, dict[str, str]]:
    journey = bench.client.begin_login(bench.request)
    return journey, bench.back(journey)
