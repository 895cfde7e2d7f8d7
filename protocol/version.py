"""The one number both ends and the relay compare."""

PROTOCOL_VERSION = 1
