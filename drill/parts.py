"""What the drill does, each part a function of how much and of a seed that returns figures to be added up."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from fuzz.running import run_target
from protocol.audit.findings import Verdict
from tests.support.endpoint_matrix import probe_everything, unexpected_allows, unexpected_refusals
from tests.support.export_mutations import accepted_mutations
from tests.support.exported_session import check, exported
from tests.support.hostile_relay import deceived_by
from tests.support.kept_sessions import review_stage
from tests.support.kill_rounds import Killed, kill_clients, kill_relays
from tests.support.recorded_session import smallest_session
from tests.support.relay_in_process import served_relay
from tests.support.tampered_disk import tamper
from tests.support.two_faced_log import conflicting_checkpoints

Figures = dict[str, int]
Found = TypeVar("Found")


def killed_relays(seed: int, count: int) -> Figures:
    """A relay in a process of its own, under load, killed again and again."""
    killed = _in_a_folder(lambda folder: kill_relays(folder, seed=seed, count=count))
    return {"kills_of_relay": killed.kills, **_kills(killed)}


def killed_clients(seed: int, count: int) -> Figures:
    """Clients in processes of their own, killed while they write their record."""
    killed = _in_a_folder(lambda folder: kill_clients(folder, seed=seed, count=count))
    return {"kills_of_clients": killed.kills, **_kills(killed)}


def mutated_exports(seed: int, count: int) -> Figures:
    """An export, changed at random in its bytes and in its files."""
    original = exported(smallest_session())
    assert check(original).verdict is Verdict.VALID
    return {"mutations": count, "mutations_accepted": len(accepted_mutations(original, seed=seed, count=count))}


def hostile_relay(seed: int, count: int) -> Figures:
    """A relay between two pairs of strangers that drops, repeats, replays, changes, reflects, splices, downgrades."""
    return {"hostile_schedules": count, "hostile_schedules_split": len(deceived_by(seed, count))}


def two_faced_log(seed: int, count: int) -> Figures:
    """A log with two histories that asks three witnesses for cosignatures in any order."""
    conflicts = conflicting_checkpoints(seed=seed, count=count)
    return {"split_view_runs": count, "conflicting_checkpoints_cosigned": conflicts}


def endpoint_matrix(seed: int, count: int) -> Figures:
    """Every endpoint of the relay asked by everybody; `seed` and `count` change nothing about it."""
    return _in_a_folder(_matrix)


def tampered_disk(seed: int, count: int) -> Figures:
    """Rows of the record edited, dropped, inserted, exchanged, cut off by somebody who is root."""
    found = _in_a_folder(lambda folder: tamper(folder / "data", seed=seed, count=count))
    return {
        "tamperings": found.changes,
        "tamperings_unnoticed": found.unnoticed,
        "tamperings_misnamed": found.misnamed,
    }


def fuzzed(name: str, seed: int, count: int) -> Figures:
    """One parser under Atheris for `count` seconds."""
    found = run_target(name, seconds=count, seed=seed)
    if found.crash:
        print(found.crash)
    return {"fuzz_targets": 1, "fuzz_executions": found.executions, "fuzz_crashes": int(bool(found.crash))}


def _kills(killed: Killed) -> Figures:
    return {
        "kills": killed.kills,
        "acknowledged_events": killed.acknowledged,
        "acknowledged_events_lost": killed.lost,
    }


async def _matrix(folder: Path) -> Figures:
    async with served_relay(folder / "data") as relay:
        probes = await probe_everything(await review_stage(relay))
    return {
        "endpoint_probes": len(probes),
        "unexpected_allows": len(unexpected_allows(probes)),
        "unexpected_refusals": len(unexpected_refusals(probes)),
    }


def _in_a_folder(work: Callable[[Path], Awaitable[Found]]) -> Found:
    async def run() -> Found:
        with tempfile.TemporaryDirectory(prefix="deskside-drill-") as folder:
            return await work(Path(folder))

    return asyncio.run(run())
