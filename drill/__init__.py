"""`make drill`: Deskside is broken on purpose, and what gave way is counted."""
