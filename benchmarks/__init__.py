"""`make bench`: what Deskside measures about itself, against the programs people know."""
