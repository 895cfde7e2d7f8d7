"""What the technician draws and points at on this computer's screen: shown, never clicked."""
