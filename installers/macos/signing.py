"""Signing and notarizing the app: the commands, with everything secret from the environment."""

import plistlib
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from installers.checksums import NotSigned
from installers.macos.app_folder import compiled_files
from installers.macos.info_plist import entitlements

IDENTITY = "DESKSIDE_APPLE_IDENTITY"
"""Of the environment: the certificate in the keychain, like `Developer ID Application: Acme (TEAMID)`."""

API_KEY, API_KEY_ID, API_ISSUER = "DESKSIDE_APPLE_API_KEY", "DESKSIDE_APPLE_API_KEY_ID", "DESKSIDE_APPLE_API_ISSUER"
"""Of the environment: App Store Connect's key for notarizing (the path of the `.p8` file), its id, its issuer."""


def sign(app: Path, archive: Path, environment: Mapping[str, str]) -> None:
    """Sign `app`, have Apple notarize it, attach the ticket, and pack it into `archive` (`.zip`). Only on a Mac.

    Raises:
        NotSigned: a variable is missing.
        OSError, subprocess.CalledProcessError: a step failed.
    """
    missing = [name for name in (IDENTITY, API_KEY, API_KEY_ID, API_ISSUER) if not environment.get(name)]
    if missing:
        raise NotSigned(f"To sign for macOS, set {', '.join(missing)}.")
    with tempfile.TemporaryDirectory(prefix="deskside-sign-") as work:
        allowed = Path(work, "entitlements.plist")
        allowed.write_bytes(plistlib.dumps(entitlements()))
        for command in commands(app, archive, allowed, environment):
            subprocess.run(command, check=True)  # noqa: S603 - no shell


def commands(app: Path, archive: Path, allowed: Path, environment: Mapping[str, str]) -> list[list[str]]:
    """Return what is run, in order; `allowed` is the file with the entitlements.

    What is inside is signed before what contains it, and the archive is packed again with the ticket in it.
    """
    sign_one = ["codesign", "--force", "--options", "runtime", "--timestamp", "--sign", environment[IDENTITY]]
    with_rights = [*sign_one, "--entitlements", str(allowed)]
    programs = app / "Contents" / "MacOS"
    inner = [path for path in compiled_files(app) if path.parent != programs]
    own = [path for path in compiled_files(app) if path.parent == programs]
    notarize = ["xcrun", "notarytool", "submit", str(archive), "--wait", "--key", environment[API_KEY]]
    return [
        *([*sign_one, str(path)] for path in inner),
        *([*with_rights, str(path)] for path in own),
        [*with_rights, str(app)],
        ["codesign", "--verify", "--deep", "--strict", str(app)],
        pack_command(app, archive),
        [*notarize, "--key-id", environment[API_KEY_ID], "--issuer", environment[API_ISSUER]],
        ["xcrun", "stapler", "staple", str(app)],
        ["spctl", "--assess", "--type", "execute", str(app)],
        pack_command(app, archive),
    ]


def pack_command(app: Path, archive: Path) -> list[str]:
    """Return the command that packs `app` with its links and rights into `archive`."""
    return ["ditto", "-c", "-k", "--keepParent", str(app), str(archive)]
