"""ADc and ADt: what each side says about itself, authenticated by CPace (docs/protocol.md, section 3)."""

from dataclasses import dataclass

from protocol.encoding import lv_cat
from protocol.errors import LocalError, PeerError

VERSION = b"1"
SUITE = b"CPACE-X25519-SHA512"
MODE_READ_OUT = b"read-out"
"""The customer reads the PIN out, the technician types it."""

MAX_BUILD_BYTES = 64
_LONGEST_FIELD_BYTES = 127


@dataclass(frozen=True)
class CustomerData:
    """ADc: the versions and suites C speaks (names joined by commas), its build and session key, and the mode."""

    build: bytes
    session_key: bytes
    versions: bytes = VERSION
    suites: bytes = SUITE
    mode: bytes = MODE_READ_OUT

    def encoded(self) -> bytes:
        """Return ADc."""
        return lv_cat(b"C", self.versions, self.suites, self.build, self.session_key, self.mode)


@dataclass(frozen=True)
class TechnicianData:
    """ADt: the version and suite T uses, its build and the salted hash of its certificate."""

    build: bytes
    certificate_hash: bytes
    version: bytes = VERSION
    suite: bytes = SUITE

    def encoded(self) -> bytes:
        """Return ADt."""
        return lv_cat(b"T", self.version, self.suite, self.build, self.certificate_hash)


def build_bytes(build: str) -> bytes:
    """Return the name of our build as it travels.

    Raises:
        LocalError: empty or longer than 64 bytes.
    """
    encoded = build.encode()
    if not 0 < len(encoded) <= MAX_BUILD_BYTES:
        raise LocalError(f"build name of {len(encoded)} bytes")
    return encoded


def read_customer_data(data: bytes) -> CustomerData:
    """Decode ADc and make sure C speaks our version, suite and mode.

    Raises:
        PeerError: `associated_data_malformed`, or `version_unsupported`.
    """
    _, versions, suites, build, session_key, mode = _fields(data, b"C", count=6)
    if len(session_key) != 32:
        raise _malformed("session key length")
    if VERSION not in versions.split(b",") or SUITE not in suites.split(b",") or mode != MODE_READ_OUT:
        raise _unsupported(versions, suites)
    return CustomerData(build, session_key, versions, suites, mode)


def read_technician_data(data: bytes) -> TechnicianData:
    """Decode ADt and make sure T uses our version and suite.

    Raises:
        PeerError: `associated_data_malformed`, or `version_unsupported`.
    """
    _, version, suite, build, certificate_hash = _fields(data, b"T", count=5)
    if len(certificate_hash) != 32:
        raise _malformed("certificate hash length")
    if version != VERSION or suite != SUITE:
        raise _unsupported(version, suite)
    return TechnicianData(build, certificate_hash, version, suite)


def _fields(data: bytes, role: bytes, *, count: int) -> list[bytes]:
    """Split `lv_cat` of short fields: each length is one byte below 128, so there is one encoding only."""
    fields: list[bytes] = []
    place = 0
    while place < len(data):
        length = data[place]
        if length > _LONGEST_FIELD_BYTES or place + 1 + length > len(data):
            raise _malformed(f"field {len(fields)}")
        fields.append(data[place + 1 : place + 1 + length])
        place += 1 + length
    if len(fields) != count or fields[0] != role:
        raise _malformed("fields")
    return fields


def _malformed(detail: str) -> PeerError:
    return PeerError(f"associated data: {detail}", code="associated_data_malformed")


def _unsupported(version: bytes, suite: bytes) -> PeerError:
    return PeerError(
        f"version {version!r}, suite {suite!r}",
        code="version_unsupported",
        user_text="The two programs are of different ages. Please use the newest on both sides.",
    )
