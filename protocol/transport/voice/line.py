"""The audio section of a peer connection: negotiated from the start, silent until voice is allowed. Network thread.

aiortc starts a sender and a receiver as soon as the connection stands. Here both wait until `open`: before it not one
packet leaves, and none that arrives is taken. Reports (RTCP) leave only when there is news (`quiet_rtp`).
"""

from collections.abc import Callable
from typing import Any

from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpTransceiver
from aiortc.mediastreams import MediaStreamError

from protocol.errors import LocalError, PeerError
from protocol.transport.tasks import create_task
from protocol.transport.voice import codec
from protocol.transport.voice.codec import ReceivedVoice
from protocol.transport.voice.microphone_track import MicrophoneTrack


class VoiceLine:
    """One transceiver of the connection. Make it with `offered` or `answered` before our description is made."""

    def __init__(self, transceiver: RTCRtpTransceiver) -> None:
        transceiver.direction = "sendrecv"
        transceiver.setCodecPreferences(codec.offered_codecs())
        self.microphone = MicrophoneTrack()
        self._sender, self._receiver = transceiver.sender, transceiver.receiver
        self._sender.replaceTrack(self.microphone)
        self._start_sender, self._start_receiver = self._sender.send, self._receiver.receive
        self._sending: Any = None
        self._receiving: Any = None
        self._started = False
        self._heard: Callable[[ReceivedVoice], None] | None = None
        # looked up by aiortc when the connection stands; both are public methods
        self._sender.send = self._keep_sending_for_later  # type: ignore[method-assign, unused-ignore]
        self._receiver.receive = self._keep_receiving_for_later  # type: ignore[method-assign, unused-ignore]

    @classmethod
    def offered(cls, connection: RTCPeerConnection) -> "VoiceLine":
        """Add the audio section to `connection`, which will offer it."""
        return cls(connection.addTransceiver("audio", direction="sendrecv"))

    @classmethod
    def answered(cls, connection: RTCPeerConnection) -> "VoiceLine":
        """Take the audio section that the peer offered.

        Raises:
            PeerError: it offered none.
        """
        for transceiver in connection.getTransceivers():
            if transceiver.kind == "audio":
                return cls(transceiver)
        raise PeerError("no audio section", code="sdp_refused")

    @property
    def is_open(self) -> bool:
        """Whether voice may pass now."""
        return self._heard is not None

    async def open(self, heard: Callable[[ReceivedVoice], None]) -> None:
        """Let voice pass: what is pushed into `microphone` is sent, `heard` gets what the other person says.

        Raises:
            LocalError: the connection does not stand.
        """
        if self._sending is None or self._receiving is None:
            raise LocalError("voice before the connection stands")
        self._heard = heard
        if not self._started:
            self._started = True
            await self._start_sender(self._sending)
            await self._start_receiver(self._receiving)
            create_task(self._listen(self._receiver.track), name="voice arriving")

    def say(self, block: bytes) -> None:
        """Send 20 ms of sound; nothing is sent while closed."""
        if self.is_open:
            self.microphone.push(block)

    def close(self) -> None:
        """Let nothing pass any more, in either direction; `open` may follow."""
        self._heard = None
        self.microphone.discard()

    async def loss(self) -> float:
        """Return the share of our voice packets lost (0..1) by the peer's last report; 0 before the first."""
        for report in (await self._sender.getStats()).values():
            if report.type == "remote-inbound-rtp":
                return float(report.fractionLost) / 256
        return 0.0

    async def _listen(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                received = await track.recv()
            except MediaStreamError:
                return
            if self._heard is not None and isinstance(received, ReceivedVoice):
                self._heard(received)

    async def _keep_sending_for_later(self, parameters: Any) -> None:
        self._sending = parameters

    async def _keep_receiving_for_later(self, parameters: Any) -> None:
        self._receiving = parameters
