"""Accounts and their access tokens on disk."""

from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from protocol.errors import PeerError
from relay.accounts.people import Person, Role
from relay.accounts.tokens import TokenUse
from relay.clock import HOUR_MS
from relay.storage.engine import Database
from relay.storage.schema import AccessTokenRow, AccountRow

# Longer than any token lives, so that an expired one is still told from an unknown one for a while.
_TOKENS_ARE_KEPT_MS = 48 * HOUR_MS


@dataclass(frozen=True)
class StoredAccount:
    """An account with what only sign-in may look at. `disabled_at_ms` is None while it may sign in."""

    person: Person
    password_hash: str
    created_at_ms: int
    disabled_at_ms: int | None


class AccountStore:
    """Every method is one transaction. Names are already canonical (`account_name`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, person: Person, password_hash: str, now_ms: int) -> None:
        """Keep a new account.

        Raises:
            PeerError: the name is taken (`account_exists`).
        """
        row = AccountRow(
            id=person.id,
            name=person.name,
            display_name=person.display_name,
            role=person.role.value,
            password_hash=password_hash,
            created_at_ms=now_ms,
        )
        try:
            async with self._database.writing() as session:
                session.add(row)
        except IntegrityError as error:
            raise PeerError(
                "name taken", code="account_exists", user_text=f"There is already an account named {person.name}."
            ) from error

    async def find_enabled(self, name: str) -> StoredAccount | None:
        """Return the account of that name unless it is disabled."""
        async with self._database.reading() as session:
            row = await session.scalar(
                select(AccountRow).where(AccountRow.name == name, AccountRow.disabled_at_ms.is_(None))
            )
        return None if row is None else _stored(row)

    async def everyone(self) -> list[StoredAccount]:
        """Return all accounts by name, disabled ones too."""
        async with self._database.reading() as session:
            return [_stored(row) for row in await session.scalars(select(AccountRow).order_by(AccountRow.name))]

    async def set_password(self, name: str, password_hash: str) -> bool:
        """Set a new password hash and sign the account out everywhere; return whether there is such an account."""
        async with self._database.writing() as session:
            row = await session.scalar(select(AccountRow).where(AccountRow.name == name))
            if row is None:
                return False
            row.password_hash = password_hash
            await session.execute(delete(AccessTokenRow).where(AccessTokenRow.account_id == row.id))
            return True

    async def disable(self, name: str, now_ms: int) -> bool:
        """Disable the account and sign it out everywhere; return whether there is such an account."""
        async with self._database.writing() as session:
            row = await session.scalar(select(AccountRow).where(AccountRow.name == name))
            if row is None:
                return False
            row.disabled_at_ms = row.disabled_at_ms or now_ms
            await session.execute(delete(AccessTokenRow).where(AccessTokenRow.account_id == row.id))
            return True

    async def add_token(self, account_id: str, hashed: bytes, now_ms: int) -> None:
        """Keep a new token of the account and forget tokens that expired long ago."""
        async with self._database.writing() as session:
            await session.execute(
                delete(AccessTokenRow).where(AccessTokenRow.created_at_ms < now_ms - _TOKENS_ARE_KEPT_MS)
            )
            session.add(
                AccessTokenRow(token_hash=hashed, account_id=account_id, created_at_ms=now_ms, last_used_at_ms=now_ms)
            )

    async def find_token(self, hashed: bytes) -> tuple[Person, TokenUse] | None:
        """Return who holds the token and when it was used; None when unknown, revoked or of a disabled account."""
        query = (
            select(AccountRow, AccessTokenRow)
            .join(AccessTokenRow, AccessTokenRow.account_id == AccountRow.id)
            .where(AccessTokenRow.token_hash == hashed, AccountRow.disabled_at_ms.is_(None))
        )
        async with self._database.reading() as session:
            found = (await session.execute(query)).one_or_none()
        if found is None:
            return None
        account, token = found
        return _stored(account).person, TokenUse(token.created_at_ms, token.last_used_at_ms)

    async def touch_token(self, hashed: bytes, now_ms: int) -> None:
        """Remember that the token was used at `now_ms`."""
        async with self._database.writing() as session:
            await session.execute(
                update(AccessTokenRow).where(AccessTokenRow.token_hash == hashed).values(last_used_at_ms=now_ms)
            )

    async def remove_token(self, hashed: bytes) -> None:
        """Revoke the token."""
        async with self._database.writing() as session:
            await session.execute(delete(AccessTokenRow).where(AccessTokenRow.token_hash == hashed))


def _stored(row: AccountRow) -> StoredAccount:
    person = Person(id=row.id, name=row.name, display_name=row.display_name, role=Role(row.role))
    return StoredAccount(person, row.password_hash, row.created_at_ms, row.disabled_at_ms)
