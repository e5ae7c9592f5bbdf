"""A poll as every node and verifier knows it: manifest, genesis and trustees, found to belong together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from ippyo.ballot.election import Election
from ippyo.contract.genesis import Genesis, log_name, trustees_hash
from ippyo.crypto.blind_rsa import RsaPublicKey
from ippyo.crypto.groups import Group, group
from ippyo.crypto.trustees import Trustees
from ippyo.errors import CheckFailedError, InputError
from ippyo.poll.manifest import Manifest

__all__ = ["Poll"]


@dataclass(frozen=True, eq=False)
class Poll:
    """Everything about a poll that is fixed before it opens. A Poll that exists is consistent.

    Raises :class:`CheckFailedError` when the parts do not belong together. Compares by its fingerprint, which covers
    all parts; pickles as its three texts.
    """

    manifest: Manifest
    genesis: Genesis
    trustees: Trustees

    def __post_init__(self) -> None:
        problem = next(self._problems(), None)
        if problem:
            raise CheckFailedError(f"the genesis does not belong to the poll: {problem}")

    def _problems(self) -> Iterator[str]:
        manifest, genesis, trustees = self.manifest, self.genesis, self.trustees
        if genesis.manifest != manifest.hash:
            yield "it names another manifest"
        if trustees.group.name != manifest.group:
            yield "the trustees' key is of another group than the manifest says"
        if genesis.trustees != trustees_hash(trustees.to_text()):
            yield "it names another list of trustees"
        if genesis.public_key != trustees.group.encode(trustees.public_key):
            yield "its public key is not that of the trustees"
        if trustees.quorum != manifest.trustees:
            yield "the number of trustees, or how many are needed, is not what the manifest says"
        if tuple(issuer.name for issuer in genesis.issuers) != manifest.issuers:
            yield "its issuers are not those of the manifest"
        styles = tuple(style.id for style in manifest.styles)
        for issuer in genesis.issuers:
            if tuple(key.style for key in issuer.styles) != styles:
                yield f"issuer {issuer.name} does not have one key for each ballot style, in the manifest's order"
        if (len(genesis.officers.keys), genesis.officers.threshold) != (
            manifest.officers.total,
            manifest.officers.threshold,
        ):
            yield "the number of officers, or how many must sign, is not what the manifest says"
        if genesis.ledger.log_name != log_name(manifest.id):
            yield f"the ledger's log key is not named {log_name(manifest.id)}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Poll) and self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    @classmethod
    def from_texts(cls, manifest: str, genesis: str, trustees: str) -> Poll:
        """Decode the three canonical texts. Raises :class:`~ippyo.errors.ParseError`, :class:`CheckFailedError`."""
        decoded = Manifest.from_text(manifest)
        return cls(decoded, Genesis.from_text(genesis), Trustees.from_text(group(decoded.group), trustees))

    def __reduce__(self) -> tuple[Callable[..., Poll], tuple[str, str, str]]:
        # Key tables are large; a worker process builds them once, however often it is handed the poll.
        return _same_poll, (self.manifest.text, self.genesis.text, self.trustees.to_text())

    @property
    def fingerprint(self) -> str:
        """Phi, to which every transaction is bound."""
        return self.genesis.fingerprint

    @property
    def group(self) -> Group:
        """The group of keys and ciphertexts."""
        return self.trustees.group

    @cached_property
    def elections(self) -> dict[str, Election]:
        """The elections by contest id, in the manifest's order of contests."""
        key = self.genesis.public_key
        return {contest.id: Election.build(self.manifest, contest, key) for contest in self.manifest.contests}

    def election(self, contest: str) -> Election:
        """Return the election of a contest. Raises :class:`InputError` if there is none."""
        if contest not in self.elections:
            raise InputError(f"the poll has no contest {contest[:40]!r}")
        return self.elections[contest]

    @cached_property
    def contests_by_uuid(self) -> dict[str, str]:
        """Contest ids by the uuids that ballots name."""
        return {election.uuid: contest for contest, election in self.elections.items()}

    @cached_property
    def contests_of_style(self) -> dict[str, tuple[str, ...]]:
        """The contests that each ballot style may vote in."""
        return {style.id: style.contests for style in self.manifest.styles}

    @cached_property
    def ticket_keys(self) -> dict[str, tuple[RsaPublicKey, ...]]:
        """The issuers' RSA keys for each ballot style, in issuer order."""
        by_issuer = [{style.style: style.key for style in issuer.styles} for issuer in self.genesis.issuers]
        return {style.id: tuple(keys[style.id] for keys in by_issuer) for style in self.manifest.styles}


@lru_cache(maxsize=4)
def _same_poll(manifest: str, genesis: str, trustees: str) -> Poll:
    return Poll.from_texts(manifest, genesis, trustees)
