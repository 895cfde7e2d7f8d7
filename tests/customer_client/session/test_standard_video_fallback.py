"""A viewer that does not know the screen stream gets ordinary H.264 of the whole screen, over the same offer."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiortc import MediaStreamTrack
from aiortc.codecs import CODECS
from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from customer_client.picture.sender_encoder import make_encoder
from customer_client.session.desktop import Desktop
from customer_client.video.screen_track import ScreenTrack
from demo.virtual_display import virtual_display
from protocol.transport import hooks
from protocol.transport.h264 import ScreenH264Decoder
from protocol.transport.peer_connection import PeerConnection
from protocol.transport.picture_codec import is_screen_stream, negotiated_screen_stream


@contextmanager
def without_the_screen_stream() -> Iterator[None]:
    """Make aiortc forget the screen stream, as a viewer that never heard of it."""
    known = list(CODECS["video"])
    types = {codec.payloadType for codec in known if is_screen_stream(codec)}

    def ours(codec: RTCRtpCodecParameters) -> bool:
        return codec.payloadType in types or codec.parameters.get("apt") in types

    CODECS["video"][:] = [codec for codec in known if not ours(codec)]
    try:
        yield
    finally:
        CODECS["video"][:] = known


async def test_a_viewer_without_the_screen_stream_sees_the_screen_in_h264(monkeypatch) -> None:
    hooks.install(encoder=make_encoder, decoder=lambda codec: ScreenH264Decoder())
    tracks: list[MediaStreamTrack] = []
    customer = PeerConnection(message_arrived=lambda *_: None, failed=lambda _: None)
    viewer = PeerConnection(message_arrived=lambda *_: None, failed=lambda _: None, track_arrived=tracks.append)
    with virtual_display(640, 480) as display:
        monkeypatch.setenv("DISPLAY", display)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        monkeypatch.delenv("XDG_SESSION_TYPE", raising=False)
        offer = await customer.offer()
        with without_the_screen_stream():
            answer = await viewer.answer(offer)
        await customer.accept(answer)
        assert not negotiated_screen_stream(answer)
        desktop = Desktop(screen_stream=False, local_input_noticed=lambda: None, cursor_changed=lambda _: None)
        try:
            assert isinstance(desktop.track, ScreenTrack)
            customer.send_video(desktop.track)
            await asyncio.gather(customer.wait_connected(), viewer.wait_connected())
            desktop.start()
            async with asyncio.timeout(20):
                frame = await tracks[0].recv()
            assert (frame.width, frame.height) == (640, 480)
        finally:
            desktop.close()
            await asyncio.gather(customer.close(), viewer.close())
            hooks.install()
