"""What a release consists of, in the words machines exchange: CycloneDX 1.6.

The same release gives the same bytes: no time is in it, and the serial number is made from the release.
"""

import json
import platform
import uuid
from pathlib import Path
from typing import Any

from installers.debian_packages import DebianPackage
from installers.distributions import Shipped
from installers.ffmpeg_source import ADDRESS, SHA256, VERSION
from installers.licences import FOLDER

_NAMESPACE = uuid.UUID("6a8f4a2e-6a0c-5d0e-9d0a-0c3f5e1d7b11")


def write(target: Path, *, version: str, sha256: str, packages: list[Shipped], debian: list[DebianPackage]) -> None:
    """Write the bill of materials of the file with this `sha256` (64 hex digits) to `target`.

    Raises:
        OSError: it could not be written.
    """
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, sha256)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "deskside",
                "name": "Deskside",
                "version": version,
                "hashes": [{"alg": "SHA-256", "content": sha256}],
                "licenses": [{"license": {"id": "GPL-3.0-or-later"}}],
            }
        },
        "components": [_python(), _ffmpeg(), *map(_package, packages), *map(_debian, debian)],
    }
    target.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _python() -> dict[str, Any]:
    version = platform.python_version()
    return _component("cpython", version, f"pkg:generic/cpython@{version}", {"license": {"id": "PSF-2.0"}})


def _ffmpeg() -> dict[str, Any]:
    made = _component("ffmpeg", VERSION, f"pkg:generic/ffmpeg@{VERSION}", {"license": {"id": "GPL-2.0-or-later"}})
    source = {"type": "source-distribution", "url": ADDRESS, "hashes": [{"alg": "SHA-256", "content": SHA256}]}
    return made | {"externalReferences": [source]}


def _package(one: Shipped) -> dict[str, Any]:
    return _component(one.name, one.version, f"pkg:pypi/{one.name}@{one.version}", {"license": {"name": one.licence}})


def _debian(one: DebianPackage) -> dict[str, Any]:
    version = one.version.replace("+", "%2B").replace(":", "%3A")
    terms = {"license": {"name": f"as {FOLDER}/{one.name}/copyright says"}}
    return _component(one.name, one.version, f"pkg:deb/debian/{one.name}@{version}", terms)


def _component(name: str, version: str, purl: str, licence: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "licenses": [licence],
    }
