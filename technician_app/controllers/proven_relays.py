"""Relays that have proven to this computer whose they are, and have to ever since. Network thread.

The customer's program pins its organisation and asks every relay. A technician may sign in anywhere; so what a relay
has proven once is kept in the profile and asked for again before the next password, and in each session.
"""

import asyncio
import hashlib
import logging
from pathlib import Path

import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from protocol.errors import DesksideError, EnvironmentFault, PeerError
from protocol.messages.signaling import MAX_FRAME_BYTES
from protocol.relay_proof import ExpectedRelay, RelayNotProven
from protocol.transport.mailbox_client import mailbox_url, relay_origin
from protocol.transport.relay_check import as_untrusted, is_no_relay, require_proof
from protocol.transport.relay_faults import relay_fault
from protocol.transport.sure_closing import surely_closed
from protocol.transport.tunnel import proxy_allowed
from technician_app.controllers.profile import Profile, write_private

CONNECT_WITHIN_S = 8.0

_FILE = "proven-relays.json"
_log = logging.getLogger(__name__)

_WHAT_HAPPENED = {
    "relay_elsewhere": "What answered passes on what your relay says at another address: somebody may be in between.",
    "organisation_mismatch": "What answered belongs to another organisation than the relay you have used before.",
    "relay_proof_expired": "The relay's proof of whose it is has run out, or this computer's clock is wrong.",
}
_NO_PROOF = "What answered could not prove to be the relay that you have used before."
_ADVICE = (
    "Nothing more was sent there. Do not try again from another network: tell your administrator, over a way you trust."
)


class NotTheRelay(PeerError):
    """Where a relay has proven whose it is, something answered that does not; `code` is that of the proof's fault."""

    def __init__(self, error: DesksideError) -> None:
        text = f"{_WHAT_HAPPENED.get(error.code, _NO_PROOF)} {_ADVICE}"
        super().__init__(str(error), code=error.code, user_text=text)


class ProvenRelays:
    """What is kept of it in `profile`, by the address relays are signed in at."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile

    def root(self, relay_url: str) -> bytes:
        """Return the root id (32 bytes) the relay at `relay_url` has proven, empty when it never has. Blocking, quick.

        Raises:
            EnvironmentFault: the profile cannot be read (`profile_unusable`).
        """
        return bytes.fromhex(self._kept().get(relay_origin(relay_url), ""))

    async def ask(self, relay_url: str) -> None:
        """Let a relay that has proven itself do so again; return at once when it never has.

        Raises:
            NotTheRelay: it does not.
            EnvironmentFault: it cannot be reached, or the profile cannot be read.
        """
        root = await asyncio.to_thread(self.root, relay_url)
        if not root:
            return
        try:
            await _prove(relay_url, root)
        except (OSError, WebSocketException, TimeoutError, PeerError, ImportError) as error:
            if is_no_relay(error):
                raise NotTheRelay(as_untrusted(error)) from error
            raise relay_fault(error, relay_url) from error

    async def meet(self, relay_url: str, root_key: bytes) -> bytes:
        """Return the root id (32 bytes) that this relay has proven now or before; empty when it cannot.

        A relay that is older than the proof, or was not certified yet, is used as it always was. `root_key` is the
        organisation's as the relay states it; which one was proven is kept.

        Raises:
            NotTheRelay: it has proven another organisation's before.
            EnvironmentFault: the profile cannot be read or written.
        """
        stated = hashlib.sha256(root_key).digest()
        known = await asyncio.to_thread(self.root, relay_url)
        if known:
            if known != stated:
                raise NotTheRelay(RelayNotProven("it states another root now", code="organisation_mismatch"))
            return known
        try:
            await _prove(relay_url, stated)
        except (OSError, WebSocketException, TimeoutError, PeerError, ImportError) as error:
            _log.info("the relay has not proven whose it is: %s", error)
            return b""
        await asyncio.to_thread(self._keep, relay_url, stated)
        return stated

    def forget(self, relay_url: str) -> None:
        """Believe the relay at `relay_url` anew: its administrator says that it was set up again. Blocking, quick.

        Raises:
            EnvironmentFault: the profile cannot be read or written (`profile_unusable`).
        """
        kept = self._kept()
        kept.pop(relay_origin(relay_url), None)
        self._write(kept)

    @property
    def _path(self) -> Path:
        return self._profile.folder / _FILE

    def _kept(self) -> dict[str, str]:
        try:
            roots = msgspec.json.decode(self._path.read_bytes(), type=dict[str, str]) if self._path.exists() else {}
            if any(len(bytes.fromhex(each)) != hashlib.sha256().digest_size for each in roots.values()):
                raise ValueError("a root id has 32 bytes")
        except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors
            raise _unusable(error) from error
        return roots

    def _keep(self, relay_url: str, root: bytes) -> None:
        self._write({**self._kept(), relay_origin(relay_url): root.hex()})

    def _write(self, roots: dict[str, str]) -> None:
        try:
            write_private(self._path, msgspec.json.encode(roots))
        except OSError as error:
            raise _unusable(error) from error


async def _prove(relay_url: str, root: bytes) -> None:
    """Connect to the relay's mailbox, let it prove itself, and leave without a word."""
    url = mailbox_url(relay_url)
    connecting = connect(
        url,
        max_size=MAX_FRAME_BYTES,
        compression=None,
        open_timeout=CONNECT_WITHIN_S,
        close_timeout=1.0,
        proxy=True if proxy_allowed(url) else None,
    )
    async with surely_closed(connecting) as socket:
        await require_proof(socket, ExpectedRelay(relay_origin(relay_url), root))


def _unusable(error: Exception) -> EnvironmentFault:
    return EnvironmentFault(
        f"{_FILE}: {error}",
        code="profile_unusable",
        user_text="Deskside cannot read which relays it knows from its profile folder.",
    )
