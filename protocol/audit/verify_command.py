"""`deskside-verify`: check a record file or an export on any computer, offline. The package's only I/O: one file."""

import argparse
import io
import json
import re
import sys
from pathlib import Path
from typing import BinaryIO, NoReturn

from protocol.audit.export import answer
from protocol.audit.export.answer import fingerprint
from protocol.audit.export.verify_bundle import verify_bundle
from protocol.audit.findings import Finding, Severity, Verdict
from protocol.audit.joined_sessions import joined_sessions, joins
from protocol.audit.record_file import MAX_FILE_BYTES
from protocol.audit.timeline import moment, visible
from protocol.audit.verify import Verification, verify_record

EXIT_CODES = {Verdict.VALID: 0, Verdict.INVALID: 1, Verdict.INCOMPLETE: 2, Verdict.UNWITNESSED: 3}
EXIT_USAGE = 64
"""Wrong arguments (sysexits.h EX_USAGE): argparse's own 2 would read as "incomplete"."""

_WORDS = {
    Verdict.VALID: "VALID. This record is genuine and complete: both sides signed it, nothing was changed or left out.",
    Verdict.INCOMPLETE: "INCOMPLETE. Nothing here contradicts itself, but it is not everything that happened.",
    Verdict.INVALID: "INVALID. Do not rely on this record: it was changed, or somebody broke the rules it must keep.",
    Verdict.UNWITNESSED: "UNWITNESSED. Genuine and complete, but not confirmed by enough independent witnesses.",
}

_LABELS = {
    Severity.CONTRADICTION: "WRONG",
    Severity.MISSING: "MISSING",
    Severity.UNWITNESSED: "ALONE",
    Severity.NOTICE: "NOTE",
}
_ZIP = b"PK"

_PINNED = "It is the organisation you named with --root-id."
_NOT_PINNED = (
    "Ask the organisation for its fingerprint, over a way you trust, and compare it with this one (or run this again\n"
    "  with --root-id). Until then, anybody could have made this record under this name."
)

_EPILOG = """exit codes:
  0   valid: genuine and complete; an export (.dsaudit) is also confirmed by independent witnesses
  1   invalid, neither a record nor an export, or the file could not be read
  2   genuine as far as it goes, but one-sided, with gaps or with details withheld
  3   an export that is genuine and complete, but not confirmed by enough independent witnesses
  64  wrong arguments
"""


class _Parser(argparse.ArgumentParser):
    """argparse, with a code of its own for wrong arguments."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and leave with 64."""
        self.print_usage(sys.stderr)
        self.exit(EXIT_USAGE, f"{self.prog}: {message}\n")


