"""Talking with the technician: off until the customer allows it, the microphone closed until Talk is pressed."""
