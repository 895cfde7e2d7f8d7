"""Our parts in place of aiortc's, through public module names looked up at call time (aiortc 1.16, aioice 0.13).

`install` is called once per process before the first peer connection; every name is checked, so an incompatible
version fails at start-up and not in a session.
"""

from collections.abc import Callable
from importlib.metadata import version
from types import ModuleType

import aiortc.rtcicetransport
import aiortc.rtcrtpreceiver
import aiortc.rtcrtpsender
import aiortc.rtcsctptransport
from aioice import ice, stun
from aiortc import codecs
from aiortc.codecs.base import Decoder, Encoder
from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from protocol.errors import EnvironmentFault
from protocol.transport import guards, picture_codec
from protocol.transport.repair import MarkerJitterBuffer, NoBitrateEstimator, RepeatingNackGenerator

EncoderFactory = Callable[[RTCRtpCodecParameters], Encoder]
DecoderFactory = Callable[[RTCRtpCodecParameters], Decoder]

_SUPPORTED = {"aiortc": "1.16.", "aioice": "0.13."}
_HISTORY_PACKETS = 1024
"""RTP packets kept for retransmission and tracked as missing: a power of two, about 1.2 MB."""


def install(*, encoder: EncoderFactory | None = None, decoder: DecoderFactory | None = None) -> None:
    """Put our guards, loss repair and codecs in place; the last call counts.

    `encoder` and `decoder` take over every codec; None is aiortc's own.

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
    _replace(aiortc.rtcicetransport, "Connection", guards.GuardedConnection)
    _replace(ice, "get_host_addresses", guards.host_addresses)
    _replace(stun, "parse_message", guards.parse_stun_message)
    _replace(aiortc.rtcsctptransport, "decode_params", guards.decode_sctp_params)
    _replace(aiortc.rtcsctptransport, "InboundStream", guards.GuardedInboundStream)
    _replace(aiortc.rtcrtpreceiver, "JitterBuffer", MarkerJitterBuffer)
    _replace(aiortc.rtcrtpreceiver, "NackGenerator", RepeatingNackGenerator)
    _replace(aiortc.rtcrtpreceiver, "RemoteBitrateEstimator", NoBitrateEstimator)
    _replace(aiortc.rtcrtpreceiver, "RTP_HISTORY_SIZE", _HISTORY_PACKETS)
    _replace(aiortc.rtcrtpsender, "RTP_HISTORY_SIZE", _HISTORY_PACKETS)
    picture_codec.register()
    _replace(aiortc.rtcrtpsender, "get_encoder", encoder or codecs.get_encoder)
    _replace(aiortc.rtcrtpreceiver, "get_decoder", decoder or codecs.get_decoder)


def _replace(module: ModuleType, name: str, ours: object) -> None:
    if not hasattr(module, name):
        raise EnvironmentFault(f"{module.__name__}.{name} is gone", code="library_version")
    setattr(module, name, ours)
