"""The inner loops of the screen stream in C, for computers that have them compiled; everything works without.

`setup/native_code.py` compiles them into this folder.
"""
