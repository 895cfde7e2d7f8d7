"""How much video to send, from the loss the other side reports. Pure."""

MIN_BITRATE = 300_000
MAX_BITRATE = 8_000_000
"""Bits per second."""


def next_bitrate(current: int, fraction_lost: float) -> int:
    """Return the bitrate to use from now on, in bit/s (300,000..8,000,000).

    `fraction_lost` is 0..1 since the last report: above 10 % cuts by half the loss, below 2 % grows 8 %.
    Source: draft-ietf-rmcat-gcc-02, section 6.
    """
    if fraction_lost > 0.10:
        wanted = current * (1 - 0.5 * fraction_lost)
    elif fraction_lost < 0.02:
        wanted = current * 1.08
    else:
        wanted = current
    return int(min(MAX_BITRATE, max(MIN_BITRATE, wanted)))
