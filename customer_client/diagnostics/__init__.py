"""The diagnostics report: named collectors that only read, and redaction before anybody sees a value."""
