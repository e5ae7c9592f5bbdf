"""Migrations of this application's tables."""
