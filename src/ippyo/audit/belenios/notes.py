"""The page that lies beside the archives: what they are, what is left out of them, and how to have them checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ippyo.contract.poll import Poll

__all__ = ["notes"]


class Exported(Protocol):
    """What the page says of one archive."""

    @property
    def contest(self) -> str: ...
    @property
    def file(self) -> str: ...
    @property
    def ballots(self) -> int: ...
    @property
    def left_out(self) -> int: ...


def notes(poll: Poll, contests: Sequence[Exported]) -> str:
    """Return the page as Markdown, Japanese first."""
    title = poll.manifest.title
    rows = "\n".join(f"| {c.contest} | `{c.file}` | {c.ballots} | {c.left_out} |" for c in contests)
    release = "3.0–3.3" if poll.group.name == "Ed25519" else "2.0–3.3"
    return f"""# {_plain(title.ja)}

投票の指紋: `{poll.fingerprint}`

選挙（コンテスト）ごとに一つの Belenios 形式の書庫（`.bel`）です。
票は台帳の順に並び、同じ投票権の最後の票が数えられます。
この形式には「投票権の返上」がないため、返上された投票権の票は入れていません（下の表の「除いた票」）。台帳にはすべて残っています。

| contest | 書庫 archive | 票 ballots | 除いた票 left out |
|---|---|---|---|
{rows}

検証: `belenios-tool election verify --dir 選挙のフォルダ`（{release} 版、暗号の方式 {poll.group.name}）

---

# {_plain(title.en)}

Fingerprint of the poll: `{poll.fingerprint}`

One archive in Belenios form (`.bel`) for each contest. Ballots stand in the order of the ledger; the last one of a
credential counts. The form has no way to give a right to vote back: ballots whose right was surrendered are left out
(last column). The ledger keeps them all.

To check: `belenios-tool election verify --dir FOLDER-OF-A-CONTEST` (releases {release}, group {poll.group.name}).
"""


def _plain(title: str) -> str:
    """Return a title as one line of Markdown."""
    return " ".join(title.split())
