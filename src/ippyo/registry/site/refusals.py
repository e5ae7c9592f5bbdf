"""Every refusal a voter can meet: its code, its HTTP status, and what to do about it in Japanese and English.

The codes are those of docs/registration.md §4, and a few of the web server's own. What stands here goes to voters'
screens; the ``detail`` of an error does not, for it is written for staff.
"""

from __future__ import annotations

from ippyo.errors import RefusedError
from ippyo.sites.answers import Refusal, refusal

__all__ = ["REFUSALS", "RegistryRefusedError"]


class RegistryRefusedError(RefusedError):
    """The registry refuses. ``code`` is one of :data:`REFUSALS`; ``detail`` is for staff and holds nothing personal."""


_SUPPORT_JA = "投票サポート窓口に電話してください。"
_SUPPORT_EN = "Please call the support desk."

REFUSALS: dict[str, Refusal] = {
    "too-large": refusal(413, "送られたデータが大きすぎます。", "What was sent is too large."),
    "malformed": refusal(
        400,
        "送られたデータを読めません。画面を開き直して、もう一度お試しください。",
        "What was sent cannot be read. Open the page again and try once more.",
    ),
    "too-many-attempts": refusal(
        429,
        "入力の誤りが続きました。しばらく待ってから、もう一度お試しください。",
        "There were too many wrong attempts. Wait a while, then try again.",
    ),
    "wrong-code": refusal(
        403,
        "登録用コードが違います。郵便の文字をもう一度確かめてください。",
        "This registration code is wrong. Compare it with your letter once more.",
    ),
    "replaced-code": refusal(
        403,
        "新しい登録用コードが郵送されています。新しいほうの郵便をお使いください。",
        "A newer letter was sent to you. Use the code in that one.",
    ),
    "no-visit": refusal(
        403,
        "時間が過ぎたので、手続きを終わりました。はじめからやり直してください。",
        "The visit has ended. Please begin again.",
    ),
    "wrong-poll": refusal(400, "別の投票の申請です。", "This request is for another poll."),
    "not-from-desk": refusal(
        403,
        "受付での手続きが終わっていません。受付のページを開き直して、はじめからやり直してください。",
        "The registration desk has not passed this request. Open the registration page again and begin anew.",
    ),
    "unknown-nonce": refusal(
        403,
        "この手続きのための申請ではありません。はじめからやり直してください。",
        "This request does not belong to this visit. Please begin again.",
    ),
    "replayed-nonce": refusal(
        403,
        "この申請は、前に受け付けたものと番号が同じです。はじめからやり直してください。",
        "A request with this number was accepted before. Please begin again.",
    ),
    "stale-request": refusal(
        403,
        "申請から時間がたちすぎました。はじめからやり直してください。",
        "This request is too old. Please begin again.",
    ),
    "bad-request": refusal(
        400,
        "申請の内容が、この投票と合いません。画面を開き直してください。",
        "This request does not fit the poll. Open the page again.",
    ),
    "bad-certificate": refusal(
        403,
        f"カードの証明書を読めません。{_SUPPORT_JA}",
        f"The card's certificate cannot be read. {_SUPPORT_EN}",
    ),
    "test-certificate": refusal(
        403, "試験用のカードは使えません。", "This is a card for tests; it cannot be used here."
    ),
    "unknown-issuer": refusal(
        403,
        "マイナンバーカードの証明書ではありません。マイナンバーカードをお使いください。",
        "This is not a certificate of a My Number Card. Use your My Number Card.",
    ),
    "wrong-certificate": refusal(
        403,
        "別の種類の電子証明書です。画面の案内にある暗証番号をお使いください。",
        "This is the card's other certificate. Use the PIN that the page asks for.",
    ),
    "certificate-expired": refusal(
        403,
        "電子証明書の期限が切れています。市区町村の窓口で更新してください。",
        "Your certificate has expired. Have it renewed at the municipal office.",
    ),
    "certificate-not-yet": refusal(
        403,
        "電子証明書の期間が始まっていません。後でもう一度お試しください。",
        "Your certificate is not valid yet. Try again later.",
    ),
    "bad-signature": refusal(
        403,
        "カードの署名を確かめられません。はじめからやり直してください。",
        "The card's signature is not right. Please begin again.",
    ),
    "certificate-revoked": refusal(
        403,
        "電子証明書が失効しています。市区町村の窓口で、新しい証明書を受け取ってください。",
        "Your certificate was revoked. Get a new one at the municipal office.",
    ),
    "revocation-stale": refusal(
        503,
        "証明書の失効情報が古くなっているため、今は確かめられません。時間をおいて、もう一度お試しください。",
        "What is known about revoked certificates is too old now. Please come again later.",
    ),
    "revocation-unavailable": refusal(
        503,
        "証明書が有効かどうかを問い合わせる先から、返事がありません。時間をおいて、もう一度お試しください。",
        "The service that tells whether certificates hold does not answer now. Please come again later.",
    ),
    "digital-auth-refused": refusal(
        403,
        "デジタル認証アプリでの確認が、取り消されたか、時間切れになりました。もう一度お試しください。",
        "The check with the digital authentication app was cancelled or took too long. Try again.",
    ),
    "digital-auth-failed": refusal(
        503,
        "デジタル認証アプリの確認が正しく終わりませんでした。時間をおいて、もう一度お試しください。",
        "The digital authentication service did not answer properly. Please come again later.",
    ),
    "binding-needed": refusal(
        403,
        "はじめに、カードの二つの電子証明書を結びつける手続きが要ります。画面の案内に従ってください。",
        "The two certificates of your card must be linked first. Follow the page.",
    ),
    "not-on-roll": refusal(
        403,
        f"名簿で確かめられませんでした。{_SUPPORT_JA}",
        f"You were not found on the roll. {_SUPPORT_EN}",
    ),
    "ambiguous": refusal(
        403,
        f"名簿の記載と一つに決められません。担当者が確かめます。{_SUPPORT_JA}",
        f"The roll does not show for certain who you are. The staff will look into it. {_SUPPORT_EN}",
    ),
    "under-age": refusal(
        403, "この投票に参加できる年齢になっていません。", "You have not reached the age for this poll."
    ),
    "not-entitled": refusal(
        403,
        f"この投票の投票権がありません。違うと思うときは、{_SUPPORT_JA}",
        f"You are not entitled to vote in this poll. If you think that is wrong: {_SUPPORT_EN}",
    ),
    "not-in-group": refusal(
        403,
        f"この投票の申請は、決められた区分の方だけができます。あてはまる方は、{_SUPPORT_JA}",
        f"In this poll only certain groups may apply. If you belong to one: {_SUPPORT_EN}",
    ),
    "group-not-yet": refusal(
        403,
        "あなたの区分の申請は、まだ始まっていません。始まる日時は、登録のページにあります。",
        "Your group cannot apply yet. The registration page says from when it can.",
    ),
    "passkey-needed": refusal(403, "先にパスキーで確認してください。", "Use your passkey first."),
    "bad-passkey": refusal(
        403, "パスキーを確かめられません。もう一度お試しください。", "The passkey could not be checked. Try again."
    ),
    "not-confirmed": refusal(
        403, "先に、自分の意思であることを確かめてください。", "First confirm that you act of your own free will."
    ),
    "already-issued": refusal(
        409,
        f"投票券は、もう受け取られています。前に使った端末か、投票用コードをお使いください。{_SUPPORT_JA}",
        f"Your ticket has been handed out. Use the device of that time, or your voting code. {_SUPPORT_EN}",
    ),
    "registration-closed": refusal(403, "受付は終わりました。", "Registration has closed."),
    "ledger-unavailable": refusal(
        503,
        "今は投票券を発行できません。しばらくして、同じ端末でもう一度お試しください。",
        "No ticket can be issued just now. Try again in a while, on the same device.",
    ),
    "signing-unavailable": refusal(
        503,
        "今は投票券を発行できません。しばらくして、同じ端末でもう一度お試しください。",
        "No ticket can be issued just now. Try again in a while, on the same device.",
    ),
    "wrong-origin": refusal(
        403,
        "このページからは申請できません。受付のページを開き直してください。",
        "Requests from this page are not taken. Open the registration page again.",
    ),
    "forbidden": refusal(403, "この操作は許されていません。", "This is not allowed."),
    "not-found": refusal(404, "ページが見つかりません。", "There is no such page."),
    "method-not-allowed": refusal(405, "この操作はできません。", "This cannot be done here."),
    "internal-error": refusal(
        500,
        f"こちらの誤りで、続けられません。{_SUPPORT_JA}",
        f"Something went wrong on our side. {_SUPPORT_EN}",
    ),
}
