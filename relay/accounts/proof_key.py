"""What a relay proves itself with: a key of its own, and the organisation's certificate for it, in one file.

The file is written by `deskside-relay org` while the root key is at hand, and read again for each proof: a certificate
that was renewed counts at once.
"""

import logging
import secrets
from dataclasses import dataclass
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.signaling import RelayProven
from protocol.relay_proof import RelayCertificate, issue_relay_certificate, prove, read_relay_certificate
from relay.clock import HOUR_MS, SECOND_MS, Clock
from relay.log.secret_files import unusable, write_durably

PROOF_FILE = "relay-proof.json"
VALID_DAYS = 30
"""How long a certificate of the relay lives at least; `org certify`, run about weekly, makes a new one each time.

A key that was stolen works for as long, and for no longer: nothing else could tell programs so that the thief, who
answers in the relay's place, could not keep from them.
"""

_SERIAL_BYTES = 10
_BACKDATED_S = 300
"""A customer's clock may be behind the relay's."""

_ENDS_SOON_S = 14 * 24 * 3600

_COMMANDS = "run `deskside-relay org init`, or `org certify-relay` where there is an organisation already"

_log = logging.getLogger(__name__)


class _ProofFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: bytes
    certificate: bytes


@dataclass(frozen=True)
class ProofKey:
    """The relay's private key and the certificate for it."""

    key: Ed25519PrivateKey
    certificate: bytes

    @property
    def read(self) -> RelayCertificate:
        """The certificate's fields, unverified: the organisation made it."""
        return read_relay_certificate(self.certificate)


def read_proof_key(data_dir: Path) -> ProofKey | None:
    """Return what is in the data folder, None when nothing was certified yet.

    Raises:
        EnvironmentFault: the file cannot be read, or is not what it should be (`file_unusable`).
    """
    path = data_dir / PROOF_FILE
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_ProofFile)
        read_relay_certificate(found.certificate)
        return ProofKey(Ed25519PrivateKey.from_private_bytes(found.key), found.certificate)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unusable(path, error) from error
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, PeerError) as error:
        raise EnvironmentFault(
            f"{path}: {error}",
            code="file_unusable",
            user_text=f"{path} is not a relay's proof. Move it away and run: deskside-relay org certify-relay",
        ) from error


def say_if_uncertified(data_dir: Path, clock: Clock) -> None:
    """Tell the operator, as the relay starts, when it cannot prove to customers whose it is, or soon cannot.

    Raises:
        EnvironmentFault: the file cannot be read, or is not what it should be (`file_unusable`).
    """
    held = read_proof_key(data_dir)
    if held is None:
        _log.warning("customers will be turned away until an organisation certifies this relay: %s", _COMMANDS)
        return
    left_s = held.read.not_after - clock() // SECOND_MS
    if left_s < 0:
        _log.warning(
            "the relay's certificate has ended, so customers are turned away: run `deskside-relay org certify`"
        )
    elif left_s < _ENDS_SOON_S:
        _say_it_ends(left_s)


def certify_proof_key(
    data_dir: Path,
    root_key: Ed25519PrivateKey,
    organisation: str,
    *,
    now_s: int,
    valid_hours: int = 24 * VALID_DAYS,
    new_key: bool = False,
) -> RelayCertificate:
    """Sign a certificate for the relay's key, made when it is missing or `new_key`, and keep both; return it.

    Raises:
        EnvironmentFault: the file cannot be read or written (`file_unusable`).
    """
    held = None if new_key else read_proof_key(data_dir)
    key = Ed25519PrivateKey.generate() if held is None else held.key
    certificate = issue_relay_certificate(
        root_key,
        serial=secrets.token_hex(_SERIAL_BYTES),
        organisation=organisation,
        key=key.public_key().public_bytes_raw(),
        not_before=now_s - _BACKDATED_S,
        not_after=now_s + valid_hours * HOUR_MS // SECOND_MS,
    )
    content = msgspec.json.encode(_ProofFile(key.private_bytes_raw(), certificate))
    write_durably(data_dir / PROOF_FILE, content + b"\n")
    return read_relay_certificate(certificate)


class ProofDesk:
    """Answers programs that ask the relay to prove itself. `origin` is how people reach it."""

    def __init__(self, data_dir: Path, origin: str, *, clock: Clock) -> None:
        self._data_dir = data_dir
        self._origin = origin
        self._clock = clock
        self._warned = ""

    def prove(self, nonce: bytes) -> RelayProven:
        """Return the answer to `nonce`.

        Raises:
            PeerError: the organisation has not certified this relay (`relay_uncertified`).
            EnvironmentFault: the file cannot be read.
        """
        held = read_proof_key(self._data_dir)
        if held is None:
            _log.warning("a customer was turned away, because this relay is not certified: %s", _COMMANDS)
            raise PeerError(
                "no certificate",
                code="relay_uncertified",
                user_text="This support server was not certified by its organisation yet.",
            )
        self._warn_when_it_ends(held.read)
        return prove(held.key, held.certificate, nonce=nonce, origin=self._origin)

    def _warn_when_it_ends(self, certificate: RelayCertificate) -> None:
        left_s = certificate.not_after - self._clock() // SECOND_MS
        if left_s < _ENDS_SOON_S and self._warned != certificate.serial:
            self._warned = certificate.serial
            _say_it_ends(left_s)


def _say_it_ends(left_s: int) -> None:
    _log.warning(
        "the relay's certificate ends soon, and then customers are turned away: run `deskside-relay org certify`",
        extra={"hours_left": left_s // 3600},
    )
