"""Two voters whose way is played in full: one has the card in a phone, the other puts it on a reader."""

from __future__ import annotations

from pathlib import Path

from ippyo.cli.demo.applicant import Applicant, Site, TicketInHand
from ippyo.cli.demo.cards import CardInReader
from ippyo.cli.demo.devices import Papers, Voter
from ippyo.cli.demo.registries import PHONE_OWNER, Registries
from ippyo.contract.poll import Poll
from ippyo.files import write_new
from ippyo.identity.card.applications import KeyKind
from ippyo.identity.card.readers import connect
from ippyo.identity.simulated.digital_auth import press_button
from ippyo.identity.simulated.reader import virtual_reader

__all__ = ["register_at_reader", "register_by_phone"]


def register_by_phone(poll: Poll, registries: Registries, voter: Voter, papers: Papers) -> None:
    """Register by デジタル認証: the browser leaves the page, the phone signs, the browser comes back."""
    applicant = _applicant(poll, registries, voter)
    request = applicant.write_request(applicant.begin(papers.registration_code))
    address = press_button(applicant.leave_for_digital_auth(request), PHONE_OWNER)
    _keep(voter, applicant.finish(applicant.come_back(address)))


def register_at_reader(poll: Poll, registries: Registries, voter: Voter, papers: Papers, private: Path) -> None:
    """Register with a card on a reader behind the machine's PC/SC service."""
    file = private / "card-in-reader.json"
    write_new(file, papers.card.to_text().encode(), private=True)
    with virtual_reader(private / "pcscd.log") as reader:
        reader.insert(file)
        with connect() as transport:
            card = CardInReader(papers.card, key_of(poll), transport)
            _keep(voter, _applicant(poll, registries, voter).register(papers.registration_code, card))


def key_of(poll: Poll) -> KeyKind:
    """Return the key of the card that the poll asks for."""
    return KeyKind.SIGNATURE if poll.manifest.policies.certificate == "signature" else KeyKind.USER


def _applicant(poll: Poll, registries: Registries, voter: Voter) -> Applicant:
    sites = [Site(origin, registries.origins[0]) for origin in registries.origins]
    return Applicant(poll, sites, voter.code)


def _keep(voter: Voter, found: TicketInHand) -> None:
    voter.request, voter.ticket = found.request, found.ticket
