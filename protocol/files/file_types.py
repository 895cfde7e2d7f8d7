"""What kind of file a name and its first bytes stand for: words for people, and what is not sent at all. Pure.

Programs, scripts, shortcuts, disk images and office files with macros are how support is abused; both sides refuse
them, whichever way they would go (security study, F5). Nothing received is ever opened by us.
"""

from protocol.catalogues import Say, in_english, marked
from protocol.files.safe_filename import folded

HEAD_BYTES = 16
"""How many of a file's first bytes `is_blocked` looks at."""

_WORDS = {
    marked("Picture"): "png jpg jpeg gif bmp tif tiff webp heic svg",
    marked("PDF document"): "pdf",
    marked("Text"): "txt log md csv tsv rtf ini cfg conf json xml yaml yml",
    marked("Text document"): "doc docx odt pages",
    marked("Spreadsheet"): "xls xlsx ods numbers",
    marked("Presentation"): "ppt pptx odp key",
    marked("Archive"): "zip 7z rar tar gz bz2 xz tgz zst",
    marked("Sound"): "mp3 wav ogg flac m4a opus",
    marked("Video"): "mp4 mkv avi mov webm mpg mpeg",
    marked("E-mail"): "eml msg mbox",
    marked("Memory image"): "dmp mdmp core",
}
_ANY = marked("File")
_TYPES = {ending: words for words, endings in _WORDS.items() for ending in endings.split()}

_NOT_SENT = {
    "programs and installers": "exe com scr pif cpl dll sys drv ocx msi msp mst msix msixbundle appx appxbundle gadget "
    "appinstaller run bin elf so ko deb rpm apk appimage flatpakref snap pkg mpkg app dmg command action workflow jar "
    "jnlp class xpi crx",
    "scripts": "bat cmd ps1 ps1xml psm1 psd1 psc1 vb vbs vbe js jse mjs ws wsf wsc wsh sct hta sh bash zsh csh ksh "
    "fish py pyc pyw pyz pl rb php lua tcl scpt applescript ahk au3",
    "what acts when it is opened": "lnk url desktop webloc website scf reg inf ins isp job library-ms search-ms mht "
    "chm settingcontent-ms appref-ms application theme themepack diagcab msc hlp rdp terminal",
    "disk images, which hide where a file came from": "iso img vhd vhdx vmdk udf toast wim",
    "office files with macros or code": "docm dotm xlsm xltm xlam xll xla xlsb pptm potm ppsm ppam sldm ade adp mde "
    "accde accdr slk iqy oqy dqy rqy one",
}
_BLOCKED = frozenset(ending for endings in _NOT_SENT.values() for ending in endings.split())
_BLOCKED_HEADS = (
    b"MZ",  # Windows programs
    b"\x7fELF",
    b"#!",  # scripts
    b"\xfe\xed\xfa\xce",  # macOS programs, four ways
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",  # and Java classes
    b"L\x00\x00\x00\x01\x14\x02\x00",  # Windows shortcuts
    b"ITSF",  # compiled help
)

BLOCKED_SENTENCE = marked(
    "Programs, scripts, shortcuts, disk images and office files with macros are not sent through Deskside, "
    "in either direction, because they could do harm when they are opened."
)


def type_words(name: str) -> str:
    """Return what a person calls such a file: `Picture (PNG)`; `File` when its name has no ending."""
    ending = _ending(name)
    if not ending:
        return _ANY
    words = _TYPES.get(ending, _ANY)
    return words if words.upper().startswith(ending.upper()) else f"{words} ({ending.upper()})"


def is_blocked(name: str, head: bytes = b"") -> bool:
    """Return whether a file called `name`, which begins with the bytes `head`, is not sent."""
    return folded(name).rpartition(".")[2].strip(" .") in _BLOCKED or head.startswith(_BLOCKED_HEADS)


def size_words(size_bytes: int, say: Say = in_english) -> str:
    """Return a size as `734 bytes`, `12.3 MB`, in the language of `say`."""
    if size_bytes < 1000:
        return say(marked("{number} bytes")).format(number=size_bytes)
    for power, unit in ((1, marked("{number} kB")), (2, marked("{number} MB"))):
        size = size_bytes / 1000**power
        if size < 999.95:
            return _with_tenths(size, unit, say)
    return _with_tenths(size_bytes / 1e9, marked("{number} GB"), say)


def _with_tenths(size: float, unit: str, say: Say) -> str:
    return say(unit).format(number=f"{size:.1f}".replace(".", say(marked("."))))


def digest_words(sha256: bytes) -> str:
    """Return the beginning of a SHA-256 as two people compare it: `3F9A 22C1 07BE`."""
    digits = sha256.hex().upper()[:12]
    return " ".join(digits[start : start + 4] for start in range(0, 12, 4))


def _ending(name: str) -> str:
    stem, dot, ending = folded(name).rpartition(".")
    return ending.strip() if dot and stem and len(ending) <= 10 else ""
