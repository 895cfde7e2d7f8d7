"""From key strokes and pointer moves to input messages. Pure: no Qt, no clock."""
