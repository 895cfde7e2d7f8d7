"""The command line of the log: `org certify-log`, `log` and `witness`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_data_dir

from relay.clock import Clock
from relay.commands.log import LogCertification, certify_log, check_log, show_log
from relay.commands.options import command, family, number, passphrase_option
from relay.commands.witness import init_witness, serve_witness, show_witness, trust_log
from relay.config import DEFAULT_HOST, ServeSettings

if TYPE_CHECKING:
    from relay.commands.options import Commands

_DEFAULT_VALID_DAYS = 400
_LONGEST_VALID_DAYS = 3660
_DEFAULT_WITNESS_PORT = 8461

_CERTIFY_HELP = """\
Say, with the organisation's root key, which keys the log has and which witnesses must cosign it. Customers' and
technicians' programs believe receipts of the log from then on. Do it again when witnesses change or it runs out."""
_WITNESS_HELP = """\
A witness is run by somebody else than the relay: it remembers what it has seen of a log and cosigns only what
continues that. With enough witnesses nobody can show two histories, not even who runs the relay."""


def add_certify_log(actions: "Commands", clock: Clock) -> None:
    """Add `org certify-log`."""
    parser = command(actions, "certify-log", "certify the log and its witnesses", _CERTIFY_HELP)
    parser.add_argument("--org-key", required=True, type=Path, metavar="FILE", help="the private root key")
    parser.add_argument(
        "--witness-policy", type=Path, metavar="FILE", help="who must cosign (C2SP tlog-policy); without it, nobody"
    )
    parser.add_argument(
        "--require-receipt",
        action="store_true",
        help="control of a customer's computer waits until the log has confirmed the session",
    )
    parser.add_argument(
        "--valid-days", type=_days, default=_DEFAULT_VALID_DAYS, metavar="N", help="(default: %(default)s)"
    )
    parser.add_argument(
        "--log-name", default="", metavar="NAME", help="what the log is called, chosen once, like support.example.com"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the certificate to this new file")
    passphrase_option(parser, "the passphrase of the key is the first line of stdin")
    parser.set_defaults(
        act=lambda chosen: certify_log(
            chosen.data,
            clock,
            LogCertification(
                org_key=chosen.org_key,
                passphrase_stdin=chosen.passphrase_stdin,
                witness_policy=chosen.witness_policy,
                require_receipt=chosen.require_receipt,
                valid_days=chosen.valid_days,
                name=chosen.log_name,
                out=chosen.out,
            ),
        )
    )


def add_log_commands(commands: "Commands", clock: Clock) -> None:
    """Add `log` and `witness`."""
    actions = family(commands, "log", "the transparency log", "The log that fixes what was recorded, and when.")
    show = command(actions, "show", "show name, certificate and trees", "Show name, certificate and trees.")
    show.set_defaults(act=lambda chosen: show_log(chosen.data, clock))
    check = command(
        actions,
        "check",
        "compare the record on disk with the log",
        "Compare every event and leaf on disk with what was signed, and say what does not fit.",
    )
    check.set_defaults(act=lambda chosen: check_log(chosen.data, clock))
    _witness(commands, clock)


def _witness(commands: "Commands", clock: Clock) -> None:
    actions = family(commands, "witness", "cosign the log of somebody else", _WITNESS_HELP)
    init = _witness_command(actions, "init", "make a witness and its keys")
    init.add_argument("--name", required=True, metavar="NAME", help="the witness's name, like witness.example.org")
    init.set_defaults(act=lambda chosen: init_witness(chosen.data, chosen.name))
    show = _witness_command(actions, "show", "show its keys and the logs it cosigns for")
    show.set_defaults(act=lambda chosen: show_witness(chosen.data))
    trust = _witness_command(actions, "trust", "cosign for a log from now on")
    trust.add_argument("--certificate", required=True, type=Path, metavar="FILE", help="the log's certificate")
    trust.set_defaults(act=lambda chosen: trust_log(chosen.data, chosen.certificate))
    serve = _witness_command(actions, "serve", "answer logs that ask for cosignatures")
    serve.add_argument("--host", default=DEFAULT_HOST, help="address to listen on (default: %(default)s)")
    serve.add_argument(
        "--port",
        type=lambda text: number(text, 0, 65535),
        default=_DEFAULT_WITNESS_PORT,
        help="port to listen on, 0 for any free one (default: %(default)s)",
    )
    serve.add_argument("--tls-cert", type=Path, metavar="FILE", help="TLS certificate chain (PEM)")
    serve.add_argument("--tls-key", type=Path, metavar="FILE", help="TLS private key (PEM)")
    serve.add_argument("--behind-proxy", action="store_true", help="a proxy in front does TLS")
    serve.set_defaults(act=lambda chosen: serve_witness(_settings(chosen), clock))


def _witness_command(actions: "Commands", name: str, help_text: str) -> argparse.ArgumentParser:
    parser = command(actions, name, help_text, _WITNESS_HELP)
    parser.set_defaults(data=Path(user_data_dir("deskside-witness", appauthor=False)))
    return parser


def _settings(chosen: argparse.Namespace) -> ServeSettings:
    return ServeSettings(
        data_dir=chosen.data,
        host=chosen.host,
        port=chosen.port,
        tls_cert=chosen.tls_cert,
        tls_key=chosen.tls_key,
        behind_proxy=chosen.behind_proxy,
    )


def _days(text: str) -> int:
    return number(text, 1, _LONGEST_VALID_DAYS)
