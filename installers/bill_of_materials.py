"""What a release consists of, in the words machines exchange: CycloneDX 1.6.

The same release gives the same bytes: no time is in it, and the serial number is made from the release.
"""

import json
import platform
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from installers.distributions import Shipped
from installers.ffmpeg_source import FFMPEG
from installers.licences import FOLDER
from installers.source_archives import SourceArchive
from installers.system_package import SystemPackage

_NAMESPACE = uuid.UUID("6a8f4a2e-6a0c-5d0e-9d0a-0c3f5e1d7b11")


def write(
    target: Path,
    *,
    version: str,
    sha256: str,
    packages: list[Shipped],
    system: Sequence[SystemPackage],
    python: str = platform.python_version(),
    compiled: Sequence[SourceArchive] = (FFMPEG,),
) -> None:
    """Write the bill of materials of the file with this `sha256` (64 hex digits) to `target`.

    `python` is the version of the Python in it, `compiled` what was compiled for it from its authors' sources.

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
        "components": [_python(python), *map(_compiled, compiled), *map(_package, packages), *map(_system, system)],
    }
    target.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def note_signed(target: Path, sha256: str) -> None:
    """Have the bill of materials `target` speak of the file with this `sha256`, which is the same but for a signature.

    Raises:
        OSError, ValueError: it could not be read or written.
    """
    document = json.loads(target.read_text(encoding="utf-8"))
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(_NAMESPACE, sha256)}"
    document["metadata"]["component"]["hashes"] = [{"alg": "SHA-256", "content": sha256}]
    target.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _python(version: str) -> dict[str, Any]:
    return _component("cpython", version, f"pkg:generic/cpython@{version}", {"license": {"id": "PSF-2.0"}})


def _compiled(one: SourceArchive) -> dict[str, Any]:
    name = one.name.lower()
    made = _component(name, one.version, f"pkg:generic/{name}@{one.version}", {"license": {"id": one.licence}})
    kind, url = ("source-distribution", one.address) if one.address else ("website", one.page)
    source = {"type": kind, "url": url, "hashes": [{"alg": "SHA-256", "content": one.sha256}]}
    return made | {"externalReferences": [source]}


def _package(one: Shipped) -> dict[str, Any]:
    return _component(one.name, one.version, f"pkg:pypi/{one.name}@{one.version}", {"license": {"name": one.licence}})


def _system(one: SystemPackage) -> dict[str, Any]:
    terms = {"license": {"name": one.licence or f"as {FOLDER}/{one.place} says"}}
    return _component(one.name, one.version, one.address, terms)


def _component(name: str, version: str, purl: str, licence: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "licenses": [licence],
    }
