"""What the agent says when it does not do what it was asked: a code, an HTTP status, a sentence in two languages."""

from __future__ import annotations

__all__ = ["AgentRefusedError", "message", "status"]

_AGENT: dict[str, tuple[int, str, str]] = {
    "busy": (409, "別のページがカードを使っています。終わるまでお待ちください。", "Another page is using the card."),
    "malformed": (400, "ページからの依頼が正しい形ではありません。", "The page's request is not of the right form."),
    "no-job": (404, "この依頼はもうありません。ページで最初からやり直してください。", "This job is gone; start again."),
    "not-found": (404, "そのようなページはありません。", "There is no such page."),
    "too-large": (413, "依頼が大きすぎます。", "The request is too large."),
    "window-taken": (
        409,
        "この画面は別の窓で開いています。開いている窓を使ってください。",
        "This is open in another window; use that one.",
    ),
    "wrong-certificate": (
        400,
        "この投票では、もう一つの電子証明書を使います。",
        "This poll uses the other certificate of the card.",
    ),
    "wrong-host": (421, "この住所では答えません。", "This address is not answered here."),
    "wrong-method": (405, "その方法では答えません。", "This method is not answered here."),
    "wrong-origin": (403, "このページからは使えません。", "This page may not use the card."),
    "wrong-poll": (400, "この機器で扱う投票ではありません。", "This computer does not serve that poll."),
    "wrong-state": (409, "いまはその手順ではありません。", "It is not the time for that step."),
    "wrong-type": (415, "依頼は JSON で送ってください。", "Requests are sent as JSON."),
    "wrong-user": (403, "この利用者からは使えません。", "This user may not use the card."),
}

_CARD: dict[str, tuple[str, str]] = {
    "bad-pin": (
        "暗証番号の形が違います。回数は減っていません。もう一度確かめてください。",
        "No PIN looks like that. No try was spent; please check and type it again.",
    ),
    "cancelled": ("やめました。カードをお取りください。", "Cancelled. Please take your card."),
    "card-error": (
        "カードがうまく答えません。いちど抜いて、もう一度置いてください。",
        "The card does not answer properly. Take it out and put it back.",
    ),
    "card-left": (
        "前に使ったカードが残っています。取って、ご自分のカードを置いてください。忘れ物は、係の人に渡してください。",
        "The last card is still here. Take it away and put on your own; give a forgotten one to the staff.",
    ),
    "card-removed": (
        "カードが離れました。もう一度置いてください。",
        "The card was taken away. Please put it back.",
    ),
    "last-try": (
        "あと 1 回まちがえると、ロックされます。続けるときは、もう一度確かめてください。",
        "One more wrong entry locks it. Please confirm before you go on.",
    ),
    "no-card": ("カードを置いてください。", "Please put the card on the reader."),
    "no-card-code": (
        "このカードからは投票用コードを作れません。登録のときに控えたコードを使ってください。",
        "This card cannot make a voting code. Use the one that you kept when you registered.",
    ),
    "no-certificate": (
        "このカードには、必要な電子証明書がありません。市区町村の窓口で発行できます。",
        "This card lacks the certificate needed. The municipal office can issue it.",
    ),
    "no-reader": (
        "カードリーダーが見つかりません。つながっているか確かめてください。",
        "There is no card reader. Please check that it is connected.",
    ),
    "not-a-my-number-card": (
        "マイナンバーカードではないようです。カードを確かめてください。",
        "This does not seem to be a My Number Card. Please check the card.",
    ),
    "pin-locked": (
        "暗証番号がロックされています。住民票のある市区町村の窓口で再設定できます。",
        "The PIN is locked. The office of the municipality where you are registered can reset it.",
    ),
    "reader-busy": (
        "別のプログラムがカードを使っています。終わるまでお待ちください。",
        "Another program is using the card. Please wait until it has finished.",
    ),
    "timed-out": (
        "時間がたったので終わりました。ページで最初からやり直してください。",
        "This took too long and was ended. Please start again on the page.",
    ),
    "several-cards": (
        "カードが二枚以上あります。一枚だけ置いてください。",
        "There are several cards. Please leave only one.",
    ),
    "wrong-pin": ("暗証番号が違います。", "The PIN is wrong."),
}


class AgentRefusedError(Exception):
    """A request to the agent is refused; ``code`` is one of docs/card-agent.md. It never leaves the agent's server."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def status(code: str) -> int:
    """Return the HTTP status of an agent's refusal."""
    return _AGENT[code][0]


def message(code: str) -> dict[str, str]:
    """Return what a person is told, in Japanese and English. Codes of the card that are not known here share one."""
    ja, en = _AGENT[code][1:] if code in _AGENT else _CARD.get(code, _CARD["card-error"])
    return {"ja": ja, "en": en}
