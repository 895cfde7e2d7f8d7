"""How much video to send, from the loss the other side reports. Pure.

The receiver's own estimate (REMB) is not used: it grows too slowly after a still screen to say anything about the path.
"""

MIN_BITRATE_BPS = 300_000
MAX_BITRATE_BPS = 12_000_000
START_BITRATE_BPS = 8_000_000


def next_bitrate(current_bps: int, fraction_lost: float) -> int:
    """Return the bitrate to use from now on, in bit/s (300,000..12,000,000).

    `fraction_lost` is 0..1 since the last report: above 10 % cuts by half the loss, below 2 % grows 8 %.
    Source: draft-ietf-rmcat-gcc-02, section 6.
    """
    if fraction_lost > 0.10:
        wanted = current_bps * (1 - 0.5 * fraction_lost)
    elif fraction_lost < 0.02:
        wanted = current_bps * 1.08
    else:
        wanted = current_bps
    return int(min(MAX_BITRATE_BPS, max(MIN_BITRATE_BPS, wanted)))
