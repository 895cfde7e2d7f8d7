"""Alembic: how a database of an older relay becomes one of this relay."""
