"""Makes the Debian packages: `python -m installers package --target deb`.

Each folder here is one package: `DEBIAN` has what dpkg reads, `root` what lies on the computer afterwards, at its path.
"""
