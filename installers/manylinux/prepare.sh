#!/bin/sh
# Makes an AlmaLinux 8 (glibc 2.28; manylinux_2_28 is one) able to build the Linux file. NOT RUN YET: written by the
# documentation of its parts, on a computer without such a system.
#
# Usage, as root in the checkout: sh installers/manylinux/prepare.sh
# Afterwards .venv/bin/python -m installers build --target linux makes the file.
#
# Python is compiled from its source: those of the manylinux image have no Tk. x264 and Opus are compiled from the
# archives the Windows file is built from; nobody but Debian gives that one of x264 away, so both archives have to lie
# in build/sources, as a build on Debian leaves them. All else is AlmaLinux's, whose rpm knows its terms.
set -eu

PYTHON_VERSION=3.11.9
PYTHON_SHA256=9b1e896523fc510691126c864406d9360a3d1e986acbda59cda57b5abda45b87
ZSTD_VERSION=1.5.7
ZSTD_SHA256=eb33e51f49a15e023950cd7825ca74a4a2b43db8354825ac24fc1b7ee09e6fa3
PREFIX=/opt/deskside-python
PYTHON="$PREFIX/bin/python3.11"
SOURCES="$PWD/build/sources"
JOBS="$(nproc)"

fetch() { # file, address, SHA-256
    [ -f "$SOURCES/$1" ] || curl --fail --location --silent --show-error --output "$SOURCES/$1" "$2"
    echo "$3  $SOURCES/$1" | sha256sum --check --strict --quiet
    tar -C "$SOURCES" -xf "$SOURCES/$1"
}

# Images leave documents out, and some packages have their terms among them.
dnf install --assumeyes --setopt=tsflags= epel-release dnf-plugins-core
dnf config-manager --set-enabled powertools
dnf install --assumeyes --setopt=tsflags= binutils bzip2-devel curl diffutils gcc glibc-static libffi-devel \
    make nasm openssl-devel patchelf pkgconf-pkg-config tar tcl-devel tk-devel xz-devel zlib-devel
mkdir -p "$SOURCES"

fetch "Python-$PYTHON_VERSION.tar.xz" \
    "https://www.python.org/ftp/python/$PYTHON_VERSION/Python-$PYTHON_VERSION.tar.xz" "$PYTHON_SHA256"
cd "$SOURCES/Python-$PYTHON_VERSION"
./configure --prefix="$PREFIX" --enable-optimizations
make -j"$JOBS"
make install
cd -
"$PYTHON" -c "import bz2, ctypes, lzma, ssl, tkinter, zlib"

# The unpacker in front of the file is static, and AlmaLinux has zstd's shared library alone.
fetch "zstd-$ZSTD_VERSION.tar.gz" \
    "https://github.com/facebook/zstd/releases/download/v$ZSTD_VERSION/zstd-$ZSTD_VERSION.tar.gz" "$ZSTD_SHA256"
make -C "$SOURCES/zstd-$ZSTD_VERSION/lib" -j"$JOBS" libzstd.a
install -D -m 644 "$SOURCES/zstd-$ZSTD_VERSION/lib/libzstd.a" /usr/lib64/libzstd.a
install -D -m 644 "$SOURCES/zstd-$ZSTD_VERSION/LICENSE" /usr/share/licenses/zstd/COPYING
install -D -m 644 -t /usr/local/include "$SOURCES/zstd-$ZSTD_VERSION/lib/zstd.h" "$SOURCES/zstd-$ZSTD_VERSION/lib/zstd_errors.h"

codec() { # its name in installers/windows_ffmpeg.py, then options of its configure
    name="$1"; shift
    folder="$("$PYTHON" -c "from pathlib import Path; from installers.source_archives import unpacked
from installers import windows_ffmpeg
print(unpacked(windows_ffmpeg.$name, Path('build/sources')))")"
    cd "$folder"
    ./configure --prefix=/usr/local --libdir=/usr/local/lib --enable-shared "$@"
    make -j"$JOBS"
    make install
    # installers/compiled_here.py reads them there.
    install -D -m 644 -t "/usr/local/share/licenses/$(echo "$name" | tr '[:upper:]' '[:lower:]')" COPYING
    cd -
}
codec X264 --disable-cli --disable-opencl --bit-depth=8 --chroma-format=420
codec OPUS --disable-static --disable-doc --disable-extra-programs
ln -sf -t /usr/lib64/pkgconfig /usr/local/lib/pkgconfig/x264.pc /usr/local/lib/pkgconfig/opus.pc
echo /usr/local/lib > /etc/ld.so.conf.d/usr-local-lib.conf
ldconfig

"$PYTHON" -m venv .venv
.venv/bin/python -m pip install --quiet -c constraints.txt -e '.[customer]' packaging
