"""The store: one SQLite writer, its readers, and the migrations. All SQL lives here."""

from feedhub.store.lists import PAGE
from feedhub.store.protocol import Store
from feedhub.store.sqlite import SqliteStore

__all__ = ["PAGE", "SqliteStore", "Store"]
