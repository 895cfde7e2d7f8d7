"""The technician's desktop app: tickets, the session window, the record."""