def main(argv: list[str] | None = None) -> None:
    """Run the command with `argv` (the process's own when None) and leave with its exit code."""
    arguments = _parser().parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # an old console must not hide the verdict
    try:
        with arguments.file.open("rb") as file:
            verdict, text = _check(file, arguments.root_id, arguments.json)
    except OSError as error:
        print(f"{visible(str(arguments.file))} could not be read: {error.strerror or error}", file=sys.stderr)
        sys.exit(EXIT_CODES[Verdict.INVALID])
    print(text)
    sys.exit(EXIT_CODES[verdict])


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="deskside-verify",
        description="Check the record of a Deskside support session, or an export of several: who took part, what was "
        "asked, what the customer allowed and what was done. Works without a network.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the record file or export (.dsaudit) to check")
    parser.add_argument(
        "--root-id",
        "--root",
        type=_root_id,
        metavar="HEX",
        help="fingerprint of the organisation the file must come from: 64 hex digits, blanks and colons are ignored",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON instead of text")
    return parser


def _root_id(text: str) -> bytes:
    digits = re.sub(r"[\s:-]", "", text)
    if not re.fullmatch("[0-9a-fA-F]{64}", digits):
        raise argparse.ArgumentTypeError("a fingerprint has 64 hex digits")
    return bytes.fromhex(digits)


def _check(file: BinaryIO, root_id: bytes | None, as_json: bool) -> tuple[Verdict, str]:
    """Return the verdict about a file and what to print about it; of a record one byte too many is read at most.

    Raises:
        OSError: the file cannot be read.
    """
    if file.read(len(_ZIP)) == _ZIP:
        found = verify_bundle(file, root_id=root_id)
        return found.verdict, answer.as_json(found) if as_json else answer.as_text(found)
    file.seek(0)
    verification = verify_record(file.read(MAX_FILE_BYTES + 1), root_id=root_id)
    return verification.verdict, _as_json(verification) if as_json else _as_text(verification)


def _as_text(found: Verification) -> str:
    lines = [_WORDS[found.verdict]]
    if found.verdict is not Verdict.INVALID and not found.root_pinned:
        lines.append("This holds if the fingerprint below is the organisation's; it was not compared.")
    if found.first_bad:
        lines.append(f"First problem: {_finding(found.first_bad)}")
    if found.session:
        lines += ["", *_facts(found)]
    if found.findings:
        lines += ["", "Findings", *(f"  {_LABELS[item.severity]:<8}{_finding(item)}" for item in found.findings)]
    if found.timeline:
        lines += ["", "What happened (times in UTC, by the clock of the side that wrote the line)"]
        lines += [f"  {entry.clock}  {entry.lane} {entry.seq:<4} {entry.text}" for entry in found.timeline]
    return "\n".join(lines)


def _facts(found: Verification) -> list[str]:
    rows = {
        "Session": found.session,
        "Ticket": found.ticket,
        "Organisation": found.organisation,
        "Technician": found.technician,
        "Began": moment(found.opened_ms) if found.opened_ms is not None else "",
        "Ended": moment(found.ended_ms) if found.ended_ms is not None else "",
    }
    together = {
        "Joins session": joins(found.lanes),
        "Joined by": ", ".join(each.session for each in joined_sessions(found.lanes)),
    }
    rows |= {name: value for name, value in together.items() if value}
    facts = [f"{name + ':':<14}{visible(value) or 'not known'}" for name, value in rows.items()]
    return [
        *facts,
        "Fingerprint of the organisation's key:",
        f"  {fingerprint(found.root_id)}",
        f"  {_PINNED if found.root_pinned else _NOT_PINNED}",
    ]


def _finding(found: Finding) -> str:
    place = [
        f"line {found.line}" if found.line is not None else "",
        f"event {found.lane} {found.seq}" if found.lane is not None and found.seq is not None else "",
    ]
    where = ", ".join(filter(None, place))
    return f"{visible(found.text, 400)}" + (f" ({where})" if where else "")


def _as_json(found: Verification) -> str:
    """Return one JSON object; non-ASCII and control characters are escaped, so that it is safe to print."""
    return json.dumps(
        {
            "verdict": found.verdict.value,
            "session": found.session,
            "ticket": found.ticket,
            "organisation": found.organisation,
            "technician": found.technician,
            "joins": joins(found.lanes),
            "joined_by": [each.session for each in joined_sessions(found.lanes)],
            "opened": moment(found.opened_ms) if found.opened_ms is not None else None,
            "ended": moment(found.ended_ms) if found.ended_ms is not None else None,
            "root_id": found.root_id.hex(),
            "root_pinned": found.root_pinned,
            "findings": [
                {
                    "severity": item.severity.value,
                    "code": item.code,
                    "text": item.text,
                    "line": item.line,
                    "lane": item.lane,
                    "seq": item.seq,
                }
                for item in found.findings
            ],
            "timeline": [
                {"at": moment(entry.t_ms), "lane": entry.lane, "seq": entry.seq, "text": entry.text}
                for entry in found.timeline
            ],
        },
        indent=2,
    )


if __name__ == "__main__":
    main()
