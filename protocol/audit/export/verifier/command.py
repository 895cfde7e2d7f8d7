"""What verify.py asks and answers."""

import argparse
import json
import re
import sys
from datetime import UTC, datetime
from typing import Any, NoReturn

from protocol.audit.export.verifier.basics import FAULTS, At, Findings, Json
from protocol.audit.export.verifier.bundle import Bundle, Export

VERDICTS = {
    0: ("valid", "VALID. Genuine, complete, and confirmed by independent witnesses."),
    1: ("invalid", "INVALID. Do not rely on this export: it was changed, or somebody broke the rules it must keep."),
    2: ("incomplete", "INCOMPLETE. Nothing here contradicts itself, but it is not everything that happened."),
    3: ("unwitnessed", "UNWITNESSED. Genuine and complete, but not confirmed by enough independent witnesses."),
}
LABELS = {"wrong": "WRONG", "missing": "MISSING", "unwitnessed": "ALONE", "note": "NOTE"}
USAGE = 64


class Parser(argparse.ArgumentParser):
    """argparse, with a code of its own for wrong arguments."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and leave with 64."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def examine(path: str, pinned: str = "") -> tuple[Findings, Export | None]:
    """Return what was found in the file at `path`, and the export unless it could not be examined."""
    findings = Findings()
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return findings, Export(Bundle(file), findings, pinned)
    except (*FAULTS, OSError) as fault:
        findings.add("wrong", str(fault) or type(fault).__name__, At())
        return findings, None


def shown(words: Any) -> str:
    """Return words of strangers so that a terminal only prints them."""
    return "".join(letter if letter.isprintable() else f"<U+{ord(letter):04X}>" for letter in str(words)[:400])


def moment(t_ms: int | None) -> str:
    """Return Unix time in ms for people."""
    return "" if t_ms is None else datetime.fromtimestamp(t_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def in_words(findings: Findings, export: Export | None, pinned: str) -> list[str]:
    """Return the answer as lines of text."""
    lines = [VERDICTS[findings.code][1]]
    if export:
        lines += ["", f"Fingerprint of the organisation's key: {' '.join(re.findall('....', export.root_id))}"]
        lines += ["  It is the one you named." if pinned else "  Compare it with the organisation's, or use --root."]
        lines += [f"Exported {moment(export.manifest['created_ms'])}, signed by {shown(export.signer) or 'nobody'}."]
    for session in export.sessions if export else []:
        facts = {"Ticket": session["ticket"], "Technician": session["technician"], "Of": session["organisation"]}
        facts |= {"Began": moment(session["began_ms"]), "Last": moment(session["last_ms"])}
        facts |= {"Events": f"{session['events']['C']} by the customer, {session['events']['T']} by the technician"}
        facts |= {"Witnessed": "yes" if session["witnessed"] else "no"}
        lines += ["", f"Session {session['session']}"]
        lines += [f"  {name + ':':<12}{shown(value) or 'not known'}" for name, value in facts.items()]
        lines += [
            f"  Signed by {shown(each['name'])} ({each['meaning']}), {each['at']}" for each in session["signatures"]
        ]
    lines += ["", "Findings"] if findings.rows else []
    for kind, text, at in findings.rows:
        event = f"event {at.lane} {at.seq}" if at.seq is not None else ""
        where = ", ".join(filter(None, (shown(at.file), f"session {at.session}" if at.session else "", event)))
        lines.append(f"  {LABELS[kind]:<8} {shown(text)}" + (f" ({where})" if where else ""))
    return lines


def as_json(findings: Findings, export: Export | None) -> Json:
    """Return the answer for other programs."""
    rows = [{"kind": kind, "text": text, **at._asdict()} for kind, text, at in findings.rows]
    sessions = export.sessions if export else []
    root = export.root_id if export else ""
    return {"verdict": VERDICTS[findings.code][0], "root_id": root, "sessions": sessions, "findings": rows}


def fingerprint(text: str) -> str:
    """Return a fingerprint a person typed as 64 hex digits."""
    digits = re.sub(r"[\s:-]", "", text).lower()
    if not re.fullmatch("[0-9a-f]{64}", digits):
        raise argparse.ArgumentTypeError("a fingerprint has 64 hex digits")
    return digits


def main(arguments: list[str] | None = None) -> int:
    """Examine a file, print the answer and return the exit code."""
    parser = Parser(prog="verify.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", metavar="EXPORT.dsaudit")
    parser.add_argument("--root", type=fingerprint, metavar="FINGERPRINT", help="the organisation's")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    chosen = parser.parse_args(arguments)
    pinned = chosen.root or ""
    findings, export = examine(chosen.file, pinned)
    answer = as_json(findings, export)
    print(json.dumps(answer, indent=2) if chosen.json else "\n".join(in_words(findings, export, pinned)))
    return findings.code
