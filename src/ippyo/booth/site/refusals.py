"""Every refusal a voter can meet: its code, its HTTP status, and what to do about it in Japanese and English.

The codes are those of docs/protocol.md §9 that a cast, spoil or surrender can meet, those of docs/booth.md §4, and a
few of the web server's own. The ``detail`` of an error does not go to voters' screens.
"""

from __future__ import annotations

from collections.abc import Mapping

from ippyo.sites.answers import Refusal, refusal

__all__ = ["REFUSALS"]

_SUPPORT_JA = "投票サポート窓口に電話してください。"
_SUPPORT_EN = "Please call the support desk."

_OF_THE_CONTRACT = {
    "malformed": refusal(
        400,
        "送られたデータを読めません。画面を開き直して、もう一度お試しください。",
        "What was sent cannot be read. Open the page again and try once more.",
    ),
    "wrong-poll": refusal(400, "別の投票のデータです。", "This belongs to another poll."),
    "not-open": refusal(403, "投票はまだ始まっていません。", "The poll has not opened yet. Come back when it is open."),
    "closed": refusal(403, "投票は締め切られました。", "The poll has closed."),
    "bad-ticket": refusal(
        403,
        f"投票券を確かめられません。{_SUPPORT_JA}",
        f"Your ticket cannot be verified. {_SUPPORT_EN}",
    ),
    "coins-exceed-issued": refusal(
        503,
        "投票券の記録がまだ届いていません。少し待って、もう一度お試しください。",
        "The record of your ticket has not arrived yet. Wait a little, then try again.",
    ),
    "bad-ballot": refusal(
        400,
        "封をした票が正しくありません。画面を開き直して、もう一度お試しください。",
        "The sealed ballot is not right. Open the page again and try once more.",
    ),
    "bad-proof": refusal(
        400,
        "封をした票が正しくありません。画面を開き直して、もう一度お試しください。",
        "The sealed ballot is not right. Open the page again and try once more.",
    ),
    "not-your-contest": refusal(
        403, "この投票券では投票できない投票です。", "Your ticket gives no vote in this contest."
    ),
    "duplicate": refusal(409, "この票は、もう受け付けられています。", "This very ballot is in already."),
    "copied-ballot": refusal(
        403,
        "ほかの票の写しが含まれています。画面を開き直して、もう一度お試しください。",
        "It holds a copy of another ballot. Open the page again and try once more.",
    ),
    "old-ballot": refusal(
        409,
        "前に置き換えられた票です。もう一度、封をしてください。",
        "This ballot was replaced before. Please seal a new one.",
    ),
    "out-of-turn": refusal(
        409,
        "ほかの端末から、後で投票されています。もう一度、封をしてください。",
        "There was a later vote from another device. Please seal your vote again.",
    ),
    "too-many": refusal(
        403,
        f"この投票用コードでできる回数を超えました。{_SUPPORT_JA}",
        f"This voting code has been used too often. {_SUPPORT_EN}",
    ),
    "already-voted": refusal(
        403,
        "この投票では、投票し直すことができません。前の票が数えられます。",
        "In this poll a vote cannot be changed. Your earlier vote counts.",
    ),
    "spoiled-ballot": refusal(
        409,
        "確認のために開いた票は投票できません。もう一度、封をしてください。",
        "A ballot that was opened for a check cannot be cast. Please seal a new one.",
    ),
    "surrendered": refusal(
        403,
        "ネット投票の権利は返されています。投票所で投票してください。",
        "The right to vote here was given back. Please vote on paper.",
    ),
}

_OF_THE_BOOTH = {
    "too-large": refusal(413, "送られたデータが大きすぎます。", "What was sent is too large."),
    "not-a-vote": refusal(
        400, "ここでは投票のデータだけを受け付けます。", "Only casts, checks and surrenders are taken here."
    ),
    "busy": refusal(
        503,
        "今は混み合っています。票は受け付けられていません。少し待って、もう一度お試しください。",
        "It is busy just now. Your vote was not taken in. Wait a little, then try again.",
    ),
    "ledger-unavailable": refusal(
        503,
        "今は台帳に問い合わせられません。しばらくして、もう一度お試しください。",
        "The ledger cannot be asked just now. Try again in a while.",
    ),
    "forbidden": refusal(403, "この操作は許されていません。", "This is not allowed."),
    "not-found": refusal(404, "見つかりません。", "There is no such thing here."),
    "method-not-allowed": refusal(405, "この操作はできません。", "This cannot be done here."),
    "internal-error": refusal(
        500, f"こちらの誤りで、続けられません。{_SUPPORT_JA}", f"Something went wrong on our side. {_SUPPORT_EN}"
    ),
}

REFUSALS: Mapping[str, Refusal] = _OF_THE_CONTRACT | _OF_THE_BOOTH
