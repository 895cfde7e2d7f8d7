"""Qt item models over plain rows, and the pure text functions they share. GUI thread."""
