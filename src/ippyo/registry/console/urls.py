"""What the console answers, at ``/console/``."""

from __future__ import annotations

from django.urls import path
from django.views.i18n import set_language

from ippyo.registry.console import signin, views_audit, views_people, views_staff, views_waiting

app_name = "console"

urlpatterns = [
    path("", views_staff.home, name="home"),
    path("sign-in", signin.sign_in, name="sign-in"),
    path("second-factor", signin.second_factor, name="second-factor"),
    path("set-up", signin.set_up, name="set-up"),
    path("sign-out", signin.sign_out, name="sign-out"),
    path("language", set_language, name="language"),
    path("people", views_people.search, name="search"),
    path("people/add", views_people.add, name="add"),
    path("people/<int:number>", views_people.person, name="person"),
    path("people/<int:number>/change", views_people.change, name="change"),
    path("people/<int:number>/end", views_people.end, name="end"),
    path("people/<int:number>/restore", views_people.restore, name="restore"),
    path("people/<int:number>/code", views_people.replace_code, name="replace-code"),
    path("people/<int:number>/withdraw", views_people.withdraw, name="withdraw"),
    path("people/<int:number>/passkey", views_people.forget_passkey, name="forget-passkey"),
    path("proposals", views_waiting.proposals, name="proposals"),
    path("proposals/<int:number>", views_waiting.decide, name="decide"),
    path("imports", views_waiting.imports, name="imports"),
    path("cases", views_waiting.cases, name="cases"),
    path("cases/<int:number>", views_waiting.case, name="case"),
    path("figures", views_audit.numbers, name="figures"),
    path("log", views_audit.access_log, name="log"),
    path("log/export", views_audit.export_log, name="export-log"),
    path("issuance", views_audit.issuance, name="issuance"),
    path("issuance/export", views_audit.export_issuance, name="export-issuance"),
    path("staff", views_staff.staff, name="staff"),
    path("staff/add", views_staff.add, name="staff-add"),
    path("staff/<str:name>", views_staff.change, name="staff-change"),
]
