"""What changed on this computer during a session: two local snapshots and the difference between them."""
