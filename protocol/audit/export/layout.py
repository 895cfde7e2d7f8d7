"""What the files inside an export are called; a name outside this list makes the export invalid."""

import re

MANIFEST = "manifest.json"
MANIFEST_SIGNATURE = "manifest.sig"
CHECKPOINT = "checkpoint.txt"
REPORT_HTML = "report.html"
REPORT_CSV = "report.csv"
VERIFIER = "verify.py"
ROOT_KEY = "keys/organisation.key"
LOG_CERTIFICATE = "keys/log.cert"

ALWAYS = frozenset({MANIFEST, ROOT_KEY, REPORT_CSV, REPORT_HTML, VERIFIER})
"""Every export has these."""

_SINGLE = ALWAYS | {MANIFEST_SIGNATURE, CHECKPOINT, LOG_CERTIFICATE}
_SESSION = "[0-9a-f]{32}"
_MANY = re.compile(
    rf"events/{_SESSION}\.ndjson|erasures/{_SESSION}-[0-9]{{4}}\.json|proofs/{_SESSION}-[0-9]{{4}}\.tlog-proof"
    rf"|signatures/{_SESSION}-[0-9]{{4}}\.json|keys/technician-[0-9a-f]{{64}}\.cert",
    re.ASCII,
)

MOST_PER_SESSION = 10_000
"""Proofs of one session; the same for signatures and erasures."""


def is_known(name: str) -> bool:
    """Return whether a file of an export may have this name."""
    return name in _SINGLE or _MANY.fullmatch(name) is not None


def events_name(session: str) -> str:
    """Return the name of a session's record file."""
    return f"events/{session}.ndjson"


def erasure_name(session: str, number: int) -> str:
    """Return the name of a statement that something of a session was erased, `number` 0..9999."""
    return f"erasures/{session}-{number:04d}.json"


def proof_name(session: str, number: int) -> str:
    """Return the name of a session's proof, `number` 0..9999."""
    return f"proofs/{session}-{number:04d}.tlog-proof"


def signature_name(session: str, number: int) -> str:
    """Return the name of an electronic signature on a session, `number` 0..9999."""
    return f"signatures/{session}-{number:04d}.json"


def certificate_name(sha256: str) -> str:
    """Return the name of a technician's certificate with this hash (64 hex digits)."""
    return f"keys/technician-{sha256}.cert"


def session_of(name: str) -> str:
    """Return the session a file is about, 32 hex digits; empty for a file about none or all."""
    folder, _, rest = name.partition("/")
    return rest[:32] if folder in ("events", "erasures", "proofs", "signatures") else ""
