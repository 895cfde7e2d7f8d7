"""The screen stream: what an update is, and the pixel work both sides do alike. Pure; no I/O."""
