"""One WebRTC peer connection: a video and an audio section, the channels of the table, the facts the binding needs.

Runs on the network thread. `hooks.install` must have been called. The customer offers, the technician answers.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from functools import partial

from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCDtlsTransport,
    RTCIceTransportPolicy,
    RTCPeerConnection,
    RTCRtpTransceiver,
    RTCSessionDescription,
)

from protocol.channels import CHANNELS, PICTURE, Channel
from protocol.errors import EnvironmentFault, LocalError, PeerError
from protocol.messages.base import Message, encode
from protocol.transport.connectivity import Connectivity
from protocol.transport.ladder import LadderConnection
from protocol.transport.picture_codec import offered_codecs
from protocol.transport.quiet_rtp import QuietReceiver, QuietSender
from protocol.transport.tasks import create_task
from protocol.transport.voice.line import VoiceLine

EXPORTER_LABEL = b"EXPORTER-deskside-bind-v1"
MAX_SDP_CHARACTERS = 12 * 1024
MAX_CANDIDATES = 90
"""In a whole SDP; aiortc repeats each in all three sections."""

CONNECT_TIMEOUT_S = 30.0
"""A check that got lost is repeated after 0.5, 1, 2, 4 and 8 s (RFC 8489 section 6.2.1), and DTLS starts after it."""

_SRTP_PROFILE = b"SRTP_AEAD_AES_256_GCM"
_CLOSE_TIMEOUT_S = 2.0

_log = logging.getLogger(__name__)


class PeerConnection:
    """The connection to the other party. `message_arrived(channel, bytes)` is called on the network thread.

    What a handler raises ends the connection: `failed(error)` is called once with it. `closed()` is called once when
    the connection ends for any reason.
    """

    def __init__(
        self,
        *,
        message_arrived: Callable[[Channel, bytes], None],
        failed: Callable[[Exception], None],
        track_arrived: Callable[[MediaStreamTrack], None] | None = None,
        connectivity: Connectivity | None = None,
    ) -> None:
        self._message_arrived = message_arrived
        self._failed = failed
        self._connectivity = connectivity or Connectivity()
        relay_only = self._connectivity.relay_only
        self._connection = RTCPeerConnection(
            RTCConfiguration(
                iceServers=[],
                iceTransportPolicy=RTCIceTransportPolicy.RELAY if relay_only else RTCIceTransportPolicy.ALL,
                bundlePolicy=RTCBundlePolicy.MAX_BUNDLE,
            )
        )
        self._channels: dict[int, RTCDataChannel] = {}
        self._voice: VoiceLine | None = None
        self._ready = asyncio.Event()
        self.closed = asyncio.Event()
        self._connection.on("connectionstatechange", self._state_changed)
        self._track_arrived = track_arrived
        self._connection.on("track", self._take_track)

    async def offer(self) -> str:
        """Gather candidates and return the SDP offer: video to send, the screen stream preferred, and voice."""
        transceiver = self._connection.addTransceiver("video", direction="sendonly")
        transceiver.setCodecPreferences(offered_codecs())
        self._voice = VoiceLine.offered(self._connection)
        self._open_channels()
        self._ice().connectivity = self._connectivity
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return str(self._connection.localDescription.sdp)

    def send_video(self, track: MediaStreamTrack) -> None:
        """Send `track`; it must be what was negotiated (`negotiated_screen_stream` of the answer says what that is)."""
        for sender in self._connection.getSenders():
            if sender.kind == "video":
                sender.replaceTrack(track)

    def let_go_of_tracks(self) -> None:
        """Send none of the tracks given any more, and leave them alive: another connection will send what they show."""
        for sender in self._connection.getSenders():
            sender.replaceTrack(None)

    async def answer(self, sdp_offer: str) -> str:
        """Take the peer's offer, gather candidates and return the SDP answer.

        Raises:
            PeerError: the offer is not one we accept.
        """
        await self._take(sdp_offer, "offer")
        self._voice = VoiceLine.answered(self._connection)
        self._open_channels()
        self._ice().connectivity = self._connectivity
        await self._connection.setLocalDescription(await self._created_answer())
        return str(self._connection.localDescription.sdp)

    async def accept(self, sdp_answer: str) -> None:
        """Take the peer's answer.

        Raises:
            PeerError: the answer is not one we accept.
        """
        await self._take(sdp_answer, "answer")

    async def _created_answer(self) -> RTCSessionDescription:
        try:
            return await self._connection.createAnswer()
        except Exception as error:  # what aiortc took without a word and cannot answer is the offer's fault
            raise PeerError(f"SDP offer not answerable: {type(error).__name__}", code="sdp_refused") from error

    async def _take(self, sdp: str, kind: str) -> None:
        if len(sdp) > MAX_SDP_CHARACTERS or sdp.count("a=candidate") > MAX_CANDIDATES:
            raise PeerError(f"SDP {kind} too large", code="sdp_refused")
        # Lines as aiortc takes them apart: at every kind of line end there is.
        lines = sdp.splitlines()
        kinds = [found[1] for line in lines if (found := re.match(r"m=(\w+) ", line))]
        names = {line for line in lines if line.startswith("a=mid:")}
        if sorted(kinds) != ["application", "audio", "video"] or len(names) != len(kinds):
            raise PeerError(f"SDP {kind} without exactly one section of each kind", code="sdp_refused")
        try:
            await self._connection.setRemoteDescription(RTCSessionDescription(sdp, kind))
        except Exception as error:  # aiortc raises many kinds on a bad SDP; none may escape as ours
            raise PeerError(f"SDP {kind} refused: {type(error).__name__}", code="sdp_refused") from error

    def _take_track(self, track: MediaStreamTrack) -> None:
        if track.kind == "video" and self._track_arrived is not None:
            self._track_arrived(track)

    async def wait_connected(self) -> None:
        """Return when media is encrypted and every channel is open.

        Raises:
            PeerError: what answered has another certificate than was agreed on (`media_untrusted`).
            EnvironmentFault: not connected within 30 s (`no_path`), or the connection ended.
        """
        ready = create_task(self._ready.wait(), name="peer connection ready")
        ended = create_task(self.closed.wait(), name="peer connection ended")
        try:
            await asyncio.wait({ready, ended}, timeout=CONNECT_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
            if not ready.done():
                self._check_who_answered()
                raise EnvironmentFault(
                    "no connection to the other side",
                    code="no_path",
                    user_text="The two computers could not reach each other over this network.",
                )
            self._ice().let_go_of_unused()
        finally:
            ready.cancel()
            ended.cancel()

    def exporter(self) -> bytes:
        """Return 32 bytes both ends of this very DTLS connection share (RFC 5705), for the channel binding.

        Raises:
            PeerError: the negotiated protection is weaker than AES-256-GCM.
        """
        return exporter_of(self._dtls())

    def send(self, channel: Channel, message: Message) -> bool:
        """Send `message`; return whether the channel was open to take it."""
        if channel.beside_video:
            return self._send_beside_video(encode(message))
        opened = self._channels[channel.id]
        if opened.readyState != "open":
            return False
        opened.send(encode(message))
        return True

    @property
    def voice(self) -> VoiceLine:
        """The audio section; silent until it is opened.

        Raises:
            LocalError: before the offer or answer was made.
        """
        if self._voice is None:
            raise LocalError("voice before the connection was described")
        return self._voice

    @property
    def silent_for_s(self) -> float:
        """Seconds since any datagram arrived from the other side."""
        heard = self._ice().last_heard
        return asyncio.get_running_loop().time() - heard if heard else 0.0

    @property
    def media_at(self) -> float:
        """When the last datagram of media left, monotonic seconds; minus infinity before the first."""
        return self._ice().media_at

    @property
    def path(self) -> str:
        """`direct`, `stun` (direct, through an address translation), `turn`, `tunnel`; empty while unknown."""
        return self._ice().path if self._ready.is_set() else ""

    async def video_loss(self) -> float | None:
        """Return the share of video packets lost (0..1) by the peer's last receiver report; None before the first."""
        for sender in (sender for sender in self._connection.getSenders() if sender.kind == "video"):
            for report in (await sender.getStats()).values():
                if report.type == "remote-inbound-rtp":
                    return float(report.fractionLost) / 256
        return None

    @property
    def received_bytes(self) -> int:
        """How many bytes of datagrams arrived on this connection so far, IP and UDP headers not counted."""
        return self._ice().received_bytes

    async def close(self) -> None:
        """End the connection; returns within 2 s even when the network is gone."""
        self.closed.set()
        try:
            await asyncio.wait_for(self._connection.close(), _CLOSE_TIMEOUT_S)
        except TimeoutError:
            _log.info("the peer connection did not close in time; left behind")
        except AttributeError:
            # A description refused half-way leaves aiortc with parts that were never made, which it would close.
            _log.info("the peer connection was never whole; left behind")

    def _check_who_answered(self) -> None:
        """Tell a connection that somebody else has answered from one that never came about.

        Raises:
            PeerError: the handshake was gone through with a certificate that is not the agreed one (`media_untrusted`).
        """
        dtls = self._dtls()
        answered = dtls._ssl is not None and dtls._ssl.get_peer_certificate(as_cryptography=True) is not None
        if dtls.state == "failed" and answered:
            raise PeerError(
                "the DTLS certificate is not the one of the SDP",
                code="media_untrusted",
                user_text="The connection led to another computer than was agreed on. Nothing was shared.",
            )

    def _dtls(self) -> RTCDtlsTransport:
        if self._connection.sctp is None:
            raise LocalError("the peer connection has no data channels")
        return self._connection.sctp.transport

    def _ice(self) -> LadderConnection:
        connection = self._dtls().transport._connection
        assert isinstance(connection, LadderConnection)
        return connection

    def _open_channels(self) -> None:
        # After video and voice: aiortc 1.16 loses the transport when the application section came first.
        for channel in CHANNELS:
            if not channel.beside_video:
                self._open_channel(channel)
        sender = self._video().sender
        assert isinstance(sender, QuietSender)
        sender.feedback_arrived = partial(self._arrived, PICTURE)

    def _send_beside_video(self, data: bytes) -> bool:
        receiver = self._video().receiver
        assert isinstance(receiver, QuietReceiver)
        return receiver.send_feedback(data)

    def _video(self) -> RTCRtpTransceiver:
        return next(section for section in self._connection.getTransceivers() if section.kind == "video")

    def _open_channel(self, channel: Channel) -> None:
        opened = self._connection.createDataChannel(
            channel.label,
            ordered=channel.ordered,
            maxRetransmits=channel.max_retransmits,
            negotiated=True,
            id=channel.id,
        )
        self._channels[channel.id] = opened

        def arrived(data: bytes | str) -> None:
            self._arrived(channel, data)

        opened.on("message", arrived)
        opened.on("open", self._check_ready)

    def _arrived(self, channel: Channel, data: bytes | str) -> None:
        if self.closed.is_set():
            return
        try:
            if isinstance(data, str) or len(data) > channel.max_bytes:
                raise PeerError(f"unacceptable message on {channel.label}", code="frame_malformed")
            self._message_arrived(channel, data)
        except Exception as error:
            if not isinstance(error, PeerError):
                _log.exception("handler of channel %s failed", channel.label)
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if not self.closed.is_set():
            self.closed.set()
            self._failed(error)

    def _check_ready(self) -> None:
        if all(channel.readyState == "open" for channel in self._channels.values()):
            self._ready.set()

    def _state_changed(self) -> None:
        if self._connection.connectionState in ("failed", "closed") and not self.closed.is_set():
            self.closed.set()


def exporter_of(dtls: RTCDtlsTransport) -> bytes:
    """Return the 32 bytes of a connection's DTLS exporter, as `PeerConnection.exporter`.

    Raises:
        PeerError: the negotiated protection is weaker than AES-256-GCM.
    """
    established = dtls._ssl  # aiortc has no public name for it; tests pin this
    if established is None:
        raise PeerError("DTLS is not established", code="weak_protection")
    if established.get_selected_srtp_profile() != _SRTP_PROFILE or "GCM" not in str(established.get_cipher_name()):
        raise PeerError("weak media protection negotiated", code="weak_protection")
    return bytes(established.export_keying_material(EXPORTER_LABEL, 32))
