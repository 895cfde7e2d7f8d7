"""Every parser of what others send, under Atheris: `python -m fuzz` lists targets, `python -m fuzz notes` runs one."""
