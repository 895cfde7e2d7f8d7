"""Decisions and network work of the technician app. Runs on the network thread; no Qt here."""
