"""CPACE-X25519-SHA512 (draft-irtf-cfrg-cpace-21), initiator-responder: A is the customer, B the technician.

Scalar multiplication is OpenSSL's and constant in time. Only the map to the curve runs on Python's integers: its input
is a hash of the PIN and a fresh session id, used once, and the customer's M1 leaves at a fixed time after M0.
"""

import hashlib

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from protocol.encoding import lv_cat, prepend_length
from protocol.errors import PeerError

_DSI = b"CPace255"
_SHA512_BLOCK_BYTES = 128
_P = 2**255 - 19
_A = 486662
_NON_SQUARE = 2


def generator(password: bytes, channel_identifier: bytes, sid: bytes) -> bytes:
    """Return the generator both sides reach only with the same password, 32 bytes (section 7.2 of the draft)."""
    digest = bytearray(hashlib.sha512(_generator_string(password, channel_identifier, sid)).digest()[:32])
    digest[31] &= 0x7F
    return _map_to_curve(int.from_bytes(digest, "little") % _P)


def share(scalar: bytes, base: bytes) -> bytes:
    """Return the public share Y = `scalar` times the generator `base`; both and the result are 32 bytes."""
    return _multiply(scalar, base)


def shared_secret(scalar: bytes, peer_share: bytes) -> bytes:
    """Return K, 32 bytes, from our scalar and the other side's share.

    Raises:
        PeerError: the share is of low order, so K would be known to everybody (`share_invalid`).
    """
    return _multiply(scalar, peer_share)


def intermediate_session_key(
    sid: bytes, secret: bytes, share_a: bytes, ad_a: bytes, share_b: bytes, ad_b: bytes
) -> bytes:
    """Return the ISK, 64 bytes, from K and the transcript in initiator-responder order."""
    return hashlib.sha512(lv_cat(_DSI + b"_ISK", sid, secret) + lv_cat(share_a, ad_a) + lv_cat(share_b, ad_b)).digest()


def _generator_string(password: bytes, channel_identifier: bytes, sid: bytes) -> bytes:
    # The zeros fill the first hash block, so that hashing the password takes one block whatever follows it.
    filled = len(prepend_length(_DSI)) + len(prepend_length(password)) + 1
    padding = bytes(max(0, _SHA512_BLOCK_BYTES - filled))
    return lv_cat(_DSI, password, padding, channel_identifier, sid)


def _map_to_curve(r: int) -> bytes:
    """Elligator 2 for Curve25519 (RFC 9380, section 6.7.1), u coordinate only."""
    # Fermat's inverse, not Euclid's: the number of steps must not depend on the PIN.
    first = -_A * pow(1 + _NON_SQUARE * r * r, _P - 2, _P) % _P
    is_on_curve = pow(first * (first * first + _A * first + 1), (_P - 1) // 2, _P) <= 1
    return (first if is_on_curve else (-first - _A) % _P).to_bytes(32, "little")


def _multiply(scalar: bytes, point: bytes) -> bytes:
    try:
        return X25519PrivateKey.from_private_bytes(scalar).exchange(X25519PublicKey.from_public_bytes(point))
    except ValueError as error:
        raise PeerError(
            "CPace: share of low order",
            code="share_invalid",
            user_text="This was not made by a Deskside program. Someone may have interfered; nothing was shared.",
        ) from error
