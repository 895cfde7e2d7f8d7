"""The commands of review on the command line: erase, hold, retention, and the review key."""

from pathlib import Path
from typing import TYPE_CHECKING

from relay.clock import Clock
from relay.commands.erase import erase_session
from relay.commands.hold import change_hold, show_hold
from relay.commands.options import command, family, number, passphrase_option
from relay.commands.retention import apply_retention, set_retention
from relay.commands.review_key import list_review_keys, make_review_key

if TYPE_CHECKING:
    from relay.commands.options import Commands

_DEFAULT_VALID_DAYS = 730
_LONGEST_VALID_DAYS = 3660

_REVIEW_KEY_HELP = """\
The details of events are sealed to the two people of a session. With a review key, technicians' programs also seal
them to your auditors. Its private half is written only to the file you name, under a passphrase of at least 12
characters; the organisation's root key signs the public half. Keep every review key as long as you keep records."""

_ERASE_HELP = """\
Delete the details of a session's events, the keys to them, its sealed attachments, its recordings and what the
customer wrote afterwards, for example on a
request under Article 17 GDPR. The signed events stay, with commitments nobody can open any more, so that every proof
still verifies; when, by whom and under which basis it was erased stands in the organisation's log. A legal hold
blocks it."""

_RETENTION_HELP = """\
Erase what is kept longer than it shall be; a running relay does so once a day. Kinds: audit (details of events and the
keys to them), recordings, diagnostics (reports, screenshots and grabbed errors on tickets), chat."""


def add_review_commands(commands: "Commands", clock: Clock) -> None:
    """Add `erase`, `hold` and `retention`."""
    _erase(commands, clock)
    _hold(commands, clock)
    _retention(commands, clock)


def add_review_key(actions: "Commands", clock: Clock) -> None:
    """Add `review-key` and `review-keys` to the commands of the organisation."""
    make = command(actions, "review-key", "make a key auditors open records with", _REVIEW_KEY_HELP)
    make.add_argument("--org-key", required=True, type=Path, metavar="FILE", help="the organisation's private root key")
    make.add_argument("--key-out", required=True, type=Path, metavar="FILE", help="new file for the private review key")
    make.add_argument(
        "--valid-days",
        type=lambda text: number(text, 1, _LONGEST_VALID_DAYS),
        default=_DEFAULT_VALID_DAYS,
        metavar="N",
        help="how long sessions are sealed to it (default: %(default)s, two years)",
    )
    passphrase_option(
        make, "the passphrase of the review key is the first line of stdin, that of the organisation's key the second"
    )
    make.set_defaults(
        act=lambda chosen: make_review_key(
            chosen.data,
            clock,
            org_key=chosen.org_key,
            key_out=chosen.key_out,
            valid_days=chosen.valid_days,
            passphrase_stdin=chosen.passphrase_stdin,
        )
    )
    everyone = command(actions, "review-keys", "show review keys", "Show every review key with its dates.")
    everyone.set_defaults(act=lambda chosen: list_review_keys(chosen.data, clock))


def _erase(commands: "Commands", clock: Clock) -> None:
    parser = command(commands, "erase", "erase what a session left behind", _ERASE_HELP)
    parser.add_argument("--session", required=True, metavar="ID")
    parser.add_argument("--basis", required=True, metavar="TEXT", help='why, like "GDPR Art. 17, request of 3 May"')
    parser.set_defaults(
        act=lambda chosen: erase_session(chosen.data, clock, session=chosen.session, basis=chosen.basis)
    )


def _hold(commands: "Commands", clock: Clock) -> None:
    actions = family(commands, "hold", "legal holds", "A legal hold keeps a session from erasure and retention.")
    for name, held, help_text in (("set", True, "set a legal hold"), ("lift", False, "lift a legal hold")):
        parser = command(actions, name, help_text, f"{help_text.capitalize()}. Who, when and why is kept for good.")
        parser.add_argument("--session", required=True, metavar="ID")
        parser.add_argument("--reason", required=True, metavar="TEXT")
        parser.set_defaults(
            act=lambda chosen, held=held: change_hold(
                chosen.data, clock, session=chosen.session, held=held, reason=chosen.reason
            )
        )
    show = command(actions, "show", "show the holds of a session", "Show the holds of a session.")
    show.add_argument("--session", required=True, metavar="ID")
    show.set_defaults(act=lambda chosen: show_hold(chosen.data, clock, session=chosen.session))


def _retention(commands: "Commands", clock: Clock) -> None:
    parser = command(commands, "retention", "erase what is kept longer than it shall be", _RETENTION_HELP)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--dry-run", action="store_true", help="only list what would go")
    which.add_argument(
        "--keep", action="append", default=[], metavar="KIND=DAYS", help="set how long a kind is kept; erases nothing"
    )
    parser.set_defaults(
        act=lambda chosen: (
            set_retention(chosen.data, clock, settings=chosen.keep)
            if chosen.keep
            else apply_retention(chosen.data, clock, dry_run=chosen.dry_run)
        )
    )
