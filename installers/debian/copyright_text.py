"""The file /usr/share/doc/<package>/copyright: under which terms the package is given away, part by part."""

from installers.distributions import Shipped

MAINTAINER = "Deskside maintainers <maintainers@deskside.example>"

_APACHE = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Deskside

Files: *
Copyright: 2026 The Deskside contributors
License: Apache-2.0
 On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0.
Comment:
"""
_CODECS = """\
 PyAV's wheel in this package contains FFmpeg with libx264 and libx265, which are under the GNU General Public License.
 Therefore the package as a whole is given to you under the GNU General Public License, version 3 or, at your choice,
 any later version (/usr/share/common-licenses/GPL-3). Qt and PySide6 are under the GNU Lesser General Public License,
 version 3 (/usr/share/common-licenses/LGPL-3).
 .
"""
_PARTS = """\
 This package also contains the following packages from the Python Package Index, unchanged but for what was left out,
 each under its own terms. The full texts are in the folders *.dist-info below /usr/lib/{package}, and the complete
 sources are the source archives of these versions at the Python Package Index.
 .
"""


def of(package: str, parts: list[Shipped]) -> str:
    """Return the text for our Debian `package`, which contains the foreign `parts`."""
    codecs = _CODECS if any(one.name == "av" for one in parts) else ""
    lines = [f" {one.name} {one.version}: {one.licence}\n" for one in parts]
    return _APACHE + codecs + _PARTS.format(package=package) + "".join(lines)
