"""The relay: accounts, tickets, mailboxes and the record; it moves ciphertext it cannot read."""
