"""The screen stream on its way out: what changed, what merely moved, and how each kind of pixels is sent.

The order of work for one picture: capture -> redaction (whatever must not leave is painted over here, in the captured
picture) -> `ScreenStreamEncoder.encode` -> the window of the link. Nothing after the encoder sees pixels.
"""
