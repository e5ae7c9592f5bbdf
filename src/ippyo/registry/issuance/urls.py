"""What a further issuer answers."""

from __future__ import annotations

from django.urls import path

from ippyo.registry.issuance import views

urlpatterns = [
    path("api/issue", views.issue_view, name="issue"),
    path("api/binding", views.binding_view, name="issuer-binding"),
]
