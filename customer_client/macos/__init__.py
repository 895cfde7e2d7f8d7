"""What several parts of this program need of macOS. Written to Apple's documented interfaces, not run here."""
