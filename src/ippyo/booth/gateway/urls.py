"""The addresses of the booth's interface, below ``/api/``."""

from __future__ import annotations

from django.urls import path

from ippyo.booth.gateway import views

__all__ = ["urlpatterns"]

urlpatterns = [
    path("poll", views.poll),
    path("clock", views.clock),
    # Whatever stands there is judged as a credential, slashes and all.
    path("coin/<path:credential>", views.coin),
    path("transactions", views.hand_in),
    path("transactions/<str:name>", views.transaction),
]
