"""How two parties reach each other: the STUN answer, TURN credentials, and the relay's own tunnel."""
