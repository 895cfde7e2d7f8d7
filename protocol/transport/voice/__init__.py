"""Voice: Opus over one audio section, with our own jitter buffer; sound devices where the computer has them."""
