"""What staff read instead of the codes that roll, log and figures keep; and what a proposal would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ippyo.registry.registration.guidance import GUIDANCE
from ippyo.registry.roll.models import Voter
from ippyo.registry.site.office import office

__all__ = ["Line", "act_name", "changed_lines", "entry_lines", "refusal_title", "style_name"]


def _language() -> str:
    return "en" if get_language() == "en" else "ja"


def style_name(style: str) -> str:
    """Return how a ballot style of the poll is called; the id of one that the poll does not have."""
    names = {one.id: one.name.in_language(_language()) for one in office().poll.manifest.styles}
    return names.get(style, style)


def refusal_title(code: str) -> str:
    """Return what a voter reads above a refusal; empty for a code that no voter meets."""
    guidance = GUIDANCE.get(code)
    return "" if guidance is None else str(guidance.title)


def act_name(act: str) -> str:
    """Return what an act of the access log is; the act itself where nothing is known of it."""
    verb, _dash, kind = act.partition("-")
    decided = {"propose": _("起案：{kind}"), "confirm": _("確認して実行：{kind}"), "refuse": _("取りやめ：{kind}")}
    kinds = {
        "add": _("追加"),
        "change": _("訂正"),
        "end": _("資格の喪失"),
        "restore": _("回復"),
        "match": _("本人の照合"),
    }
    if verb in decided and kind in kinds:
        return decided[verb].format(kind=kinds[kind])
    acts = {
        "denied": _("役割にないことを断られた"),
        "export-issuance": _("発行の記録を書き出した"),
        "export-log": _("操作記録を書き出した"),
        "forget-passkey": _("パスキーを消した"),
        "look": _("人を見た"),
        "look-at-cases": _("照合できないカードの一覧を見た"),
        "look-at-issuance": _("発行の記録を見た"),
        "look-at-log": _("操作記録を見た"),
        "replace-code": _("新しいコードの通知を作った"),
        "search": _("人を探した"),
        "second-factor-set-up": _("2つ目の確認を設定した"),
        "sign-in": _("サインインした"),
        "sign-in-failed": _("サインインに失敗した"),
        "sign-out": _("サインアウトした"),
        "staff-add": _("職員を加えた"),
        "staff-close": _("職員を停止した"),
        "staff-reset": _("職員をやり直しにした"),
        "staff-roles": _("職員の役割を変えた"),
        "withdraw": _("途中の手続きを取りやめた"),
    }
    return acts.get(act, act)


@dataclass(frozen=True, slots=True)
class Line:
    """A field of an entry of the roll: ``before`` is empty where the roll has nobody yet."""

    label: str
    before: str
    after: str


def entry_lines(after: Mapping[str, Any], before: Voter | None = None) -> list[Line]:
    """Return all fields of the proposed entry ``after``, beside what the roll has now."""
    old = {} if before is None else _shown({name: getattr(before, name) for name in _labels()})
    new = _shown(after)
    return [Line(label, old.get(name, ""), new[name]) for name, label in _labels().items()]


def changed_lines(after: Mapping[str, Any], before: Voter) -> list[Line]:
    """Return the fields in which the proposed entry differs: a second person cannot judge what is not shown."""
    return [line for line in entry_lines(after, before) if line.before != line.after]


def _labels() -> dict[str, str]:
    return {
        "number": _("名簿番号"),
        "name": _("氏名"),
        "kana": _("カナ"),
        "birth_key": _("生年月日"),
        "sex": _("性別"),
        "address": _("住所"),
        "district": _("投票区"),
        "style": _("対象区分"),
        "group": _("申請区分"),
    }


def _shown(entry: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields of an entry as they are read."""
    told = {name: str(entry.get(name) or "") for name in _labels()}
    key = told["birth_key"]
    sexes = {"female": _("女"), "male": _("男"), "other": _("その他"), "unknown": _("不明")}
    groups = {group.id: group.name.in_language(_language()) for group in office().config.groups}
    return told | {
        "birth_key": f"{key[:4]}-{key[4:6]}-{key[6:]}",
        "sex": sexes.get(told["sex"], told["sex"]),
        "style": style_name(told["style"]),
        "group": groups.get(told["group"], told["group"]),
    }
