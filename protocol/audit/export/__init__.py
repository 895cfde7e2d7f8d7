"""The export of sessions as one file, `.dsaudit`, and its verification (docs/audit_format.md). Pure."""
