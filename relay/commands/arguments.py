"""The command line of `deskside-relay`: what can be asked, explained, and handed to the command's function."""

import argparse
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from relay.accounts.people import Role
from relay.accounts.proof_key import VALID_DAYS
from relay.clock import Clock
from relay.commands.export import export_sessions
from relay.commands.log_arguments import add_certify_log, add_log_commands
from relay.commands.options import command, family, number, passphrase_option
from relay.commands.organisation import certify, certify_relay, init_organisation, list_devices, show_organisation
from relay.commands.record import export_record
from relay.commands.review_arguments import add_review_commands, add_review_key
from relay.commands.turn_config import print_turn_config
from relay.commands.user import add_user, disable_user, list_users, set_password
from relay.config import (
    DEFAULT_HOST,
    DEFAULT_JOINS_PER_MINUTE,
    DEFAULT_PORT,
    STUN_PORT,
    ServeSettings,
)
from relay.connectivity.turn import TurnPlan

if TYPE_CHECKING:
    from relay.commands.options import Commands

Serve = Callable[[ServeSettings], int]

_DEFAULT_VALID_HOURS = 168
_LONGEST_VALID_HOURS = 24 * 366

_KEY_HELP = """\
The organisation's root key says who your technicians are. Customers' programs trust it and nothing else, so whoever
has it can pose as you. The relay never holds the private key: `org init` writes it only to the file you name, and
`org certify` reads it only while it signs. Keep the file on another computer or a USB stick."""
_RELAY_HELP = """\
Certify, with the organisation's root key, that this relay is yours. Customers' programs turn away from every other one
before they show a number. `org init` and each `org certify` do it as well; this command is for a relay that was set up
before there was such a thing, and, with --new-key, for one whose data somebody may have copied."""


def command_line(serve: Serve, clock: Clock) -> argparse.ArgumentParser:
    """Return the parser; after parsing, `act(namespace)` runs the command and returns its exit code."""
    parser = argparse.ArgumentParser(prog="deskside-relay", description="The Deskside relay and its housekeeping.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _serve(commands, serve)
    _user(commands, clock)
    _organisation(commands, clock)
    _record(commands, clock)
    _export(commands, clock)
    add_review_commands(commands, clock)
    add_log_commands(commands, clock)
    _turn_config(commands)
    return parser


def _serve(commands: "Commands", serve: Serve) -> None:
    parser = command(
        commands,
        "serve",
        "run the relay",
        "Run the relay. Without options it listens on this computer only, which needs no TLS.",
    )
    parser.add_argument("--host", default=DEFAULT_HOST, help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="port to listen on, 0 for any free one (default: %(default)s)"
    )
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="TLS certificate chain (PEM)")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="TLS private key (PEM)")
    parser.add_argument(
        "--behind-proxy",
        action="store_true",
        help="a proxy in front does TLS; X-Forwarded-For and -Proto are believed when they come from this computer",
    )
    parser.add_argument(
        "--trusted-proxy",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="also believe them from this address or network, when the proxy is elsewhere; may be given again",
    )
    parser.add_argument(
        "--public-url", default="", metavar="URL", help="origin people reach the relay by, for links and Origin checks"
    )
    parser.add_argument(
        "--joins-per-minute",
        type=_positive,
        default=DEFAULT_JOINS_PER_MINUTE,
        metavar="N",
        help="codes one address may try per minute (default: %(default)s); ten times that for its neighbourhood",
    )
    parser.add_argument(
        "--downloads",
        type=Path,
        metavar="FOLDER",
        help="folder with the files customers download, like build/client (default: client in the data folder)",
    )
    parser.add_argument(
        "--publisher", default="", metavar="NAME", help="whose signature those files carry; shown beside them"
    )
    _serve_connectivity(parser)
    parser.set_defaults(act=lambda chosen: serve(_settings(chosen)))


def _serve_connectivity(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stun-port",
        type=_port,
        metavar="N",
        help=f"UDP port for STUN, 0 for none (default: {STUN_PORT}, none when only this computer can reach the relay)",
    )
    parser.add_argument(
        "--stun-host", default="", metavar="HOST", help="address for STUN, when a proxy in front of the relay hides it"
    )
    parser.add_argument(
        "--turn-url",
        action="append",
        default=[],
        metavar="URL",
        help="a coturn, like turn:turn.example.com:3478?transport=udp; may be given again, best first",
    )
    parser.add_argument(
        "--turn-secret-file", type=Path, metavar="FILE", help="the secret shared with coturn (see turn-config)"
    )
    parser.add_argument(
        "--no-tunnel", action="store_true", help="do not carry sessions through the relay when nothing else works"
    )


