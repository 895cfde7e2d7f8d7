"""A witness's data folder: its keys, the logs it knows, and what it has seen of each, durably. Blocking file work.

witness-keys.json         its name and private keys (mode 0600)
logs/<name>.certificate   the certificate of each log it cosigns for
seen/<hash>.checkpoint    the newest checkpoint it has cosigned of each origin
"""

import hashlib
from pathlib import Path

from protocol.audit.log.certificate import LogCertificate, read_log_certificate, verify_log_certificate
from protocol.audit.log.checkpoint import Checkpoint, LogKeys, parse_checkpoint
from protocol.audit.log.note import KeyKind, Note, NoteSignature, VerifierKey
from protocol.errors import EnvironmentFault, PeerError
from protocol.pairing.certificates import root_id
from relay.log.keys import SigningKeys, make_keys, read_keys
from relay.log.secret_files import make_private_folder, unusable, write_durably
from relay.log.witnessing import check_request, parse_request

KEYS_FILE = "witness-keys.json"
_LOGS, _SEEN = "logs", "seen"
_CERTIFICATE_SUFFIX = ".certificate"


class Witness:
    """One witness. Not safe for two threads or programs at once: see `WitnessDesk` and `relay.commands.witness`."""

    def __init__(self, folder: Path, keys: SigningKeys) -> None:
        self._folder = folder
        self._keys = keys
        self._trusted = tuple(certificate.keys for certificate in self.logs())

    @classmethod
    def make(cls, folder: Path, name: str) -> "Witness":
        """Make a witness called `name` in a folder that has none.

        Raises:
            PeerError: the name is not allowed (`invalid_request`).
            EnvironmentFault: there is one already, or the folder cannot be written (`file_unusable`).
        """
        make_private_folder(folder)
        for sub in (_LOGS, _SEEN):
            make_private_folder(folder / sub)
        return cls(folder, make_keys(folder / KEYS_FILE, name))

    @classmethod
    def open(cls, folder: Path) -> "Witness":
        """Return the witness of `folder`.

        Raises:
            EnvironmentFault: there is none, or a file of it cannot be read (`file_unusable`).
        """
        return cls(folder, read_keys(folder / KEYS_FILE))

    @property
    def name(self) -> str:
        """The name its cosignatures bear."""
        return self._keys.name

    @property
    def verifiers(self) -> tuple[VerifierKey, VerifierKey]:
        """The public keys it cosigns with, for a policy: Ed25519 and ML-DSA-44."""
        public = self._keys.public
        return (
            VerifierKey(self.name, KeyKind.ED25519_COSIGNATURE, public.ed25519),
            VerifierKey(self.name, KeyKind.ML_DSA_44_COSIGNATURE, public.ml_dsa_44),
        )

    def logs(self) -> list[LogCertificate]:
        """Return the certificates of the logs it cosigns for.

        Raises:
            EnvironmentFault: one cannot be read (`file_unusable`).
        """
        found = []
        for path in sorted((self._folder / _LOGS).glob(f"*{_CERTIFICATE_SUFFIX}")):
            try:
                found.append(read_log_certificate(path.read_bytes()))
            except OSError as error:
                raise unusable(path, error) from error
            except PeerError as error:
                raise _damaged(path, str(error)) from error
        return found

    def trust(self, data: bytes) -> LogCertificate:
        """Cosign for the log of this certificate from now on.

        Raises:
            PeerError: not a certificate that holds, or a log known under this name has other keys
                (`log_certificate_untrusted`).
            EnvironmentFault: the folder cannot be written (`file_unusable`).
        """
        certificate = read_log_certificate(data)
        verify_log_certificate(data, root_id=root_id(certificate.root_key), unix_now=None)
        for known in self._trusted:
            if known.name == certificate.log and known != certificate.keys:
                raise PeerError(
                    f"{certificate.log} has other keys here",
                    code="log_certificate_untrusted",
                    user_text=f"This witness knows {certificate.log} with other keys and will not change that.",
                )
        name = f"{hashlib.sha256(certificate.log.encode()).hexdigest()[:32]}{_CERTIFICATE_SUFFIX}"
        write_durably(self._folder / _LOGS / name, data)
        self._trusted = tuple({*self._trusted, certificate.keys})
        return certificate

    def trusts(self) -> tuple[LogKeys, ...]:
        """Return the keys of the logs it cosigns for."""
        return self._trusted

    def seen(self, origin: str) -> Checkpoint | None:
        """Return the newest checkpoint it has cosigned of `origin`.

        Raises:
            EnvironmentFault: its file is damaged (`file_unusable`): it must not begin anew then.
        """
        path = self._seen_file(origin)
        try:
            text = path.read_bytes().decode("utf-8")
            found = parse_checkpoint(Note(text, ()))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unusable(path, error) from error
        except (PeerError, UnicodeDecodeError) as error:
            raise _damaged(path, str(error)) from error
        if found.origin != origin:
            raise _damaged(path, "another origin")
        return found

    def add_checkpoint(self, body: bytes, unix_s: int) -> tuple[NoteSignature, ...]:
        """Return the cosignatures a request earns; what was seen is on disk before this returns.

        Raises:
            NotCosigned: it earns none.
            EnvironmentFault: the disk refuses (`file_unusable`).
        """
        request = parse_request(body)
        checkpoint = request.checkpoint
        known = self._knows(checkpoint.origin)
        if not known:
            # Another program may have been told to trust it meanwhile (`witness trust`).
            self._trusted = tuple(certificate.keys for certificate in self.logs())
            known = self._knows(checkpoint.origin)
        seen = self.seen(checkpoint.origin) if known else None
        check_request(request, self._trusted, seen)
        if seen != checkpoint:
            write_durably(self._seen_file(checkpoint.origin), checkpoint.text.encode())
        return self._keys.cosign(checkpoint, unix_s)

    def _knows(self, origin: str) -> bool:
        return any(keys.is_origin(origin) for keys in self._trusted)

    def _seen_file(self, origin: str) -> Path:
        return self._folder / _SEEN / f"{hashlib.sha256(origin.encode()).hexdigest()[:32]}.checkpoint"


def _damaged(path: Path, detail: str) -> EnvironmentFault:
    return EnvironmentFault(
        f"{path}: {detail}",
        code="file_unusable",
        user_text=f"{path} is damaged. A witness that does not know what it has seen must not cosign.",
    )
