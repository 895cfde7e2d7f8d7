"""Checking and keeping the signed events of sessions, and giving them out as record files."""
