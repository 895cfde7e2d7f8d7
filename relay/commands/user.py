"""`deskside-relay user`: the only way accounts are made. No HTTP route can."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from protocol.errors import PeerError
from relay.accounts.passwords import check_new_password, hash_password
from relay.accounts.people import Person, Role, account_name
from relay.clock import Clock, iso_utc
from relay.commands.terminal import read_secret, write_line, write_table
from relay.storage.accounts import AccountStore
from relay.storage.engine import Database
from relay.storage.migrate import open_data_folder

T = TypeVar("T")
_ID_BYTES = 8


def add_user(data_dir: Path, clock: Clock, *, name: str, display_name: str, role: str, password_stdin: bool) -> int:
    """Make an account.

    Raises:
        PeerError: name or password not allowed, or the name is taken.
    """
    person = Person(secrets.token_hex(_ID_BYTES), account_name(name), display_name.strip(), Role(role))
    if not 1 <= len(person.display_name) <= 200 or not person.display_name.isprintable():
        raise PeerError("display name", code="invalid_request", user_text="A display name has 1 to 200 characters.")
    hashed = _new_password(password_stdin)
    _with_accounts(data_dir, clock, lambda accounts: accounts.add(person, hashed, clock()))
    write_line(f"Added {role} {person.name} ({person.display_name}).")
    return 0


def list_users(data_dir: Path, clock: Clock) -> int:
    """Write every account to stdout."""
    everyone = _with_accounts(data_dir, clock, lambda accounts: accounts.everyone())
    rows = [
        (
            stored.person.name,
            stored.person.display_name,
            stored.person.role.value,
            iso_utc(stored.created_at_ms),
            "enabled" if stored.disabled_at_ms is None else f"disabled {iso_utc(stored.disabled_at_ms)}",
        )
        for stored in everyone
    ]
    write_table(("NAME", "DISPLAY NAME", "ROLE", "CREATED", "STATE"), rows)
    return 0


def set_password(data_dir: Path, clock: Clock, *, name: str, password_stdin: bool) -> int:
    """Set a new password and sign the account out everywhere.

    Raises:
        PeerError: no such account, or the password is not allowed.
    """
    wanted, hashed = account_name(name), _new_password(password_stdin)
    if not _with_accounts(data_dir, clock, lambda accounts: accounts.set_password(wanted, hashed)):
        raise _no_such_account(wanted)
    write_line(f"Changed the password of {wanted} and signed it out everywhere.")
    return 0


def disable_user(data_dir: Path, clock: Clock, *, name: str) -> int:
    """Disable an account and sign it out everywhere.

    Raises:
        PeerError: no such account.
    """
    wanted = account_name(name)
    if not _with_accounts(data_dir, clock, lambda accounts: accounts.disable(wanted, clock())):
        raise _no_such_account(wanted)
    write_line(f"Disabled {wanted} and signed it out everywhere.")
    return 0


def _new_password(from_stdin: bool) -> str:
    password = read_secret("Password", from_stdin=from_stdin, twice=True)
    check_new_password(password)
    return hash_password(password)


def _with_accounts(data_dir: Path, clock: Clock, act: Callable[[AccountStore], Awaitable[T]]) -> T:
    path = open_data_folder(data_dir, clock())

    async def run() -> T:
        database = Database(path)
        try:
            return await act(AccountStore(database))
        finally:
            await database.close()

    return asyncio.run(run())


def _no_such_account(name: str) -> PeerError:
    return PeerError("no such account", code="not_found", user_text=f"There is no account named {name}.")
