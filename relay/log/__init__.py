"""The organisation's log: leaves in order, signed checkpoints, witnesses, receipts; and the witness others run."""