def _settings(chosen: argparse.Namespace) -> ServeSettings:
    return ServeSettings(
        data_dir=chosen.data,
        host=chosen.host,
        port=chosen.port,
        tls_cert=chosen.tls_cert,
        tls_key=chosen.tls_key,
        behind_proxy=chosen.behind_proxy,
        trusted_proxies=tuple(chosen.trusted_proxy),
        public_url=chosen.public_url,
        joins_per_minute=chosen.joins_per_minute,
        downloads=chosen.downloads,
        publisher=chosen.publisher,
        stun_port=chosen.stun_port,
        stun_host=chosen.stun_host,
        turn_urls=tuple(chosen.turn_url),
        turn_secret_file=chosen.turn_secret_file,
        tunnel=not chosen.no_tunnel,
    )


def _user(commands: "Commands", clock: Clock) -> None:
    actions = family(commands, "user", "accounts", "Accounts are made here and nowhere else.")
    add = command(actions, "add", "make an account", "Make an account. The password has at least 10 characters.")
    add.add_argument("name", metavar="NAME", help="what the person signs in with")
    add.add_argument("--display-name", required=True, help="the name customers and colleagues see")
    add.add_argument("--role", required=True, choices=[role.value for role in Role])
    _password_option(add)
    add.set_defaults(
        act=lambda chosen: add_user(
            chosen.data,
            clock,
            name=chosen.name,
            display_name=chosen.display_name,
            role=chosen.role,
            password_stdin=chosen.password_stdin,
        )
    )
    everyone = command(actions, "list", "show all accounts", "Show all accounts.")
    everyone.set_defaults(act=lambda chosen: list_users(chosen.data, clock))
    password = command(actions, "set-password", "set a new password", "Set a new password and sign the account out.")
    password.add_argument("name", metavar="NAME")
    _password_option(password)
    password.set_defaults(
        act=lambda chosen: set_password(chosen.data, clock, name=chosen.name, password_stdin=chosen.password_stdin)
    )
    disable = command(actions, "disable", "disable an account", "Disable an account and sign it out everywhere.")
    disable.add_argument("name", metavar="NAME")
    disable.set_defaults(act=lambda chosen: disable_user(chosen.data, clock, name=chosen.name))


def _organisation(commands: "Commands", clock: Clock) -> None:
    actions = family(commands, "org", "the organisation and its devices", _KEY_HELP)
    init = command(actions, "init", "make the organisation and its root key", _KEY_HELP)
    init.add_argument("--name", required=True, help='the name customers see, like "Acme IT"')
    init.add_argument("--key-out", required=True, type=Path, metavar="FILE", help="new file for the private root key")
    passphrase_option(init, "encrypt the key with the passphrase on the first line of stdin")
    init.set_defaults(
        act=lambda chosen: init_organisation(
            chosen.data,
            clock,
            name=chosen.name,
            key_out=chosen.key_out,
            passphrase_stdin=chosen.passphrase_stdin,
        )
    )
    show = command(actions, "show", "show name, root id and public key", "Show name, root id and public key.")
    show.set_defaults(act=lambda chosen: show_organisation(chosen.data, clock))
    devices = command(
        actions,
        "devices",
        "show technicians' devices",
        "Show technicians' devices. Compare a fingerprint with the technician before you certify the device.",
    )
    devices.set_defaults(act=lambda chosen: list_devices(chosen.data, clock))
    _certify(actions, clock)
    _certify_relay(actions, clock)
    add_review_key(actions, clock)
    add_certify_log(actions, clock)


def _certify(actions: "Commands", clock: Clock) -> None:
    parser = command(actions, "certify", "certify devices", _KEY_HELP)
    parser.add_argument("--org-key", required=True, type=Path, metavar="FILE", help="the private root key")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--device", metavar="ID", help="one device, as `org devices` shows it")
    which.add_argument("--all-pending", action="store_true", help="every device without a valid certificate")
    parser.add_argument(
        "--valid-hours",
        type=_valid_hours,
        default=_DEFAULT_VALID_HOURS,
        metavar="N",
        help="how long the certificates are valid (default: %(default)s, one week)",
    )
    passphrase_option(parser, "the passphrase of the key is the first line of stdin")
    parser.set_defaults(
        act=lambda chosen: certify(
            chosen.data,
            clock,
            org_key=chosen.org_key,
            device=chosen.device,
            valid_hours=chosen.valid_hours,
            passphrase_stdin=chosen.passphrase_stdin,
        )
    )


