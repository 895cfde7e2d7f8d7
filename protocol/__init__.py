"""What both ends of a session speak. Pure Python: sockets, files and loops live only in `protocol.transport`."""
