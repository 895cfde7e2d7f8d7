"""Recordings of sessions: the container, its entries, its index. Pure; docs/recording_format.md is normative."""
