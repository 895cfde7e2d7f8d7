"""Mailboxes: pure rules, the live connections and the WebSocket around them."""
