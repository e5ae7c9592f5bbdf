"""What staff can type, checked."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ippyo.errors import InputError, ParseError
from ippyo.identity.person import MAX_ADDRESS, MAX_NAME, BirthDate
from ippyo.registry.console.roles import Role
from ippyo.registry.roll.dates import parse_birth
from ippyo.registry.roll.models import MAX_ID, MAX_REASON, RollChange, Voter
from ippyo.registry.roll.rows import Person, parse_row
from ippyo.registry.roll.updates import require_new

__all__ = [
    "AddForm",
    "EndForm",
    "FactorForm",
    "PersonForm",
    "ReasonForm",
    "SearchForm",
    "SetUpForm",
    "SignInForm",
    "StaffForm",
    "initial_of",
    "role_name",
]

Choices = list[tuple[str, str]]

_ROLE_NAMES = {
    Role.CLERK: _("名簿担当"),
    Role.SUPPORT: _("投票サポート窓口"),
    Role.AUDITOR: _("監査"),
    Role.ADMINISTRATOR: _("管理"),
}


def role_name(role: Role) -> str | Promise:
    """Return how a role is called."""
    return _ROLE_NAMES[role]


class _Form(forms.Form):
    """A form that says in plain words where something is missing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = _("ここは空にできません。")


class SignInForm(_Form):
    """The first factor."""

    name = forms.CharField(label=_("職員の名前"), max_length=150, widget=forms.TextInput({"autocomplete": "username"}))
    password = forms.CharField(
        label=_("パスワード"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


class FactorForm(_Form):
    """The second factor: six digits of the authenticator, or a recovery code."""

    token = forms.CharField(
        label=_("認証アプリの6桁の番号（または回復コード）"),
        max_length=16,
        widget=forms.TextInput({"autocomplete": "one-time-code"}),
    )


class SetUpForm(_Form):
    """The owner's own password, and a number that shows the authenticator to be connected."""

    password = forms.CharField(
        label=_("新しいパスワード（12文字以上）"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("新しいパスワード（もう一度）"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    token = forms.CharField(
        label=_("認証アプリの6桁の番号"),
        max_length=6,
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean(self) -> dict[str, Any]:
        """Hold the password to the rules; the one-time password does not serve again."""
        data = super().clean() or {}
        password = data.get("password")
        if password:
            if password != data.get("again"):
                self.add_error("again", _("2回の入力が違います。"))
            elif self._user.check_password(password):
                self.add_error("password", _("最初のパスワードとは別のものにしてください。"))
            else:
                try:
                    validate_password(password, self._user)
                except forms.ValidationError as error:
                    self.add_error("password", error)
        return data


def _reason() -> forms.CharField:
    return forms.CharField(
        label=_("理由（記録に残ります）"), max_length=MAX_REASON, widget=forms.TextInput({"autocomplete": "off"})
    )


_BORN = _("生年月日（1980-01-31、昭和55年1月31日 など）")


class SearchForm(_Form):
    """What a person told of himself, and why he is looked for."""

    number = forms.CharField(label=_("名簿番号"), max_length=MAX_ID, required=False)
    name = forms.CharField(label=_("氏名またはカナ（はじめの部分でも可）"), max_length=MAX_NAME, required=False)
    born = forms.CharField(label=_BORN, max_length=40, required=False)
    address = forms.CharField(label=_("住所（はじめの部分でも可）"), max_length=MAX_ADDRESS, required=False)
    reason = _reason()

    def clean_born(self) -> BirthDate | None:
        """Return the date of birth, Western or by era, or None."""
        text = self.cleaned_data["born"]
        try:
            return parse_birth(text, timezone.localdate()) if text else None
        except ParseError:
            raise forms.ValidationError(
                _("生年月日は、1980-01-31 や 昭和55年1月31日 のように書いてください。")
            ) from None


class ReasonForm(_Form):
    """Why something is done."""

    reason = _reason()


class EndForm(_Form):
    """How, when and why somebody's right ended."""

    kind = forms.ChoiceField(
        label=_("種別"),
        choices=[
            (RollChange.Kind.MOVED, _("転出")),
            (RollChange.Kind.DIED, _("死亡")),
            (RollChange.Kind.LOST, _("失権")),
        ],
    )
    on = forms.DateField(label=_("異動日"), widget=forms.DateInput({"type": "date"}))
    reason = _reason()


class PersonForm(_Form):
    """An entry of the roll. ``styles`` are the poll's ballot styles, ``groups`` who may apply: id and name."""

    number = forms.CharField(label=_("名簿番号"), max_length=MAX_ID, required=False)
    name = forms.CharField(label=_("氏名"), max_length=MAX_NAME)
    kana = forms.CharField(label=_("カナ"), max_length=MAX_NAME, required=False)
    born = forms.CharField(label=_BORN, max_length=40)
    sex = forms.ChoiceField(
        label=_("性別"),
        choices=[
            (Voter.Sex.FEMALE, _("女")),
            (Voter.Sex.MALE, _("男")),
            (Voter.Sex.OTHER, _("その他")),
            (Voter.Sex.UNKNOWN, _("不明")),
        ],
    )
    address = forms.CharField(label=_("住所"), max_length=MAX_ADDRESS)
    district = forms.CharField(label=_("投票区"), max_length=MAX_ID, required=False)
    style = forms.ChoiceField(label=_("対象区分"))
    group = forms.ChoiceField(label=_("申請区分（確認書類を見てから選ぶ）"), required=False)
    reason = _reason()

    person: Person
    """The entry, once the form is valid."""

    _COLUMNS: ClassVar = ("number", "name", "kana", "born", "sex", "address", "district", "style", "group")

    def __init__(self, styles: Choices, groups: Choices, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._styles, self._groups = ({id_: id_ for id_, _ in choices} for choices in (styles, groups))
        self.fields["style"].choices = styles  # type: ignore[attr-defined]
        self.fields["group"].choices = [("", _("なし")), *groups]  # type: ignore[attr-defined]
        if not groups:
            del self.fields["group"]

    def clean(self) -> dict[str, Any]:
        """Hold the entry to the same rules as a row of the town's file."""
        data = super().clean() or {}
        if self.errors:
            return data
        columns = {name: place for place, name in enumerate(self._COLUMNS)}
        row = [data.get(name, "") for name in self._COLUMNS]
        person, problems = parse_row(1, row, columns, self._styles, timezone.localdate(), self._groups)
        for problem in problems:
            self.add_error(problem.column or None, _("この内容は名簿に入れられません。"))
        if person is not None:
            self.person = person
        return data


class AddForm(PersonForm):
    """An entry that the roll does not have yet."""

    namesake = forms.BooleanField(
        label=_("同じ氏名・生年月日の人が名簿にいるが、別の人であることを書類で確かめた"), required=False
    )

    def __init__(self, policy: Collection[str], styles: Choices, groups: Choices, *args: Any, **kwargs: Any) -> None:
        super().__init__(styles, groups, *args, **kwargs)
        self._policy = policy

    def clean(self) -> dict[str, Any]:
        """Refuse at once what the second person could not confirm."""
        data = super().clean()
        if not self.errors:
            try:
                require_new(self.person, self._policy, namesake=data["namesake"])
            except InputError as error:
                self.add_error(None, gettext(str(error)))
        return data


def initial_of(voter: Voter) -> dict[str, object]:
    """Return what the form shows of somebody on the roll."""
    born: BirthDate = voter.born
    names = ("number", "name", "kana", "sex", "address", "district", "style", "group")
    told = {name: getattr(voter, name) for name in names}
    return told | {"born": f"{born.year:04}-{born.month:02}-{born.day:02}"}


class StaffForm(_Form):
    """A member of staff and the roles; ``name`` is missing where it stands in the address."""

    name = forms.CharField(
        label=_("職員の名前（英数字）"), max_length=40, widget=forms.TextInput({"autocomplete": "off"})
    )
    roles = forms.MultipleChoiceField(
        label=_("役割"),
        choices=[(str(role), name) for role, name in _ROLE_NAMES.items()],
        widget=forms.CheckboxSelectMultiple,
    )
