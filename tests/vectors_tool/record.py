"""Write vectors/record/ and vectors/record.json: run ``python -m tests.vectors_tool.record``.

The record is a whole small poll, as the real contract, ledger, witness and export make it. The alterations are of two
kinds: those that anybody who holds the files can make, and those for which the log and its witness lie, so that every
signature and hash holds and only what the record says is wrong. Keys and ballots are random: every run writes another
poll. tests/unit/audit/test_record_vectors.py holds the verifier against them.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests import small_poll as sp

from ippyo.audit.checks import Check
from ippyo.audit.verify import verify
from ippyo.ballot.ballot import Ballot
from ippyo.ballot.seal import seal
from ippyo.canonical import dumps, sha256_b64
from ippyo.contract.machine import Contract
from ippyo.contract.transactions import Audit
from ippyo.crypto import schnorr
from ippyo.crypto.elgamal import Ciphertext
from ippyo.crypto.groups import Group
from ippyo.crypto.merkle import Frontier
from ippyo.crypto.random import random_scalar
from ippyo.ledger.blocks import BlockHeader, Entry, SignedHeader
from ippyo.ledger.chain import next_header
from ippyo.ledger.checkpoint import Checkpoint, LedgerFacts, SignedCheckpoint
from ippyo.ledger.database import Database
from ippyo.ledger.embedded import EmbeddedLedger
from ippyo.ledger.notes import KeyKind, SigningKey
from ippyo.ledger.record import RecordWriter, export_record
from ippyo.ledger.witness import Witness
from ippyo.poll.choice import BLANK

VECTORS = Path(__file__).parents[2] / "vectors"
TRANSACTIONS = "transactions/00000000.jsonl"
YES, NO = (1, 0), (0, 1)
COSIGNED = sp.CLOSES + 60
SETUP, OPEN, FIRST, SECOND, THIRD, CLOSE, TALLIES, DECRYPTIONS, RESULTS = range(9)
"""The blocks, in order."""

ABOUT = (
    "docs/protocol.md §3-§13: alterations of the record in vectors/record, which is good. Take a fresh copy of the "
    "folder, apply the edits in order, verify: the check named must fail. `failed` are all the checks that Ippyo's own "
    "verifier reports; another one may stop earlier. An edit is {file, line, old, new}: in that line (from 1), replace "
    "the text old, which occurs there once; or {file, from, drop, put}: at line number from, take out drop lines and "
    "put these in (a file that is not there is new); or {file, cut}: take off so many bytes at the end; or {file, "
    "remove}. Lines end with a newline. What is `forged` is signed by the log and its witness, unless it is about "
    "those signatures."
)

Edit = dict[str, Any]
Files = dict[str, str]


@dataclass
class Story:
    """The poll as it really went, its secrets, and what is altered."""

    small: sp.SmallPoll
    witness: SigningKey
    blocks: list[tuple[int, list[str], str]]
    voters: Mapping[str, sp.Voter]
    spoiled: Ballot
    known: int
    files: Files
    alterations: list[dict[str, Any]] = field(default_factory=list)

    def add(self, check: Check, about: str, edits: list[Edit], *, forged: bool = False) -> None:
        """Note an alteration."""
        entry = {"about": about, "check": {"number": check.number, "id": check.slug}, "forged": forged}
        self.alterations.append(entry | {"edits": edits})

    def plain(self, check: Check, about: str, *edits: Edit) -> None:
        """Note an alteration by somebody who has no key."""
        self.add(check, about, list(edits))

    def forge(
        self,
        check: Check,
        about: str,
        block: int | None = None,
        *txs: str,
        first: bool = False,
        header: Callable[[BlockHeader], BlockHeader] = lambda header: header,
        blocks: int = RESULTS + 1,
        log: SigningKey | None = None,
        cosigner: SigningKey | None = None,
    ) -> None:
        """Note an alteration by the log: ``txs`` stand in a block, at its end or as its first, as if accepted."""
        told = self.blocks[:blocks]
        if block is not None:
            time, texts, state = told[block]
            told[block] = (time, [*txs, *texts] if first else [*texts, *txs], state)
        with tempfile.TemporaryDirectory() as folder:
            record = Path(folder) / "record"
            _write(record, self, told, header, log or self.small.log, cosigner or self.witness)
            self.add(check, about, _edits(self.files, _read(record)), forged=True)


def _write(
    folder: Path,
    story: Story,
    blocks: list[tuple[int, list[str], str]],
    change: Callable[[BlockHeader], BlockHeader],
    log: SigningKey,
    cosigner: SigningKey,
) -> None:
    """Write a record as a ledger would, whatever is in the blocks."""
    frontier = Frontier()
    previous: SignedHeader | None = None
    with RecordWriter(folder) as writer:
        for name in ("manifest.json", "genesis.json", "trustees.json", "ceremony.json"):
            writer.document(name, story.files[name].removesuffix("\n"))
        for time, texts, state in blocks:
            for tx in texts:
                frontier, _ = frontier.append(Entry.of(tx).leaf)
            previous = change(next_header(story.small.phi, previous, time, frontier, state)).sign(log)
            writer.block(previous, texts)
        checkpoint = Checkpoint(story.small.log.name, frontier.size, frontier.root)
        signed = SignedCheckpoint.sign(checkpoint, story.small.log)
        writer.checkpoint(signed.with_signatures([cosigner.cosign(checkpoint.to_text(), COSIGNED)]))


def _read(folder: Path) -> Files:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in paths}


def _edits(before: Files, after: Files) -> list[Edit]:
    """Say how to come from one record to the other: whole lines."""
    edits: list[Edit] = []
    for name in before:
        old, new = before[name].splitlines(), after[name].splitlines()
        start = next((n for n, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), None)
        start = min(len(old), len(new)) if start is None else start
        end = 0
        while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
            end += 1
        if old != new:
            put = new[start : len(new) - end]
            edits.append({"file": name, "from": start + 1, "drop": len(old) - start - end, "put": put})
    return edits


def apply(folder: Path, edits: list[Edit]) -> None:
    """Alter the record in ``folder``."""
    for edit in edits:
        path = folder / edit["file"]
        if "remove" in edit:
            path.unlink()
        elif "cut" in edit:
            path.write_bytes(path.read_bytes()[: -edit["cut"]])
        else:
            lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
            if "put" in edit:
                start = edit["from"] - 1
                lines[start : start + edit["drop"]] = edit["put"]
            else:
                line = lines[edit["line"] - 1]
                if line.count(edit["old"]) != 1:
                    raise SystemExit(f"{edit['file']}:{edit['line']}: the text to be replaced is not there once")
                lines[edit["line"] - 1] = line.replace(edit["old"], edit["new"])
            path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def hold(folder: Path) -> Story:
    """Hold the poll, and let ledger and witness write its record into ``folder``."""
    witness = SigningKey.generate("witness.example/1", KeyKind.COSIGNATURE)
    small = sp.SmallPoll.build(witnesses=(witness,))
    box = sp.Box(small)

    def block(at: int, *txs: str) -> None:
        codes = box.send(*txs, at=at)
        if set(codes) != {"ok"}:
            raise SystemExit(f"block {box.height}: {codes}")

    a, b, c, d, e = (small.voter(style) for style in ("all", "all", "all", "bridge-only", "all"))
    spoiled, known = b.seal("mayor", (0, 0, 1)), random_scalar(small.poll.group)
    block(sp.BEFORE, *small.issued_by_all(5), small.audit("rehearsal"))
    block(sp.BEFORE, small.open())
    block(sp.DURING, a.cast(bridge=YES, mayor=(1, 0, 0)), b.spoil(spoiled.tracker), c.cast(bridge=NO))
    block(sp.DURING + 1000, b.cast(bridge=BLANK, mayor=(0, 1, 0)), _sealed(d, known), e.cast(mayor=(0, 0, 1)))
    revotes = (a.cast(mayor=(0, 1, 0)), c.cast(bridge=YES, mayor=(0, 0, 1)))
    block(sp.DURING + 2000, *revotes, d.surrender(), e.cast(bridge=YES))
    block(sp.AFTER, small.close())
    block(sp.AFTER + 1000, box.tally("bridge"), box.tally("mayor"))
    block(sp.AFTER + 2000, *(box.decrypt(contest, owner) for owner in (3, 1) for contest in ("mayor", "bridge")))
    block(sp.AFTER + 3000, small.result("bridge", 1, 3, 0), small.result("mayor", 0, 2, 2))
    blocks = [(ctx.time, list(txs), state) for ctx, txs, state in box.blocks]
    _export(small, witness, blocks, folder)
    return Story(small, witness, blocks, {"a": a, "b": b, "d": d}, spoiled, known, _read(folder))


def _export(small: sp.SmallPoll, witness: SigningKey, blocks: list[tuple[int, list[str], str]], folder: Path) -> None:
    poll, facts = small.poll, LedgerFacts.of(small.poll.genesis)
    times = iter([time for time, _, _ in blocks])
    with tempfile.TemporaryDirectory() as work, Database(Path(work) / "ledger.sqlite") as database:
        ledger = EmbeddedLedger(
            database,
            facts,
            small.log,
            lambda store: Contract(poll, store),
            documents=small.documents,
            clock=lambda: next(times),
        )
        for _, texts, _ in blocks:
            ledger.append_block(texts)
        with Witness.create(witness, [facts.log], Path(work) / "witness", clock=lambda: COSIGNED) as cosigner:
            ledger.cosign([cosigner])
        export_record(database, folder)


def _line(file: str, line: int, old: str, new: str) -> Edit:
    return {"file": file, "line": line, "old": old, "new": new}


def _lines(file: str, start: int, drop: int, *put: str) -> Edit:
    return {"file": file, "from": start, "drop": drop, "put": list(put)}


def _changed(tx: str, change: Callable[[Any], object]) -> str:
    value = json.loads(tx)
    change(value)
    return dumps(value)


def alter_files(story: Story) -> None:
    """Note what anybody can do who has the files."""
    plain, files = story.plain, story.files
    blocks, txs = files["blocks.jsonl"].splitlines(), files[TRANSACTIONS].splitlines()
    checkpoint = files["checkpoint"].splitlines()
    trustees, ceremony = json.loads(files["trustees.json"]), json.loads(files["ceremony.json"])
    first = json.loads(txs[0])
    plain(Check.FILES, "the last newline of the manifest is missing", {"file": "manifest.json", "cut": 1})
    plain(Check.FILES, "a file that does not belong there", _lines("notes.txt", 1, 0, "see you"))
    plain(Check.FILES, "a transaction with a space in it", _line(TRANSACTIONS, 1, '{"type":', '{"type": '))
    plain(Check.FILES, "the ceremony's transcript is missing", {"file": "ceremony.json", "remove": True})
    plain(Check.MANIFEST, "another title", _line("manifest.json", 1, "A small poll", "A large poll"))
    plain(
        Check.GENESIS,
        "one officer is enough",
        _line("genesis.json", 1, '"officers":{"threshold":2', '"officers":{"threshold":1'),
    )
    public = trustees[0][1]["verification_keys"]
    old, new = (dumps([public[n] for n in order])[1:-1] for order in ((0, 1, 2), (1, 0, 2)))
    plain(Check.KEY_CEREMONY, "two trustees have changed places", _line("trustees.json", 1, old, new))
    nonce = ceremony["reveals"][1]["nonce"]
    plain(Check.KEY_CEREMONY, "a trustee revealed something else", _line("ceremony.json", 1, nonce, sha256_b64("x")))
    plain(Check.CHAIN, "a block is missing", _lines("blocks.jsonl", 4, 1))
    plain(Check.CHAIN, "two blocks have changed places", _lines("blocks.jsonl", 3, 2, blocks[3], blocks[2]))
    signatures = [json.loads(line)["signature"] for line in blocks[1:3]]
    plain(Check.BLOCK_SIGNATURES, "the signature of another block", _line("blocks.jsonl", 2, *signatures))
    plain(Check.MERKLE_ROOTS, "a transaction is missing", _lines(TRANSACTIONS, 8, 1))
    plain(
        Check.MERKLE_ROOTS,
        "two transactions of a block have changed places",
        _lines(TRANSACTIONS, 1, 2, txs[1], txs[0]),
    )
    plain(Check.MERKLE_ROOTS, "other counts in the result", _line(TRANSACTIONS, len(txs) - 1, "[1,3,0]", "[1,0,3]"))
    plain(
        Check.ISSUED,
        "more tickets than the issuer said",
        _line(TRANSACTIONS, 1, f'"total":{first["total"]}', '"total":9'),
    )
    plain(
        Check.CHECKPOINT,
        "another root under the signatures",
        _lines("checkpoint", 3, 1, json.loads(blocks[0])["header"]["root"] + "="),
    )
    plain(Check.CHECKPOINT, "no cosignature", _lines("checkpoint", len(checkpoint), 1))


def alter_as_log(story: Story) -> None:
    """Note what a log can do whose witness looks away: foundation, chain, officers and issuers."""
    small, forge = story.small, story.forge
    other = SigningKey.generate(small.log.name)
    stranger = SigningKey.generate(story.witness.name, KeyKind.COSIGNATURE)

    def third(change: Callable[[BlockHeader], BlockHeader]) -> Callable[[BlockHeader], BlockHeader]:
        return lambda header: change(header) if header.height == 3 else header

    forge(
        Check.CHAIN,
        "a block that does not follow the one before it",
        header=third(lambda h: replace(h, previous=sha256_b64("x"))),
    )
    forge(Check.BLOCK_SIGNATURES, "all blocks signed with another key", log=other)
    forge(Check.MERKLE_ROOTS, "a signed block with a false root", header=third(lambda h: replace(h, root=bytes(32))))
    forge(Check.CHECKPOINT, "cosigned by a stranger in the name of the witness", cosigner=stranger)
    forge(
        Check.STATE_ROOTS,
        "a signed block with a false state",
        header=third(lambda h: replace(h, state=sha256_b64("x"))),
    )
    forge(
        Check.OFFICERS,
        "an act that one officer has signed",
        SECOND,
        small.signed(Audit(small.phi, "report", bytes(32)), (2,)),
    )
    issued = _changed(small.issued(1, "all", 6), lambda value: value.update(total=7))
    forge(Check.ISSUED, "a total that the issuer has not signed", SECOND, issued)
    forge(Check.PHASES, "the box is closed before its hour", THIRD, small.close())
    forge(Check.PHASES, "a cast after the box is closed", CLOSE, small.voter("bridge-only").cast(bridge=NO))
    forge(
        Check.EMPTY_BOX, "a cast before the box is opened", OPEN, small.voter("bridge-only").cast(bridge=NO), first=True
    )
    forge(Check.COMPLETENESS, "the results are missing", blocks=RESULTS)


def _resigned(voter: sp.Voter, change: Callable[[Any], object]) -> str:
    """Return a cast of a ballot that says something else, signed and proved by its own voter."""
    ballot = voter.seal("bridge", NO)
    value: dict[str, Any] = json.loads(ballot.to_text())
    del value["signature"]
    change(value["answers"][0])
    h = sha256_b64(dumps(value))
    proof = schnorr.prove(voter.small.poll.group, f"sig|{h}|", voter.credential.secret)
    false = value | {"signature": {"hash": h, "proof": proof.to_value()}}
    return voter.proved(_changed(voter.cast_ballots(bridge=ballot), lambda cast: cast.update(ballots=[false])))


def _forged(voter: sp.Voter, change: Callable[[Any], object]) -> str:
    return voter.proved(_changed(voter.cast(bridge=NO), change))


def _starting_with(first: int) -> Callable[[Group], int]:
    """Return a source of randomness whose first scalar, that of the first ciphertext, is known."""
    draws = iter([first])
    return lambda group: next(draws, None) or random_scalar(group)


def _sealed(voter: sp.Voter, known: int) -> str:
    """Return the cast of a ballot whose first ciphertext is that of every ballot with the same ``known``."""
    election = voter.small.poll.election("bridge")
    return voter.cast_ballots(bridge=seal(election, voter.credential, YES, _draw=_starting_with(known)))


def alter_votes(story: Story) -> None:
    """Note what a log can let voters do, or do itself with tickets that it was given."""
    small, forge, voters = story.small, story.forge, story.voters

    def someone() -> sp.Voter:
        return small.voter("bridge-only")

    forge(
        Check.TICKETS,
        "the issuers' signatures of a ticket have changed places",
        SECOND,
        _forged(someone(), lambda cast: cast["ticket"]["signatures"].reverse()),
    )
    forge(Check.TICKETS, "a vote in a contest of others", SECOND, someone().cast(mayor=(1, 0, 0)))
    forge(
        Check.BALLOT_FORM,
        "a ballot for another election",
        SECOND,
        _forged(someone(), lambda cast: cast["ballots"][0].update(election_hash=sha256_b64("x"))),
    )
    forge(
        Check.BALLOT_FORM,
        "the ballot of another voter",
        SECOND,
        someone().cast_ballots(bridge=someone().seal("bridge", NO)),
    )
    forge(
        Check.BALLOT_SIGNATURES,
        "a ballot with a false signature",
        SECOND,
        _forged(someone(), lambda cast: cast["ballots"][0]["signature"]["proof"].update(response="7")),
    )
    forge(
        Check.INDIVIDUAL_PROOFS,
        "a false proof that a choice is 0 or 1",
        SECOND,
        _resigned(someone(), lambda answer: answer["individual_proofs"][1][0].update(response="7")),
    )
    forge(
        Check.OVERALL_PROOFS,
        "a false proof of the sum",
        SECOND,
        _resigned(someone(), lambda answer: answer["overall_proof"][0].update(response="7")),
    )
    forge(
        Check.OVERALL_PROOFS,
        "a false proof of the blank vote",
        SECOND,
        _resigned(someone(), lambda answer: answer["blank_proof"][0].update(response="7")),
    )
    forge(Check.COPIED_BALLOTS, "a ballot with the ciphertexts of another", SECOND, _sealed(someone(), story.known))
    forge(Check.COPIED_BALLOTS, "the first cast once more", SECOND, story.blocks[FIRST][1][0])
    forge(
        Check.COINS,
        "an earlier cast after a later one",
        THIRD,
        voters["a"].cast_ballots(1, bridge=voters["a"].seal("bridge", NO)),
    )
    forge(Check.SPOILED, "a ballot is cast that was spoiled", SECOND, voters["b"].cast_ballots(2, mayor=story.spoiled))
    forge(Check.SPOILED, "a vote with a right that was given back", THIRD, voters["d"].cast(bridge=NO))


def alter_count(story: Story) -> None:
    """Note what a log can do with officers and trustees that lie."""
    small, forge, group = story.small, story.forge, story.small.poll.group
    nothing = (Ciphertext(group.identity, group.identity),) * 3
    forge(Check.TALLY, "an encrypted tally of nothing", TALLIES, small.tally("bridge", 4, nothing), first=True)
    tally = json.loads(story.blocks[TALLIES][1][0])
    product = [Ciphertext.from_tally_value(group, value, "tally") for value in tally["encrypted_tally"]]
    honest = small.decrypt("bridge", 2, product)

    def false(name: str) -> str:
        return _changed(honest, lambda value: value["decryption"][name][0][1].update(response="7"))

    forge(Check.DECRYPTIONS, "a false decryption proof", DECRYPTIONS, false("decryption_proofs"))
    forge(Check.STRONG_DECRYPTIONS, "a false strong proof", DECRYPTIONS, false("strong_proofs"))
    forge(
        Check.DECRYPTIONS,
        "a decryption with the share of another trustee",
        DECRYPTIONS,
        small.decrypt("bridge", 2, product, share=3),
    )
    forge(Check.RESULT, "other counts, signed by the officers", RESULTS, small.result("bridge", 1, 0, 3), first=True)


def judged(record: Path, alteration: dict[str, Any]) -> dict[str, Any]:
    """Return the alteration with the numbers of all checks that fail; the one that is named must be among them."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(record, Path(folder) / "record"))
        apply(copy, alteration["edits"])
        failed = [check.check.number for check in verify(copy, workers=1).failed()]
    if alteration["check"]["number"] not in failed:
        raise SystemExit(f"{alteration['about']}: {alteration['check']} is not among {failed}")
    about, check, forged, edits = (alteration[name] for name in ("about", "check", "forged", "edits"))
    return {"about": about, "check": check, "failed": failed, "forged": forged, "edits": edits}


def main() -> None:
    """Write the record and the vectors."""
    record = VECTORS / "record"
    shutil.rmtree(record, ignore_errors=True)
    story = hold(record)
    report = verify(record, workers=1)
    if not report.ok:
        raise SystemExit([(check.check, check.findings) for check in report.failed()])
    for alter in (alter_files, alter_as_log, alter_votes, alter_count):
        alter(story)
    vectors = {
        "about": ABOUT,
        "fingerprint": story.small.phi,
        "results": {"bridge": [1, 3, 0], "mayor": [0, 2, 2]},
        "alterations": [judged(record, alteration) for alteration in story.alterations],
    }
    text = json.dumps(vectors, ensure_ascii=False, indent=1)
    (VECTORS / "record.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
