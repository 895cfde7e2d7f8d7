"""Seeing the customer's screen: sources of pictures, and the thread that keeps only the newest changed one."""
