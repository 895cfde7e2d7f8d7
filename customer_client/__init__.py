"""The customer's one-window client: consent, capture, input, diagnostics; the enforcement point."""
