"""A frozen election definition on the terminal, in the words in which an official would read it aloud."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from ippyo.poll.contest import Contest
from ippyo.poll.manifest import Manifest, Quorum
from ippyo.poll.text import Text

__all__ = ["Sheet"]

_JAPAN = dt.timezone(dt.timedelta(hours=9))

_VALUES = {
    "signature": ("署名用電子証明書（6〜16 文字）", "signature certificate (6 to 16 characters)"),
    "user": ("利用者証明用電子証明書（4 桁）", "user certificate (4 digits)"),
    "card-reader": ("カードリーダー", "card reader"),
    "digital-auth": ("デジタル認証アプリ", "digital authentication app"),
    "none": ("なし", "none"),
    "registration-code": ("投票人登録用コード", "registration code"),
    "passkey": ("生体認証", "passkey"),
    "both": ("登録用コードと生体認証", "registration code and passkey"),
    "blind-ticket": ("だれのものか分からない投票券", "blind tickets"),
    "last-counts": ("何度でもできる（最後の票が有効）", "allowed; the last vote counts"),
    "never": ("できない", "not allowed"),
    "kiosk": ("投票所の端末", "kiosk at the polling place"),
    "remote": ("自分の端末", "the voter's own device"),
}
"""What the policies' values mean."""


class Sheet:
    """Prints a manifest in one language."""

    def __init__(self, *, japanese: bool) -> None:
        self._japanese = japanese
        self._console = Console(highlight=False, markup=False)

    def show(self, manifest: Manifest, uuids: dict[str, str]) -> None:
        """Print the poll, and every contest with its ``uuids`` by id."""
        self._console.print(self._words(manifest.title), style="bold")
        if manifest.description:
            self._console.print(self._words(manifest.description))
        self._facts(manifest)
        for contest in manifest.contests:
            self._contest(contest, uuids[contest.id])

    def _say(self, ja: str, en: str) -> str:
        return ja if self._japanese else en

    def _words(self, text: Text) -> str:
        return text.in_language("ja" if self._japanese else "en")

    def _value(self, *values: str) -> str:
        return self._join(self._say(*_VALUES[value]) for value in values)

    def _join(self, words: Iterable[str]) -> str:
        return self._say("、", ", ").join(words)

    def _time(self, seconds: int) -> str:
        time = dt.datetime.fromtimestamp(seconds, _JAPAN)
        ja = f"{time.year}年{time.month}月{time.day}日 {time.hour}:{time:%M}"
        # Nobody sets a poll by the second; who does shall see it.
        odd = f":{time:%S}" if time.second else ""
        return self._say(f"{ja}{odd}（日本時間）", f"{time:%Y-%m-%d %H:%M}{odd} JST")

    def _quorum(self, quorum: Quorum) -> str:
        return self._say(f"{quorum.total} 人のうち {quorum.threshold} 人", f"{quorum.threshold} of {quorum.total}")

    def _facts(self, manifest: Manifest) -> None:
        policies = manifest.policies
        titles = {contest.id: self._words(contest.title) for contest in manifest.contests}
        styles = [
            f"{self._words(style.name)}: {self._join(titles[contest] for contest in style.contests)}"
            for style in manifest.styles
        ]
        table = Table(show_header=False, box=None, pad_edge=False)
        for name, value in (
            (self._say("投票の名前", "Id"), manifest.id),
            (self._say("ハッシュ", "Hash"), manifest.hash),
            (self._say("投票の開始", "Opens"), self._time(manifest.opens)),
            (self._say("投票の終了", "Closes"), self._time(manifest.closes)),
            (self._say("暗号の方式", "Group"), manifest.group),
            (self._say("証明書", "Certificate"), self._value(policies.certificate)),
            (self._say("読み取り方", "Channels"), self._value(*policies.channels)),
            (self._say("もう一つの確認", "Second factor"), self._value(policies.second_factor)),
            (self._say("切り離し方", "Anonymity"), self._value(policies.anonymity)),
            (self._say("投票し直し", "Voting again"), self._value(policies.revote)),
            (self._say("場所", "Places"), self._value(*policies.places)),
            (self._say("鍵の管理者", "Trustees"), self._quorum(manifest.trustees)),
            (self._say("選挙管理の担当者", "Officers"), self._quorum(manifest.officers)),
            (self._say("投票券の発行者", "Issuers"), self._join(manifest.issuers)),
            (self._say("投票区・対象区分", "Ballot styles"), "\n".join(styles)),
        ):
            table.add_row(name, value)
        self._console.print(table)

    def _contest(self, contest: Contest, uuid: str) -> None:
        table = Table(title=self._words(contest.title), title_justify="left")
        table.add_column(self._say("番号", "No."), justify="right")
        table.add_column(self._say("選択肢・候補者", "Answer"))
        table.add_column(self._say("ふりがな", "Reading"))
        for answer in contest.answers:
            table.add_row(str(answer.number), self._words(answer.name), answer.furigana or "")
        self._console.print()
        self._console.print(table)
        for line in (
            self._rule(contest),
            self._say(f"選挙の名前: {contest.id}", f"Id: {contest.id}"),
            self._say(f"投票の番号（uuid）: {uuid}", f"Number of the election (uuid): {uuid}"),
        ):
            self._console.print(line, soft_wrap=True)

    def _rule(self, contest: Contest) -> str:
        """Say how many answers a ballot marks, and whether it may be blank."""
        least, most = contest.min, contest.max
        if contest.kind == "per-item":
            rule = self._say("印を付けるものをいくつでも選ぶ（なしでもよい）", "mark any number, or none")
        elif (least, most) == (1, 1):
            rule = self._say("一つを選ぶ", "choose one")
        elif least == most:
            rule = self._say(f"{most} つを選ぶ", f"choose {most}")
        else:
            rule = self._say(f"{least}〜{most} 個を選ぶ", f"choose {least} to {most}")
        return rule + (self._say("・白票あり", "; blank allowed") if contest.blank else "")
