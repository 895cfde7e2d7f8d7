"""Review as its window uses it: search, a session's page, keys, policy, signatures, exports. Network thread."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from protocol.audit.signatures import Meaning, fingerprint_of_file, sign_record
from protocol.errors import DesksideError, LocalError
from protocol.messages.review_api import FoundSession
from protocol.pairing.certificates import read_certificate
from protocol.transport.tasks import create_task
from technician_app.controllers.account import AccountController, Identity
from technician_app.controllers.profile import Profile
from technician_app.controllers.review_api import ANYTHING, ReviewQuery
from technician_app.controllers.review_files import OpenedFile, export_sessions, open_file
from technician_app.controllers.review_keys import ReviewKeyRing
from technician_app.controllers.review_page import SessionPage
from technician_app.controllers.review_policy import PolicyResult, run_policy
from technician_app.controllers.review_reader import CARES, READS_NO_RECORDS, ReviewReader
from technician_app.controllers.review_root import NO_ROOTS, RootsShown, known_roots, roots_shown
from technician_app.controllers.tickets import SIGN_IN_AGAIN

PAGE_SIZE = 50
"""Of the relay."""

Place = tuple[str, int]
"""An event: lane and seq."""


@dataclass(frozen=True)
class ReviewListState:
    """The results: one page of them, counted from `first`. `more`: another page follows."""

    query: ReviewQuery = ANYTHING
    rows: tuple[FoundSession, ...] = ()
    page: int = 1
    first: int = 1
    more: bool = False
    loading: bool = False
    problem: str = ""


@dataclass(frozen=True)
class ReviewPageState:
    """The open session. `doing` says what is being done while it is read; `place` is the event to show first."""

    session: str = ""
    page: SessionPage | None = None
    doing: str = ""
    problem: str = ""
    place: Place | None = None


@dataclass(frozen=True)
class ReviewToolsState:
    """Whether the review key is unlocked, who reads, and what runs: `busy` says what, `share` how far (0..1).

    `cares`: may set and lift legal holds, and erase. `roots` are the organisation keys that are trusted.
    """

    unlocked: bool = False
    reads_records: bool = False
    may_sign: bool = False
    cares: bool = False
    roots: RootsShown = NO_ROOTS
    name: str = ""
    busy: str = ""
    share: float = 0.0
    said: str = ""


@dataclass(frozen=True)
class ReviewShown:
    """Where the controller's states go."""

    list: Callable[[ReviewListState], None]
    page: Callable[[ReviewPageState], None]
    tools: Callable[[ReviewToolsState], None]
    policy: Callable[[PolicyResult], None]


