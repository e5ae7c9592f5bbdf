"""What to tell a voter when something does not go on: for each refusal a title, what happened, and the way on.

The Japanese sentences are the keys of the English catalogue (``locale/en``); a test holds both complete. No sentence
blames the voter, and each names a way that is still open.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = ["CARD_CODES", "GUIDANCE", "PAGE_CODES", "TOPICS", "Guidance", "guidance"]

CARD_CODES = (
    *("no-reader", "no-card", "several-cards", "not-a-my-number-card", "wrong-pin", "bad-pin", "pin-locked"),
    *("pin-needed", "no-certificate", "no-card-code", "card-removed", "card-error", "reader-busy"),
    *("cancelled", "timed-out", "busy", "no-job"),
)
"""What card and card agent say before anything is sent (docs/registration.md §4, docs/card-agent.md §2)."""

PAGE_CODES = ("offline", "agent-missing", "faulty-issuer", "bad-ticket", "unknown-group")
"""What the page itself finds."""


@dataclass(frozen=True, slots=True)
class Guidance:
    """``title`` heads the screen, ``what`` says what happened, ``way`` what can be done now. All in both languages."""

    title: str | Promise
    what: str | Promise
    way: str | Promise

    def to_value(self) -> dict[str, str]:
        """Return the three sentences in the language that is active."""
        return {"title": str(self.title), "what": str(self.what), "way": str(self.way)}


_DESK = _("投票サポート窓口にご相談ください。紙の投票用紙で投票することもできます。")
_AGAIN = _("少し時間をおいて、もう一度お試しください。入力していただいた内容は記録されていません。")
_START = _("お手数ですが、はじめからやり直してください。")
_CARD_DESK = _("お住まいの市区町村の窓口で電子証明書の手続きをすると、また使えるようになります。")

GUIDANCE: dict[str, Guidance] = {
    "too-large": Guidance(_("送った内容が大きすぎます"), _("受け付けられる大きさを超えていました。"), _START),
    "malformed": Guidance(_("内容を読み取れませんでした"), _("送った内容が正しい形ではありませんでした。"), _START),
    "too-many-attempts": Guidance(
        _("しばらくお待ちください"),
        _("短い時間に何度も試されたため、安全のために受付を止めています。"),
        _("しばらくたってから、もう一度お試しください。お急ぎのときは投票サポート窓口にご相談ください。"),
    ),
    "wrong-code": Guidance(
        _("登録用コードが違います"),
        _("入力された登録用コードが見つかりませんでした。"),
        _("郵便で届いたお知らせを見て、もう一度入力してください。数字の0と英字のOは区別しません。"),
    ),
    "replaced-code": Guidance(
        _("新しい登録用コードがあります"),
        _("この登録用コードのあとに、新しいお知らせをお送りしています。"),
        _(
            "新しいお知らせに書かれた登録用コードを入力してください。届いていないときは投票サポート窓口にご連絡ください。"
        ),
    ),
    "no-visit": Guidance(
        _("時間切れになりました"),
        _("手続きを始めてから30分が過ぎたか、手続きが終わっています。安全のため、途中の内容は消しました。"),
        _START,
    ),
    "wrong-poll": Guidance(
        _("別の投票のための手続きです"),
        _("この手続きは、ほかの投票のためのものでした。"),
        _("お知らせに書かれたアドレスを開いて、はじめからやり直してください。"),
    ),
    "not-from-desk": Guidance(
        _("手続きのつながりが切れました"),
        _("別の画面で始めた手続きの内容が送られてきました。"),
        _("ほかの画面やタブを閉じて、はじめからやり直してください。"),
    ),
    "unknown-nonce": Guidance(
        _("手続きのつながりが切れました"),
        _("別の画面で始めた手続きの内容が送られてきました。"),
        _("ほかの画面やタブを閉じて、はじめからやり直してください。"),
    ),
    "replayed-nonce": Guidance(
        _("この手続きはもう受け付けています"),
        _("同じ手続きで、別の内容がすでに受け付けられています。"),
        _START,
    ),
    "stale-request": Guidance(
        _("時間がたちすぎています"),
        _("カードで署名してから時間がたちすぎているか、この機器の時計が合っていません。"),
        _("機器の日付と時刻を確かめてから、はじめからやり直してください。"),
    ),
    "bad-request": Guidance(
        _("手続きの内容がこの投票と合いません"),
        _("画面が古いままになっている可能性があります。"),
        _("ページを読み込み直して、はじめからやり直してください。"),
    ),
    "bad-certificate": Guidance(
        _("電子証明書を確認できませんでした"),
        _("カードの電子証明書が、決められた形ではありませんでした。"),
        _DESK,
    ),
    "test-certificate": Guidance(
        _("試験用のカードです"),
        _("試験用のカードでは、この投票の手続きはできません。"),
        _("ご自分のマイナンバーカードをお使いください。"),
    ),
    "unknown-issuer": Guidance(
        _("電子証明書の発行元を確認できませんでした"),
        _("公的個人認証サービスの電子証明書ではないようです。"),
        _DESK,
    ),
    "wrong-certificate": Guidance(
        _("別の種類の電子証明書です"),
        _("この投票で使うものとは別の種類の電子証明書が送られました。"),
        _("もう一度カードの手続きをしてください。続くときは投票サポート窓口にご相談ください。"),
    ),
    "certificate-expired": Guidance(
        _("電子証明書の有効期限が切れています"),
        _("カードが使えても、電子証明書の期限（5回目の誕生日まで）が切れていることがあります。"),
        _CARD_DESK,
    ),
    "certificate-not-yet": Guidance(
        _("電子証明書がまだ有効ではありません"),
        _("電子証明書の有効期間が、まだ始まっていません。"),
        _CARD_DESK,
    ),
    "bad-signature": Guidance(
        _("カードの署名を確認できませんでした"),
        _("カードを読み取る途中で、内容が変わった可能性があります。"),
        _("カードを置き直して、もう一度お試しください。続くときは投票サポート窓口にご相談ください。"),
    ),
    "certificate-revoked": Guidance(
        _("電子証明書が失効しています"),
        _("引っ越し、結婚、カードの再発行などのあとは、電子証明書が使えなくなることがあります。"),
        _CARD_DESK,
    ),
    "revocation-stale": Guidance(
        _("今は電子証明書を確認できません"),
        _("電子証明書が有効かどうかを調べる情報が、古くなっています。あなたのカードの問題ではありません。"),
        _AGAIN,
    ),
    "revocation-unavailable": Guidance(
        _("今は電子証明書を確認できません"),
        _("電子証明書が有効かどうかを調べるところと、つながりませんでした。あなたのカードの問題ではありません。"),
        _AGAIN,
    ),
    "digital-auth-refused": Guidance(
        _("デジタル認証が終わっていません"),
        _("スマートフォンでの認証が取り消されたか、時間切れになりました。"),
        _("もう一度デジタル認証を始めるか、カードリーダーのある場所で手続きをしてください。"),
    ),
    "digital-auth-failed": Guidance(
        _("デジタル認証とつながりませんでした"),
        _("デジタル認証サービスから正しい返事がありませんでした。"),
        _AGAIN,
    ),
    "binding-needed": Guidance(
        _("カードの二つの電子証明書を結びつけます"),
        _(
            "この投票で使う利用者証明用電子証明書には、お名前が入っていません。はじめに一度だけ、ご本人のカードと確かめます。"
        ),
        _("「もう一度試す」を押して、署名用のパスワードでも確認してください。投票サポート窓口でもできます。"),
    ),
    "not-on-roll": Guidance(
        _("名簿で確認できませんでした"),
        _("カードの氏名・住所などが名簿と合わないか、登録用コードが別の方のものです。"),
        _(
            "ご自分のカードとご自分あての登録用コードか、お確かめください。合っているときは投票サポート窓口にご相談ください。"
        ),
    ),
    "ambiguous": Guidance(
        _("窓口での確認が必要です"),
        _("カードの内容だけでは、名簿のどなたか決められませんでした。住所や文字の書き方の違いで起こることがあります。"),
        _DESK,
    ),
    "under-age": Guidance(
        _("この投票に参加できる年齢ではありません"),
        _("投票の最終日までに、決められた年齢にならない方です。"),
        _("年齢の条件は投票のお知らせに書かれています。ご不明な点は投票サポート窓口にお尋ねください。"),
    ),
    "not-entitled": Guidance(
        _("この投票に参加できる方として確認できませんでした"),
        _("名簿を作ったあとの届け出（転出など）が反映されています。"),
        _("身に覚えがないときは、投票サポート窓口にご相談ください。"),
    ),
    "passkey-needed": Guidance(
        _("パスキーの確認が済んでいません"),
        _("この投票では、カードのあとにパスキー（顔・指紋・画面ロック）での確認が必要です。"),
        _("パスキーの画面に戻って、確認を済ませてください。"),
    ),
    "bad-passkey": Guidance(
        _("パスキーを確認できませんでした"),
        _("パスキーの確認が取り消されたか、前に登録したパスキーと違います。"),
        _("もう一度お試しください。機器を替えたときは、投票サポート窓口でパスキーを登録し直せます。"),
    ),
    "not-confirmed": Guidance(
        _("ご本人の意思の確認が済んでいません"),
        _("ご自分の意思で手続きをしていることの確認が、まだ済んでいません。"),
        _("確認の画面に戻ってください。そばで指図されているときは、あとで一人のときにやり直せます。"),
    ),
    "already-issued": Guidance(
        _("投票券はもう発行されています"),
        _("この投票の投票券は、別の投票用コードで発行済みです。一人に一枚だけ発行されます。"),
        _(
            "書きとめた投票用コードを先に入力すると、同じ投票券を受け取れます。なくしたときや身に覚えがないときは、投票サポート窓口にご相談ください。"
        ),
    ),
    "registration-closed": Guidance(
        _("登録の受付は終わりました"),
        _("この投票の登録の受付期間は終わっています。"),
        _("紙の投票用紙で投票できる場合があります。投票サポート窓口にお尋ねください。"),
    ),
    "ledger-unavailable": Guidance(
        _("今は投票券を発行できません"),
        _("投票の記録簿とつながらないため、投票券を発行しませんでした。"),
        _("少し時間をおいて、もう一度お試しください。同じ手続きの続きからできます。"),
    ),
    "signing-unavailable": Guidance(
        _("今は投票券を発行できません"),
        _("投票券に署名する装置とつながらないため、投票券を発行しませんでした。"),
        _("少し時間をおいて、もう一度お試しください。同じ手続きの続きからできます。"),
    ),
    "wrong-origin": Guidance(
        _("このページからは手続きできません"),
        _("この投票の正しいページから開かれていないようです。"),
        _("お知らせに書かれたアドレスを開いて、はじめからやり直してください。"),
    ),
    "forbidden": Guidance(
        _("この操作は許されていません"),
        _("このページを見る権限がないか、手続きが終わっています。"),
        _START,
    ),
    "not-found": Guidance(
        _("ページが見つかりません"),
        _("アドレスが違うか、ページがなくなりました。"),
        _("お知らせに書かれたアドレスを、もう一度確かめてください。"),
    ),
    "method-not-allowed": Guidance(
        _("この操作はできません"),
        _("画面が古いままになっている可能性があります。"),
        _("ページを読み込み直して、はじめからやり直してください。"),
    ),
    "faulty-issuer": Guidance(
        _("受け取った投票券が正しくありません"),
        _("投票券を出すところの一つから、正しくない返事がありました。この投票券は使いません。"),
        _(
            "もう一度お試しください。続くときは投票サポート窓口にご連絡ください。カードの読み取りはやり直さなくて済みます。"
        ),
    ),
    "bad-ticket": Guidance(
        _("受け取った投票券が正しくありません"),
        _("投票券の署名を確かめたところ、正しくありませんでした。この投票券は使いません。"),
        _("もう一度お試しください。続くときは投票サポート窓口にご連絡ください。"),
    ),
    "unknown-group": Guidance(
        _("このページでは扱えない投票です"),
        _("この投票の暗号の方式を、このページのプログラムは扱えません。"),
        _DESK,
    ),
    "no-reader": Guidance(
        _("カードリーダーが見つかりません"),
        _("カードリーダーがつながっていないか、使える状態になっていません。"),
        _("カードリーダーをつなぎ直してから、もう一度お試しください。"),
    ),
    "several-cards": Guidance(
        _("カードが2枚以上あります"),
        _("カードリーダーの上に、カードが重なっているか、別のカードがあります。"),
        _("マイナンバーカード1枚だけを置いて、もう一度お試しください。"),
    ),
    "bad-pin": Guidance(
        _("パスワードまたは暗証番号の形が違います"),
        _("文字の数か種類が、決められた形と違いました。カードには送っていないので、残りの回数は減っていません。"),
        _("署名用パスワードは英数字6〜16文字、暗証番号は数字4桁です。もう一度入力してください。"),
    ),
    "pin-needed": Guidance(
        _("パスワードまたは暗証番号が必要です"),
        _("カードが、パスワードまたは暗証番号の入力を求めています。"),
        _("もう一度カードの手続きを始めて、入力してください。"),
    ),
    "no-card-code": Guidance(
        _("このカードからは投票用コードを作れません"),
        _("新しい方式のカードのため、投票用コードはこの機器で作ります。カードの故障ではありません。"),
        _("このまま手続きを続け、画面に出る投票用コードを書きとめてください。"),
    ),
    "card-error": Guidance(
        _("カードを読み取れませんでした"),
        _("カードから思いがけない返事がありました。"),
        _("カードを置き直して、もう一度お試しください。続くときは投票サポート窓口にご相談ください。"),
    ),
    "no-card": Guidance(
        _("カードが見つかりません"),
        _("カードリーダーにカードが置かれていないか、カードリーダーがつながっていません。"),
        _("カードリーダーをつなぎ、マイナンバーカードを置いてから、もう一度お試しください。"),
    ),
    "not-a-my-number-card": Guidance(
        _("マイナンバーカードではないようです"),
        _("置かれたカードから、マイナンバーカードの情報を読み取れませんでした。"),
        _("マイナンバーカードだけを、カードリーダーの中央に置いてください。"),
    ),
    "wrong-pin": Guidance(
        _("パスワードまたは暗証番号が違います"),
        _("続けて間違えると、カードの電子証明書が使えなくなります。"),
        _("残りの回数を見て、カードを受け取ったときの控えを確かめてから入力してください。"),
    ),
    "pin-locked": Guidance(
        _("暗証番号がロックされています"),
        _("決められた回数を続けて間違えたため、カードが自分を守っています。"),
        _("お住まいの市区町村の窓口などで初期化できます。紙の投票用紙で投票することもできます。"),
    ),
    "no-certificate": Guidance(
        _("カードに電子証明書がありません"),
        _("電子証明書を載せていないカードか、顔認証マイナンバーカードの可能性があります。"),
        _DESK,
    ),
    "card-removed": Guidance(
        _("カードが離れました"),
        _("読み取りの途中でカードが動いたか、離れました。"),
        _("カードを置き直し、終わるまで動かさないでください。"),
    ),
    "reader-busy": Guidance(
        _("カードリーダーがほかで使われています"),
        _("ほかのソフトウェアがカードリーダーを使っています。"),
        _("ほかの画面やソフトウェアを閉じてから、もう一度お試しください。"),
    ),
    "cancelled": Guidance(
        _("カードの手続きを取り消しました"),
        _("カードの画面で取り消しが選ばれました。何も送っていません。"),
        _("続けるときは、もう一度カードの手続きを始めてください。"),
    ),
    "timed-out": Guidance(
        _("カードの画面が時間切れになりました"),
        _("しばらく操作がなかったので、安全のために閉じました。何も送っていません。"),
        _("もう一度カードの手続きを始めてください。"),
    ),
    "busy": Guidance(
        _("カードの手続きがほかの画面で進んでいます"),
        _("別のページがカードを使っています。"),
        _("ほかのページを閉じてから、もう一度お試しください。"),
    ),
    "no-job": Guidance(
        _("カードの手続きが終わっています"),
        _("カードの画面が閉じられたか、もう終わっています。"),
        _("もう一度カードの手続きを始めてください。"),
    ),
    "agent-missing": Guidance(
        _("カードリーダーのソフトウェアが見つかりません"),
        _("この機器で、カードを読み取るソフトウェア（カードエージェント）が動いていません。"),
        _(
            "ソフトウェアを起動してからもう一度お試しいただくか、別の方法（デジタル認証や投票サポート窓口）をお使いください。"
        ),
    ),
    "offline": Guidance(
        _("インターネットにつながっていません"),
        _("通信が途切れました。入力した内容はこの画面に残っています。"),
        _("つながりを確かめてから、もう一度お試しください。"),
    ),
    "internal-error": Guidance(
        _("こちらの不具合で進めませんでした"),
        _("システムに不具合がありました。投票券は発行されていません。"),
        _AGAIN,
    ),
}

TOPICS: tuple[tuple[str | Promise, tuple[str, ...]], ...] = (
    (_("登録用コードのこと"), ("wrong-code", "replaced-code", "too-many-attempts")),
    (
        _("カードとカードリーダーのこと"),
        (
            *("no-reader", "no-card", "several-cards", "not-a-my-number-card", "wrong-pin", "bad-pin", "pin-locked"),
            *("no-certificate", "card-removed", "card-error", "reader-busy", "agent-missing", "busy", "cancelled"),
            *("timed-out", "no-job", "pin-needed", "no-card-code"),
        ),
    ),
    (
        _("電子証明書のこと"),
        (
            *("certificate-expired", "certificate-revoked", "certificate-not-yet", "wrong-certificate"),
            *("binding-needed", "bad-signature", "bad-certificate", "unknown-issuer", "test-certificate"),
            *("revocation-stale", "revocation-unavailable"),
        ),
    ),
    (_("デジタル認証のこと"), ("digital-auth-refused", "digital-auth-failed")),
    (_("名簿と投票できる方のこと"), ("not-on-roll", "ambiguous", "under-age", "not-entitled")),
    (_("パスキーと意思の確認のこと"), ("passkey-needed", "bad-passkey", "not-confirmed")),
    (
        _("投票券のこと"),
        (
            *("already-issued", "registration-closed", "ledger-unavailable", "signing-unavailable"),
            *("faulty-issuer", "bad-ticket"),
        ),
    ),
    (
        _("画面と通信のこと"),
        (
            *("no-visit", "offline", "internal-error", "not-found", "wrong-poll", "unknown-nonce", "replayed-nonce"),
            *("stale-request", "bad-request", "malformed", "too-large", "wrong-origin", "forbidden"),
            *("not-from-desk", "method-not-allowed", "unknown-group"),
        ),
    ),
)
"""All refusals by what they are about, the likely ones first, for a page to look them up."""


def guidance(code: str) -> Guidance:
    """Return the guidance for a refusal; an unknown code is a fault of ours, and said to be one."""
    return GUIDANCE.get(code, GUIDANCE["internal-error"])
