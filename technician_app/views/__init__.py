"""Widgets. GUI thread only: they draw frozen view states and emit intents; decisions are the controllers'."""
