"""What the Makefile runs before and beside the programs: system packages, compiling, pinned versions."""
