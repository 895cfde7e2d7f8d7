"""The customer's side of one session: what it may do, what it records, what the window shows."""
