"""Leaves the key to a session's record at the relay, sealed: for the organisation's auditors, and for this device.

The relay cannot open it. Runs on the network thread.
"""

import asyncio
import hashlib
import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

from protocol.errors import DesksideError, EnvironmentFault, PeerError
from protocol.messages.review_api import DepositedKeys, SealedKey
from protocol.pairing.certificates import read_certificate
from protocol.review_key import (
    ReviewCertificate,
    record_key_info,
    seal_to_device,
    seal_to_review_key,
    verify_review_certificate,
)
from technician_app.controllers.relay_api import RelayApi

TRIES_AFTER_S = (0.0, 5.0, 30.0, 120.0)
"""When it is tried while the session runs; what did not work until then is done at the next sign-in."""

_MARK = "record-key.deposited"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RecordDeposit:
    """The record key of one session on its way to the relay. `folder` is the session's own on this computer."""

    session: str
    record_key: bytes = field(repr=False)
    organisation_key: bytes
    certificate: bytes
    folder: Path

    async def keep_trying(self, api: RelayApi) -> None:
        """Deposit the key, again when the relay cannot be reached; every failure is logged, none is raised."""
        for wait_s in TRIES_AFTER_S:
            await asyncio.sleep(wait_s)
            try:
                await self.deposit(api)
                return
            except EnvironmentFault as fault:
                _log.info("the record key was not deposited yet: %s", fault)
            except DesksideError as error:
                _log.warning("the record key was not deposited: %s (%s)", error, error.code)
                return

    async def deposit(self, api: RelayApi) -> None:
        """Deposit the key unless that was done; a deposit the relay holds is never replaced.

        A review key made later does not open earlier sessions.

        Raises:
            DesksideError: the relay cannot be reached or refuses, or the disk does.
        """
        mark = self.folder / _MARK
        if await asyncio.to_thread(mark.exists):
            return
        review = _usable((await api.review_keys()).certificates, hashlib.sha256(self.organisation_key).digest())
        await api.deposit_key(self.session, self._sealed(review))
        await asyncio.to_thread(_touch, mark)

    def _sealed(self, review: ReviewCertificate | None) -> DepositedKeys:
        info, own = record_key_info(self.session), read_certificate(self.certificate)
        for_auditors = None
        if review is not None:
            for_auditors = SealedKey(review.serial, seal_to_review_key(review, info, self.record_key))
        return DepositedKeys(
            review=for_auditors, device=SealedKey(own.serial, seal_to_device(own, info, self.record_key))
        )


def _usable(certificates: tuple[bytes, ...], root_id: bytes) -> ReviewCertificate | None:
    """Return the newest review key that the organisation certified for now; what else the relay says is passed over."""
    for data in certificates:
        try:
            return verify_review_certificate(data, root_id=root_id, unix_now=time.time())
        except PeerError as error:
            _log.warning("a review key from the relay was passed over: %s", error)
    return None


def _touch(path: Path) -> None:
    try:
        path.touch(mode=0o600)
    except OSError as error:
        raise EnvironmentFault(f"{path}: {error}", code="profile_unusable") from error
