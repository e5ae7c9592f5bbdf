"""The addresses of the bulletin board, below ``/board/``."""

from __future__ import annotations

from django.urls import path

from ippyo.booth.board import downloads, pages

__all__ = ["urlpatterns"]

app_name = "board"
urlpatterns = [
    path("", pages.board, name="index"),
    path("ballots/<int:number>", pages.ballots, name="ballots"),
    path("find", pages.find, name="find"),
    path("receipt", pages.receipt, name="receipt"),
    path("record", pages.record, name="record"),
    path("record.zip", downloads.download, name="download"),
    path("status.json", pages.status, name="status"),
]
