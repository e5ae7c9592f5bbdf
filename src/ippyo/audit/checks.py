"""The verifier's checks: a number, a short name for machines, and a name for people (docs/checks.md).

Numbers and ids are a public interface: a report from years ago must still mean the same. New checks go to the end.
"""

from __future__ import annotations

from enum import Enum

from ippyo.poll.text import Text

__all__ = ["Check"]


class Check(Enum):
    """One check; a report lists all of them, in this order."""

    FILES = (1, "files", "記録のファイル", "Files of the record")
    MANIFEST = (2, "manifest", "選挙定義", "Manifest")
    GENESIS = (3, "genesis", "はじめの設定と指紋", "Genesis and fingerprint")
    KEY_CEREMONY = (4, "key-ceremony", "鍵づくりの手続き", "Key ceremony and trustees")
    CHAIN = (5, "chain", "ブロックの連なり", "Chain of blocks")
    BLOCK_SIGNATURES = (6, "block-signatures", "ブロックの署名", "Signatures of blocks")
    MERKLE_ROOTS = (7, "merkle-roots", "マークル木の根", "Merkle roots")
    CHECKPOINT = (8, "checkpoint", "チェックポイントと立会署名", "Checkpoint and cosignatures")
    OFFICERS = (9, "officers", "選挙管理の担当者の手続き", "Acts of officers")
    ISSUED = (10, "issued", "発行済み投票券の数", "Issued totals")
    PHASES = (11, "phases", "手順の順序と投票時間", "Order of phases and hours")
    EMPTY_BOX = (12, "empty-box", "開箱時の空の投票箱", "Empty box at opening")
    TICKETS = (13, "tickets", "投票券", "Tickets")
    BALLOT_FORM = (14, "ballot-form", "票の形式", "Ballots: form")
    BALLOT_SIGNATURES = (15, "ballot-signatures", "票の署名", "Ballots: signatures")
    INDIVIDUAL_PROOFS = (16, "individual-proofs", "票の個別証明", "Ballots: proofs of single choices")
    OVERALL_PROOFS = (17, "overall-proofs", "票の合計・白票の証明", "Ballots: proofs of sum and blank")
    COPIED_BALLOTS = (18, "copied-ballots", "票の複写", "Copied ballots")
    COINS = (19, "coins", "投票権（一人一票）", "Coins: one right, one ballot")
    SPOILED = (20, "spoiled", "確認で開いた票・投票権の返上", "Spoiled ballots and surrendered rights")
    STATE_ROOTS = (21, "state-roots", "再実行した状態の根", "State roots, re-executed")
    TALLY = (22, "tally", "暗号化された集計", "Encrypted tally, recomputed")
    DECRYPTIONS = (23, "decryptions", "部分復号の証明", "Decryption proofs")
    STRONG_DECRYPTIONS = (24, "strong-decryptions", "部分復号の強い証明", "Strong decryption proofs")
    RESULT = (25, "result", "開票結果", "Result, recomputed")
    COMPLETENESS = (26, "completeness", "完了", "Completeness")

    def __init__(self, number: int, slug: str, ja: str, en: str) -> None:
        self.number = number
        self.slug = slug
        self.title = Text(ja, en)
