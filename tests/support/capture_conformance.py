"""What every capture source must do; run on each implementation."""

import pytest

from customer_client.capture.change import changed_bands
from customer_client.capture.source import BYTES_PER_PIXEL, CaptureSource
from protocol.errors import EnvironmentFault


def check_capture_source(source: CaptureSource) -> None:
    """Fail unless `source` behaves as `CaptureSource` says; closes it."""
    displays = source.displays()
    assert [display.primary for display in displays].count(True) == 1
    shared = source.shared_display()
    assert shared in displays
    first, second = source.grab(), source.grab()
    assert (first.width, first.height) == (shared.width, shared.height)
    assert first.stride >= first.width * BYTES_PER_PIXEL
    assert memoryview(first.pixels).nbytes >= first.stride * first.height
    assert first.pixels is not second.pixels, "a picture must never be written again"
    assert list(changed_bands(first, first)) == []
    source.close()
    source.close()
    with pytest.raises(EnvironmentFault) as fault:
        source.grab()
    assert fault.value.code in {"display_gone", "capture_denied"}
    assert fault.value.user_text
