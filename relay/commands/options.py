"""What every part of the command line is made with: families of commands, commands, and checked numbers."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from relay.config import default_data_dir

if TYPE_CHECKING:
    # argparse has no public name for what add_subparsers returns.
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def family(commands: "Commands", name: str, help_text: str, description: str) -> "Commands":
    """Add a command that only has commands of its own, and return those."""
    added = commands.add_parser(
        name, help=help_text, description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    return added.add_subparsers(title="commands", metavar="COMMAND", required=True)


def command(commands: "Commands", name: str, help_text: str, description: str) -> argparse.ArgumentParser:
    """Add a command that works on the relay's data folder (`data`)."""
    parser = commands.add_parser(
        name, help=help_text, description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=default_data_dir(),
        metavar="DIR",
        help="folder with the relay's data (default: %(default)s)",
    )
    return parser


def passphrase_option(parser: argparse.ArgumentParser, help_text: str) -> None:
    """Let a passphrase come from stdin."""
    parser.add_argument("--passphrase-stdin", action="store_true", help=help_text)


def number(text: str, lowest: int, highest: int) -> int:
    """Return the number in `text`.

    Raises:
        ArgumentTypeError: not a number, or not from `lowest` to `highest`.
    """
    if not text.isascii() or not text.isdecimal() or not lowest <= int(text) <= highest:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from {lowest} to {highest}")
    return int(text)