class ReviewController:
    """Publishes a frozen state at every change. Questions publish their `problem`; only SIGN_IN_AGAIN is raised.

    `unlock`, `sign`, `hold`, `erase` and `export` raise DesksideError, for the dialog that asked.
    """

    def __init__(
        self,
        *,
        account: AccountController,
        profile: Profile,
        shown: ReviewShown,
        unix_now: Callable[[], float] = time.time,
    ) -> None:
        self._profile = profile
        self._keys = ReviewKeyRing()
        self._reader = ReviewReader(account, profile, self._keys)
        self._shown = shown
        self._unix_now = unix_now
        self._list = ReviewListState()
        self._page = ReviewPageState()
        self._tools = ReviewToolsState()
        self._cursors = [""]
        self._asked = 0
        self._job: asyncio.Task[Any] | None = None

    @property
    def review_key(self) -> X25519PrivateKey | None:
        """The review key while it is unlocked."""
        return self._keys.review_key

    async def begin(self) -> None:
        """Show the newest sessions: somebody has signed in."""
        identity = self._reader.identity
        reads = identity.account.role != READS_NO_RECORDS
        roots = await asyncio.to_thread(roots_shown, self._profile, identity)
        self._show_tools(
            reads_records=reads,
            may_sign=reads and bool(identity.certificate),
            cares=identity.account.role == CARES,
            roots=roots,
            name=_name(identity),
        )
        await self.search(ANYTHING)

    async def search(self, query: ReviewQuery) -> None:
        """Show the first page of what `query` finds."""
        self._cursors = [""]
        await self._find(query, 1)

    async def turn(self, pages: int) -> None:
        """Go `pages` (-1 or 1) further in the results."""
        page = self._list.page + pages
        if 1 <= page <= len(self._cursors):
            await self._find(self._list.query, page)

    async def open(self, session: str, place: Place | None = None) -> None:
        """Read and verify a session and show it at `place`."""
        known = self._page.page if self._page.session == session else None
        self._show_page(ReviewPageState(session, known, "Fetching the session", place=place))

        def step(text: str) -> None:
            if self._page.session == session:
                self._show_page(replace(self._page, doing=text))

        try:
            page = await self._reader.page(session, step)
        except DesksideError as error:
            if self._page.session == session:
                self._show_page(replace(self._page, page=None, doing="", problem=error.user_text))
            if error.code in SIGN_IN_AGAIN:
                raise
            return
        if self._page.session == session:
            self._show_page(ReviewPageState(session, page, place=place))

    async def leave(self) -> None:
        """Show no session."""
        self._show_page(ReviewPageState())

    async def unlock(self, path: Path, passphrase: str) -> None:
        """Open the review key file and read the open session again, with its details."""
        await self._keys.unlock(path, passphrase)
        self._show_tools(unlocked=True)
        await self._read_again()

    async def lock(self) -> None:
        """Forget the review key, and everything it opened."""
        self._keys.lock()
        self._show_tools(unlocked=False)
        await self._read_again()

    async def sign(self, session: str, meaning: Meaning, password: str) -> None:
        """Sign the open session electronically, exactly as it is shown.

        Raises:
            DesksideError: `password_wrong`, `signature_refused`, `nothing_to_sign`.
        """
        identity, page = self._reader.identity, self._page.page
        if page is None or page.session != session or page.evidence is None or not identity.certificate:
            raise LocalError("no record is shown", code="nothing_to_sign", user_text="There is no record to sign.")
        document = sign_record(
            self._profile.device_keys().signing,
            identity.certificate,
            session=session,
            record_sha256=await asyncio.to_thread(fingerprint_of_file, page.evidence.files.record),
            meaning=meaning,
            at_ms=int(self._unix_now() * 1000),
        )
        await self._reader.api.sign(session, document, password)
        await self._show_again(session)

    async def hold(self, session: str, *, held: bool, reason: str) -> None:
        """Set a legal hold on a session, or lift it, and show it as it stands then.

        Raises:
            DesksideError: the relay refuses, or cannot be reached.
        """
        await self._reader.api.hold(session, held=held, reason=reason)
        await self._show_again(session)

    async def erase(self, session: str, basis: str) -> None:
        """Erase for good what a session left behind under `basis`, and show what is left of it.

        Raises:
            DesksideError: the relay refuses (a hold keeps it: `session_on_hold`), or cannot be reached.
        """
        await self._reader.api.erase(session, basis)
        await self._show_again(session)

    async def _show_again(self, session: str) -> None:
        await self.open(session)
        await self._find(self._list.query, self._list.page)

    async def export(self, sessions: Sequence[str], path: Path) -> None:
        """Write sessions to one `.dsaudit` file; nothing is raised when that is cancelled."""

        def progress(done: int) -> None:
            doing = f"Reading session {done + 1} of {len(sessions)}" if done < len(sessions) else "Writing the file"
            self._show_tools(busy=doing, share=done / max(1, len(sessions)), said="")

        async def work() -> None:
            sha256 = await export_sessions(self._reader, sessions, path, self._profile.device_keys(), progress)
            self._show_tools(said=f"Saved {path.name} (SHA-256 {sha256[:16]}…). The export is recorded.")

        await self._run(work(), "export sessions")

    async def check(self, sessions: Sequence[str]) -> None:
        """Judge the policy sentences over sessions."""

        def publish(result: PolicyResult) -> None:
            doing = f"Checking session {result.done + 1} of {result.total}" if result.running else ""
            self._show_tools(busy=doing, share=result.done / max(1, result.total), said="")
            self._shown.policy(result)

        await self._run(run_policy(self._reader, sessions, publish), "check policy")

    async def cancel(self) -> None:
        """Stop what runs."""
        if self._job is not None:
            self._job.cancel()

    async def open_file(self, path: Path) -> OpenedFile:
        """Return what a `.dsaudit` file holds; no relay is needed.

        Raises:
            DesksideError: it cannot be read, or is no export.
        """
        roots = await asyncio.to_thread(known_roots, self._profile)
        return await asyncio.to_thread(open_file, path, roots)

    async def forget(self) -> None:
        """Show nothing and keep no key: somebody signed out."""
        self._asked += 1
        await self.cancel()
        self._keys.lock()
        self._list, self._tools = ReviewListState(), ReviewToolsState()
        self._shown.list(self._list)
        self._shown.tools(self._tools)
        self._show_page(ReviewPageState())

    async def _find(self, query: ReviewQuery, page: int) -> None:
        self._asked += 1
        asked = self._asked
        self._show_list(replace(self._list, query=query, loading=True, problem=""))
        try:
            found = await self._reader.api.find(query, self._cursors[page - 1])
        except DesksideError as error:
            if asked == self._asked:
                self._show_list(replace(self._list, loading=False, problem=error.user_text))
            if error.code in SIGN_IN_AGAIN:
                raise
            return
        if asked == self._asked:
            self._cursors = [*self._cursors[:page], *([found.next] if found.next else [])]
            first = 1 + (page - 1) * PAGE_SIZE
            self._show_list(ReviewListState(query, found.sessions, page, first, bool(found.next)))

    async def _run(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        """Do one long thing; a second one waits for nobody and is refused."""
        if self._job is not None:
            work.close()
            raise LocalError("busy", code="review_busy", user_text="Please wait until what runs now is done.")
        self._job = create_task(work, name=name, awaited=True)
        try:
            await asyncio.wait({self._job})
            if not self._job.cancelled():
                self._job.result()
            else:
                self._show_tools(said="Cancelled.")
        finally:
            self._job = None
            self._show_tools(busy="", share=0.0)

    async def _read_again(self) -> None:
        if self._page.session:
            place = self._page.place
            self._show_page(ReviewPageState(self._page.session))
            await self.open(self._page.session, place)

    def _show_list(self, state: ReviewListState) -> None:
        self._list = state
        self._shown.list(state)

    def _show_page(self, state: ReviewPageState) -> None:
        self._page = state
        self._shown.page(state)

    def _show_tools(self, **changes: Any) -> None:
        self._tools = replace(self._tools, **changes)
        self._shown.tools(self._tools)


def _name(identity: Identity) -> str:
    """Return the name that a signature prints: the certificate's."""
    return read_certificate(identity.certificate).name if identity.certificate else identity.account.display_name
