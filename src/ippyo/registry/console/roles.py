"""Who of the staff may do what (役割). Who makes accounts sees no roll, and who audits changes nothing."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, User

from ippyo.errors import InputError

__all__ = ["Role", "parse_role", "require_separate", "roles_of", "set_roles"]


class Role(StrEnum):
    """A role, by the name of its group."""

    CLERK = "roll-clerk"
    """名簿担当: the roll and its changes."""
    SUPPORT = "support-desk"
    """投票サポート窓口: helps a person with letter, code and passkey."""
    AUDITOR = "auditor"
    """監査: reads figures, acts and the issuance log."""
    ADMINISTRATOR = "administrator"
    """管理: the accounts of the others, and nothing of the roll."""


_ALONE = (Role.ADMINISTRATOR, Role.AUDITOR)
"""Roles that go with no other."""


def parse_role(text: str) -> Role:
    """Return the role of that name. Raises :class:`InputError`."""
    try:
        return Role(text)
    except ValueError:
        raise InputError(f"no role has this name; there are {', '.join(Role)}") from None


def require_separate(roles: Collection[Role]) -> None:
    """Refuse roles that one person must not have together. Raises :class:`InputError`."""
    if not roles:
        raise InputError("give every member of staff at least one role")
    if len(roles) > 1 and set(_ALONE) & set(roles):
        raise InputError("an administrator or auditor can have no other role; the duties are separate")


def roles_of(user: AbstractBaseUser | AnonymousUser) -> frozenset[Role]:
    """Return the roles of somebody signed in; nobody else has any."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    names = set(user.groups.values_list("name", flat=True))
    return frozenset(role for role in Role if role.value in names)


def set_roles(user: User, roles: Collection[Role]) -> None:
    """Give ``user`` these roles and no others. Raises :class:`InputError` as :func:`require_separate`."""
    require_separate(roles)
    user.groups.set([Group.objects.get_or_create(name=str(role))[0] for role in roles])
