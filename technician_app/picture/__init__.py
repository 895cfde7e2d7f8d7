"""The screen stream as it arrives: updates applied to the frame buffer. Everything in it was sent by the other side."""
