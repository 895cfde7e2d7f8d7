"""What protects the customer from a helper who is none: questions before, watchfulness during the session."""
