"""Who may use the relay: passwords, tokens, devices and how often anyone may try."""
