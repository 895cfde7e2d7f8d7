"""The rules of tickets and of opening a session on one; no storage here."""
