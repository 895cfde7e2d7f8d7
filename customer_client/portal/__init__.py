"""Wayland: screen and input through xdg-desktop-portal. Nothing here is imported on another kind of desktop."""
