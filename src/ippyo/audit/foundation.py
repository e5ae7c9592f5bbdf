"""What a poll stands on: manifest, genesis, the trustees and how their key was made (checks 2 to 4)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ippyo.audit.checks import Check
from ippyo.audit.files import RecordFiles
from ippyo.audit.report import Findings, Where, same
from ippyo.contract.genesis import Genesis, ceremony_hash, trustees_hash
from ippyo.contract.poll import Poll
from ippyo.crypto.ceremony import verify_transcript
from ippyo.crypto.groups import group
from ippyo.crypto.trustees import Trustees
from ippyo.errors import FaultyTrusteeError, IppyoError
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.poll.manifest import Manifest
from ippyo.poll.text import Text

__all__ = ["Foundation", "read_foundation"]

_MANIFEST = Where(file="manifest.json")
_GENESIS = Where(file="genesis.json")
_TRUSTEES = Where(file="trustees.json")
_CEREMONY = Where(file="ceremony.json")


@dataclass(frozen=True, slots=True)
class Foundation:
    """What could be read of it. ``facts`` need a genesis, ``poll`` needs everything, each of it true."""

    manifest: Manifest | None
    genesis: Genesis | None
    facts: LedgerFacts | None
    poll: Poll | None


def read_foundation(files: RecordFiles, findings: Findings) -> Foundation:
    """Read the four files that a record begins with, and check that they belong together."""
    manifest = _read_manifest(files, findings)
    genesis, facts = _read_genesis(files, findings)
    if manifest and genesis and genesis.manifest != manifest.hash:
        problem = Text(
            "はじめの設定（genesis）に記された選挙定義ではありません。", "is not the manifest that genesis names"
        )
        findings.fail(Check.MANIFEST, problem, _MANIFEST)
        manifest = None
    trustees = _read_trustees(files, findings, manifest, genesis)
    poll = _join(findings, manifest, genesis, trustees)
    return Foundation(manifest, genesis, facts, poll)


def _read_manifest(files: RecordFiles, findings: Findings) -> Manifest | None:
    text = files.document("manifest.json")
    if text is None:
        _missing(findings, Check.MANIFEST, _MANIFEST)
        return None
    findings.examined(Check.MANIFEST)
    try:
        return Manifest.from_text(text)
    except IppyoError as error:
        findings.fail(Check.MANIFEST, same(error), _MANIFEST)
        return None


def _read_genesis(files: RecordFiles, findings: Findings) -> tuple[Genesis | None, LedgerFacts | None]:
    text = files.document("genesis.json")
    if text is None:
        _missing(findings, Check.GENESIS, _GENESIS)
        return None, None
    findings.examined(Check.GENESIS)
    try:
        genesis = Genesis.from_text(text)
        return genesis, LedgerFacts.of(genesis)
    except IppyoError as error:
        findings.fail(Check.GENESIS, same(error), _GENESIS)
        return None, None


def _read_trustees(
    files: RecordFiles, findings: Findings, manifest: Manifest | None, genesis: Genesis | None
) -> Trustees | None:
    """Check what genesis says of the key ceremony as far as genesis is there, and the ceremony itself."""
    text, transcript = files.document("trustees.json"), files.document("ceremony.json")
    for content, where in ((text, _TRUSTEES), (transcript, _CEREMONY)):
        if content is None:
            _missing(findings, Check.KEY_CEREMONY, where)
    if genesis is None:
        return None
    # Alone, each hash would do; together they say which of the two files is not the one of this poll.
    for content, digest, named, where in (
        (text, trustees_hash, genesis.trustees, _TRUSTEES),
        (transcript, ceremony_hash, genesis.ceremony, _CEREMONY),
    ):
        if content is not None:
            findings.examined(Check.KEY_CEREMONY)
            if digest(content) != named:
                problem = Text(
                    "はじめの設定（genesis）に記されたものではありません。", "is not the one that genesis names"
                )
                findings.fail(Check.KEY_CEREMONY, problem, where)
    if manifest is None or text is None:
        return None
    return _check_ceremony(findings, manifest, text, transcript)


def _check_ceremony(findings: Findings, manifest: Manifest, text: str, transcript: str | None) -> Trustees | None:
    """Return the trustees if their text is true in itself, whatever is to be said of the transcript."""
    chosen = group(manifest.group)
    try:
        trustees = Trustees.from_text(chosen, text)
    except IppyoError as error:
        _note_fault(findings, error, _TRUSTEES)
        return None
    if transcript is not None:
        try:
            verify_transcript(manifest.hash, chosen, manifest.trustees, transcript, trustees)
        except IppyoError as error:
            _note_fault(findings, error, _CEREMONY)
    return trustees


def _note_fault(findings: Findings, error: IppyoError, where: Where) -> None:
    if isinstance(error, FaultyTrusteeError):
        findings.fail(Check.KEY_CEREMONY, same(error.problem), replace(where, trustee=error.index))
    else:
        findings.fail(Check.KEY_CEREMONY, same(error), where)


def _join(
    findings: Findings, manifest: Manifest | None, genesis: Genesis | None, trustees: Trustees | None
) -> Poll | None:
    if not (manifest and genesis and trustees):
        return None
    try:
        return Poll(manifest, genesis, trustees)
    except IppyoError as error:
        # A list of trustees that is not the one of genesis has been named already.
        if genesis.trustees == trustees_hash(trustees.to_text()):
            findings.fail(Check.GENESIS, same(error), _GENESIS)
        return None


def _missing(findings: Findings, check: Check, where: Where) -> None:
    findings.fail(check, Text("ファイルがありません。", "is missing"), where)
