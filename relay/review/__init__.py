"""Review: searching sessions, keys to their bodies, signatures, legal holds, erasure and retention."""
