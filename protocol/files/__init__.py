"""Files on their way between the two computers: names, kinds, the course of a transfer and its window. Pure."""
