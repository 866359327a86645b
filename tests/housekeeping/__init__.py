"""Housekeeping on the real database."""
