"""The only place in `protocol` with sockets, files and an event loop. Runs on the program's network thread."""
