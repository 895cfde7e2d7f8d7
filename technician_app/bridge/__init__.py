"""Where the network thread and the GUI thread meet: one loop, one queued signal, one-slot frame mailbox."""
