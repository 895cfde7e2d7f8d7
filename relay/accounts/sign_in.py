"""Signing in and out: rate limits, passwords and tokens put together. Runs on the relay's event loop."""

import logging
from collections.abc import Callable

from protocol.errors import PeerError
from protocol.messages.relay_api import Credentials, SignedIn
from relay.accounts.passwords import PasswordVerifier
from relay.accounts.people import Person, account_name
from relay.accounts.rate_limits import SignInLimits
from relay.accounts.tokens import (
    TOKEN_BYTES,
    TokenUse,
    check_token_lives,
    expires_at_ms,
    token_hash,
    token_invalid,
    token_text,
)
from relay.clock import MINUTE_MS, Clock, iso_utc
from relay.storage.accounts import AccountStore

_log = logging.getLogger(__name__)

# A token in steady use is written once a minute, not at every request.
_USE_IS_WRITTEN_EVERY_MS = MINUTE_MS


class SignInDesk:
    """Turns credentials into tokens and tokens into people."""

    def __init__(self, accounts: AccountStore, *, clock: Clock, entropy: Callable[[int], bytes]) -> None:
        self._accounts = accounts
        self._clock = clock
        self._entropy = entropy
        self._limits = SignInLimits()
        self._passwords = PasswordVerifier()

    async def sign_in(self, credentials: Credentials, address: str) -> SignedIn:
        """Return a new token for the account of `credentials`.

        Raises:
            PeerError: `bad_credentials` (whatever is wrong), `too_many_requests`.
        """
        name, now_ms = account_name(credentials.name), self._clock()
        if not self._limits.admit(name, address, now_ms):
            raise _too_many()
        found = await self._accounts.find_enabled(name)
        if not await self._passwords.matches(credentials.password, found.password_hash if found else None):
            _log.warning("sign-in refused", extra={"address": address})
            raise PeerError("no", code="bad_credentials", user_text="The user name or the password is not right.")
        self._limits.succeeded(name, address)
        assert found is not None
        token = token_text(self._entropy(TOKEN_BYTES))
        await self._accounts.add_token(found.person.id, token_hash(token), now_ms)
        _log.info("signed in", extra={"account": found.person.id})
        ends = expires_at_ms(TokenUse(now_ms, now_ms))
        return SignedIn(token=token, expires_at=iso_utc(ends), account=found.person.as_account())

    async def confirm(self, person: Person, password: str, address: str) -> None:
        """Check that `person`, who is signed in, knows the password now: before what must be theirs beyond doubt.

        Raises:
            PeerError: `password_wrong`, `too_many_requests`; attempts count like those of signing in.
        """
        if not self._limits.admit(person.name, address, self._clock()):
            raise _too_many()
        found = await self._accounts.find_enabled(person.name)
        if not await self._passwords.matches(password, found.password_hash if found else None):
            _log.warning("password not confirmed", extra={"account": person.id, "address": address})
            raise PeerError("no", code="password_wrong", user_text="This is not your password.")
        self._limits.succeeded(person.name, address)

    async def identify(self, token: str) -> Person:
        """Return who holds `token` and remember that it was used.

        Raises:
            PeerError: `token_invalid` or `token_expired`.
        """
        now_ms, hashed = self._clock(), token_hash(token)
        found = await self._accounts.find_token(hashed)
        if found is None:
            raise token_invalid()
        person, use = found
        check_token_lives(use, now_ms)
        if now_ms - use.last_used_at_ms >= _USE_IS_WRITTEN_EVERY_MS:
            await self._accounts.touch_token(hashed, now_ms)
        return person

    async def sign_out(self, token: str) -> None:
        """Make `token` worthless."""
        await self._accounts.remove_token(token_hash(token))


def _too_many() -> PeerError:
    return PeerError(
        "sign-in rate limit",
        code="too_many_requests",
        user_text="Too many sign-ins failed. Please wait 15 minutes and try again.",
    )
