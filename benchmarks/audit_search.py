"""How long a reviewer waits for a page of sessions, in a relay's database with 100,000 of them.

The database is a real one, seeded through SQL with sessions as the relay indexes them; the search is the relay's own.
"""

import asyncio
import random
import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from protocol.ids import session_id, ticket_number
from relay.review.searching import SessionQuery, fold
from relay.storage.engine import Database
from relay.storage.migrate import open_data_folder
from relay.storage.review_index import SessionSearch

SESSIONS = 100_000
TICKETS = 40_000
TECHNICIANS = 50
ROUNDS = 12
TARGET_P95_MS = 300.0

_NOON_MS = 1_800_000_000_000
_APART_MS = 5 * 60_000
_SUBJECTS = ("Printer does not print", "Mail is slow", "VPN drops", "New laptop", "Password", "Screen stays black")
_NAMES = ("Carla Customer", "Günther Größe", "Émile Durand", "Ana Sánchez", "Li Wei", "Olga Ivanova", "John Smith")
_KINDS = (
    "|consent.grant|session.open|",
    "|consent.ask|consent.grant|control.take|input.summary|session.end|session.open|session.seal|",
    "|consent.grant|file.accepted|file.offered|file.sent|session.end|session.open|session.seal|",
    "|chat.sent|consent.grant|link.lost|link.resumed|session.end|session.open|session.seal|",
)


def search_figures(sessions: int = SESSIONS) -> dict[str, float]:
    """Return `sessions`, `search_p50_ms`, `search_p95_ms` and `search_worst_ms` over the queries reviewers make.

    Among them are the worst: words that stand in no session, and kinds of events hardly any has.
    """
    with tempfile.TemporaryDirectory(prefix="deskside-search-") as folder:
        path = open_data_folder(Path(folder), _NOON_MS)
        seed_sessions(path, sessions)
        times_ms = sorted(asyncio.run(_measure(path, sessions)))
    return {
        "sessions": float(sessions),
        "search_p50_ms": round(times_ms[len(times_ms) // 2], 1),
        "search_p95_ms": round(times_ms[int(len(times_ms) * 0.95)], 1),
        "search_worst_ms": round(times_ms[-1], 1),
    }


def queries(sessions: int = SESSIONS) -> tuple[SessionQuery, ...]:
    """Return what is searched for."""
    oldest_ms = _NOON_MS - sessions * _APART_MS
    middle_ms = _NOON_MS - sessions // 2 * _APART_MS
    every = SessionQuery()
    return (
        every,
        replace(every, ticket=ticket_number(2027, 777)),
        replace(every, ticket="000777"),
        replace(every, technician=fold("Technician 7")),
        replace(every, customer=fold("größe")),
        replace(every, customer=fold("nobody of this name")),
        replace(every, text=fold("printer")),
        replace(every, text=fold("words that stand nowhere")),
        replace(every, kind="file.sent"),
        replace(every, kind="diag.sent"),
        replace(every, opened_from_ms=middle_ms, opened_before_ms=middle_ms + 86_400_000),
        replace(every, opened_before_ms=oldest_ms + 86_400_000, text=fold("vpn")),
        replace(every, only_of="t7", customer=fold("li wei"), kind="chat.sent"),
    )


def seed_sessions(path: Path, sessions: int) -> None:
    """Fill the database with so many sessions, one every five minutes, newest at the relay's noon."""
    rng = random.Random(7)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executemany(
            "INSERT INTO account (id, name, display_name, role, password_hash, created_at_ms) "
            "VALUES (?, ?, ?, 'technician', 'x', 1)",
            [(f"t{number}", f"t{number}", f"Technician {number}") for number in range(TECHNICIANS)],
        )
        tickets = [_ticket(number) for number in range(1, TICKETS + 1)]
        connection.executemany(
            "INSERT INTO ticket VALUES (?, 2027, ?, ?, ?, '', 'open', 'normal', 1, 1, 't0')", tickets
        )
        rows = [_session(rng, number, tickets) for number in range(sessions)]
        connection.executemany(
            "INSERT INTO support_session VALUES (?, ?, ?, x'00', 'Have a look', 'ended', ?, ?)",
            [(one, ticket[0], account, opened_ms, opened_ms + 600_000) for one, ticket, account, opened_ms, _ in rows],
        )
        connection.executemany(
            "INSERT INTO session_index VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open', 40, 30, 40, 30, 1, 1)",
            [_index(*row) for row in rows],
        )


async def _measure(path: Path, sessions: int) -> list[float]:
    database = Database(path)
    search = SessionSearch(database)
    times_ms: list[float] = []
    try:
        for _ in range(ROUNDS):
            for query in queries(sessions):
                started = time.perf_counter()
                _, place = await search.page(query)
                times_ms.append((time.perf_counter() - started) * 1000)
                if place is not None:
                    started = time.perf_counter()
                    await search.page(replace(query, after=place))
                    times_ms.append((time.perf_counter() - started) * 1000)
    finally:
        await database.close()
    return times_ms


def _ticket(number: int) -> tuple[str, int, str, str]:
    subject = f"{_SUBJECTS[number % len(_SUBJECTS)]} {number}"
    return ticket_number(2027, number), number, subject, f"{_NAMES[number % len(_NAMES)]} {number % 1000}"


Seeded = tuple[str, tuple[str, int, str, str], str, int, str]
"""Session, its ticket, its technician's account, when it was opened (Unix ms), and its kinds of events."""


def _session(rng: random.Random, number: int, tickets: list[tuple[str, int, str, str]]) -> Seeded:
    opened_ms = _NOON_MS - number * _APART_MS
    kinds = _KINDS[number % len(_KINDS)]
    return session_id(rng.randbytes(16)), rng.choice(tickets), f"t{rng.randrange(TECHNICIANS)}", opened_ms, kinds


def _index(
    session: str, ticket: tuple[str, int, str, str], account: str, opened_ms: int, kinds: str
) -> tuple[object, ...]:
    number, _, subject, customer = ticket
    technician = f"Technician {account[1:]}"
    words = fold(f"{number}\n{subject}\n{customer}\nHave a look\n{technician}")
    return session, opened_ms, number, account, fold(technician), fold(customer), words, kinds
