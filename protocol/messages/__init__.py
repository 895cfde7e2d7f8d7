"""One module per message family; each message is one frozen struct, each channel one union with one strict decoder."""
