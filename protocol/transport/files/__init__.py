"""Files on their way between two computers: the disk on both sides, the connection for their bytes, the exchange."""
