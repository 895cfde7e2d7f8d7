"""Our parts in place of aiortc's, through public module names looked up at call time (aiortc 1.16, aioice 0.13).

`install` is called once per process before the first peer connection; every name is checked, so an incompatible
version fails at start-up and not in a session.
"""

from collections.abc import Callable
from importlib.metadata import version
from types import ModuleType

import aiortc.rtcicetransport
import aiortc.rtcpeerconnection
import aiortc.rtcrtpreceiver
import aiortc.rtcrtpsender
import aiortc.rtcsctptransport
from aioice import ice, stun
from aiortc import codecs
from aiortc.codecs.base import Decoder, Encoder
from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from protocol.errors import EnvironmentFault
from protocol.transport import guards, picture_codec
from protocol.transport.ladder import LadderConnection
from protocol.transport.patient_sctp import PatientSctpTransport
from protocol.transport.quiet_rtp import QuietReceiver, QuietSender
from protocol.transport.repair import MarkerJitterBuffer, NoBitrateEstimator, RepeatingNackGenerator
from protocol.transport.voice import codec as voice_codec

EncoderFactory = Callable[[RTCRtpCodecParameters], Encoder]
DecoderFactory = Callable[[RTCRtpCodecParameters], Decoder]

_SUPPORTED = {"aiortc": "1.16.", "aioice": "0.13."}
_HISTORY_PACKETS = 1024
"""RTP packets kept for retransmission and tracked as missing: a power of two, about 1.2 MB."""

_SCTP_RTO_INITIAL_S = 1.0
"""How long to wait for the answer to the first packet: what RFC 9260 section 16 recommends; aiortc waits 3 s."""


def install(*, encoder: EncoderFactory | None = None, decoder: DecoderFactory | None = None) -> None:
    """Put our guards, loss repair and codecs in place; the last call counts.

    `encoder` and `decoder` take over every video codec; None is aiortc's own. Voice has ours.

    Raises:
        EnvironmentFault: an installed library is of a version these hooks were not checked against.
    """
    for name, prefix in _SUPPORTED.items():
        if not version(name).startswith(prefix):
            raise EnvironmentFault(
                f"{name} {version(name)} is installed, {prefix}* is needed",
                code="library_version",
                user_text="This copy of Deskside was installed with parts that do not fit together. Install it again.",
            )
    _replace(aiortc.rtcicetransport, "Connection", LadderConnection)
    _replace(ice, "get_host_addresses", guards.host_addresses)
    _replace(stun, "parse_message", guards.parse_stun_message)
    _replace(aiortc.rtcsctptransport, "decode_params", guards.decode_sctp_params)
    _replace(aiortc.rtcsctptransport, "InboundStream", guards.GuardedInboundStream)
    _replace(aiortc.rtcsctptransport, "SCTP_RTO_INITIAL", _SCTP_RTO_INITIAL_S)
    _replace(aiortc.rtcpeerconnection, "RTCSctpTransport", PatientSctpTransport)
    _replace(aiortc.rtcpeerconnection, "RTCRtpSender", QuietSender)
    _replace(aiortc.rtcpeerconnection, "RTCRtpReceiver", QuietReceiver)
    _replace(aiortc.rtcrtpreceiver, "JitterBuffer", MarkerJitterBuffer)
    _replace(aiortc.rtcrtpreceiver, "NackGenerator", RepeatingNackGenerator)
    _replace(aiortc.rtcrtpreceiver, "RemoteBitrateEstimator", NoBitrateEstimator)
    _replace(aiortc.rtcrtpreceiver, "RTP_HISTORY_SIZE", _HISTORY_PACKETS)
    _replace(aiortc.rtcrtpsender, "RTP_HISTORY_SIZE", _HISTORY_PACKETS)
    picture_codec.register()
    voice_codec.register()
    _replace(aiortc.rtcrtpsender, "get_encoder", _encoders(encoder or codecs.get_encoder))
    _replace(aiortc.rtcrtpreceiver, "get_decoder", _decoders(decoder or codecs.get_decoder))


def _encoders(of_video: EncoderFactory) -> EncoderFactory:
    return lambda codec: voice_codec.make_encoder(codec) if voice_codec.is_voice(codec) else of_video(codec)


def _decoders(of_video: DecoderFactory) -> DecoderFactory:
    return lambda codec: voice_codec.make_decoder(codec) if voice_codec.is_voice(codec) else of_video(codec)


def _replace(module: ModuleType, name: str, ours: object) -> None:
    if not hasattr(module, name):
        raise EnvironmentFault(f"{module.__name__}.{name} is gone", code="library_version")
    setattr(module, name, ours)
