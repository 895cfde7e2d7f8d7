"""Which organisation this program trusts: the root key it met first at a relay, kept in the profile.

The relay states the organisation's key at every sign-in. Review must not believe whatever it states that day, so the
first key that certified this device, or was met without one, stays the one; another key later is refused.
"""

import hashlib
from dataclasses import dataclass

import msgspec

from protocol.errors import EnvironmentFault, PeerError
from technician_app.controllers.account import Identity
from technician_app.controllers.profile import Profile, write_private

_FILE = "organisation-roots.json"


@dataclass(frozen=True)
class RootsShown:
    """The organisation keys this program trusts: (relay, fingerprint), of which `relay` is the one signed in to.

    `changed` is the fingerprint of another key that this relay states now; nothing is believed of what it says.
    """

    kept: tuple[tuple[str, str], ...] = ()
    relay: str = ""
    changed: str = ""

    @property
    def here(self) -> str:
        """The fingerprint that is trusted at this relay; empty while there is none."""
        return dict(self.kept).get(self.relay, "")


NO_ROOTS = RootsShown()
"""Nobody is signed in."""


def fingerprint(root: bytes) -> str:
    """Return a root id (32 bytes) as people compare it: 8 groups of 4 hex digits, its first half."""
    digits = root.hex()[:32]
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def roots_shown(profile: Profile, identity: Identity) -> RootsShown:
    """Return what is trusted; the key of a relay that is met for the first time is kept. Blocking, quick.

    Raises:
        EnvironmentFault: the profile cannot be read or written (`profile_unusable`).
    """
    changed = ""
    try:
        pinned_root(profile, identity)
    except PeerError:
        changed = fingerprint(hashlib.sha256(identity.organisation.root_key).digest())
    kept = sorted((relay, fingerprint(bytes.fromhex(root))) for relay, root in _kept(profile).items())
    return RootsShown(tuple(kept), identity.api.base_url, changed)


def pinned_root(profile: Profile, identity: Identity) -> bytes:
    """Return the root id (32 bytes) that reviews at this relay are verified against; the first one met is kept.

    Blocking, quick.

    Raises:
        PeerError: the relay states another key than the one kept (`organisation_changed`).
        EnvironmentFault: the profile cannot be read or written (`profile_unusable`).
    """
    roots = _kept(profile)
    stated = hashlib.sha256(identity.organisation.root_key).hexdigest()
    kept = roots.get(identity.api.base_url)
    if kept is None:
        _keep(profile, {**roots, identity.api.base_url: stated})
    elif kept != stated:
        raise PeerError(
            f"the relay states the root {stated}, kept is {kept}",
            code="organisation_changed",
            user_text="The relay states another organisation key than before. Nothing is verified with it: ask your "
            "administrator whether the key was really changed.",
        )
    return bytes.fromhex(stated)


def known_roots(profile: Profile) -> frozenset[bytes]:
    """Return the root ids of every relay that was signed in to. Blocking, quick.

    Raises:
        EnvironmentFault: the profile cannot be read (`profile_unusable`).
    """
    return frozenset(bytes.fromhex(each) for each in _kept(profile).values())


def _kept(profile: Profile) -> dict[str, str]:
    path = profile.folder / _FILE
    try:
        roots = msgspec.json.decode(path.read_bytes(), type=dict[str, str]) if path.exists() else {}
        if any(len(bytes.fromhex(each)) != hashlib.sha256().digest_size for each in roots.values()):
            raise ValueError("a root id has 32 bytes")
    except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors
        raise _unusable(error) from error
    return roots


def _keep(profile: Profile, roots: dict[str, str]) -> None:
    try:
        write_private(profile.folder / _FILE, msgspec.json.encode(roots))
    except OSError as error:
        raise _unusable(error) from error


def _unusable(error: Exception) -> EnvironmentFault:
    return EnvironmentFault(
        f"{_FILE}: {error}",
        code="profile_unusable",
        user_text="Deskside cannot read which organisation it trusts from its profile folder.",
    )