def _certify_relay(actions: "Commands", clock: Clock) -> None:
    parser = command(actions, "certify-relay", "certify this relay", _RELAY_HELP)
    parser.add_argument("--org-key", required=True, type=Path, metavar="FILE", help="the private root key")
    parser.add_argument(
        "--valid-days", type=_valid_days, default=VALID_DAYS, metavar="N", help="(default: %(default)s)"
    )
    parser.add_argument(
        "--new-key", action="store_true", help="make the relay a new key, because somebody may have copied the old one"
    )
    passphrase_option(parser, "the passphrase of the key is the first line of stdin")
    parser.set_defaults(
        act=lambda chosen: certify_relay(
            chosen.data,
            clock,
            org_key=chosen.org_key,
            valid_days=chosen.valid_days,
            new_key=chosen.new_key,
            passphrase_stdin=chosen.passphrase_stdin,
        )
    )


def _record(commands: "Commands", clock: Clock) -> None:
    actions = family(commands, "record", "records of sessions", "Records of sessions.")
    export = command(
        actions,
        "export",
        "write the record of a session to a file",
        "Write every signed event of a session to a file. The relay cannot read the bodies, so they are withheld.",
    )
    export.add_argument("--session", required=True, metavar="ID")
    export.add_argument("--out", required=True, type=Path, metavar="FILE", help="new file to write")
    export.set_defaults(act=lambda chosen: export_record(chosen.data, clock, session=chosen.session, out=chosen.out))


def _export(commands: "Commands", clock: Clock) -> None:
    parser = command(
        commands,
        "export",
        "write sessions with their proofs to a file",
        "Write sessions to one file (.dsaudit) that anybody can check offline: every signed event, the proofs of the\n"
        "log, electronic signatures, a report, and the program that checks it. The relay cannot read the details of\n"
        "events, so they are withheld; the technician's program and auditors can export them.",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--session", metavar="ID", help="one session")
    which.add_argument("--ticket", metavar="NUMBER", help="every session of a ticket")
    parser.add_argument("-o", "--out", required=True, type=Path, metavar="FILE", help="new file to write")
    parser.set_defaults(
        act=lambda chosen: export_sessions(
            chosen.data, clock, session=chosen.session, ticket=chosen.ticket, out=chosen.out
        )
    )


def _turn_config(commands: "Commands") -> None:
    parser = command(
        commands,
        "turn-config",
        "print a configuration for coturn",
        "Print a turnserver.conf for a closed relay: parties reach each other through it and nobody else. Give the\n"
        "same --turn-secret-file to `deskside-relay serve`. The output holds the secret: let only coturn read it.",
    )
    parser.add_argument("--realm", required=True, metavar="NAME", help="the TURN server's name, like turn.example.com")
    parser.add_argument(
        "--relay-ip",
        required=True,
        action="append",
        type=_ip_address,
        metavar="IP",
        help="an address coturn relays from, as others see it; give it again for IPv6 and for every coturn of a fleet",
    )
    parser.add_argument(
        "--turn-secret-file", required=True, type=Path, metavar="FILE", help="the shared secret; made when missing"
    )
    parser.add_argument("--turn-port", type=_port, default=STUN_PORT, metavar="N", help="(default: %(default)s)")
    parser.add_argument("--turn-tls-port", type=_port, default=443, metavar="N", help="(default: %(default)s)")
    parser.add_argument("--turn-cert", type=Path, metavar="FILE", help="TLS certificate chain (PEM)")
    parser.add_argument("--turn-key", type=Path, metavar="FILE", help="TLS private key (PEM)")
    parser.add_argument(
        "--bytes-per-second", type=int, default=0, metavar="N", help="for everybody together; 0 for no limit"
    )
    parser.set_defaults(
        act=lambda chosen: print_turn_config(
            TurnPlan(
                realm=chosen.realm,
                addresses=tuple(chosen.relay_ip),
                port=chosen.turn_port,
                tls_port=chosen.turn_tls_port,
                certificate=chosen.turn_cert,
                key=chosen.turn_key,
                bps_capacity=chosen.bytes_per_second,
            ),
            chosen.turn_secret_file,
        )
    )


def _password_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--password-stdin", action="store_true", help="the password is the first line of stdin instead of a prompt"
    )


def _port(text: str) -> int:
    return number(text, 0, 65535)


def _ip_address(text: str) -> IPv4Address | IPv6Address:
    try:
        return ip_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not an IP address") from error


def _positive(text: str) -> int:
    return number(text, 1, 100_000)


def _valid_days(text: str) -> int:
    return number(text, 1, 366)


def _valid_hours(text: str) -> int:
    return number(text, 1, _LONGEST_VALID_HOURS)
