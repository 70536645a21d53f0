"""How many migrations this schema has: ``PRAGMA user_version`` once all are applied."""

SCHEMA_VERSION = 8
