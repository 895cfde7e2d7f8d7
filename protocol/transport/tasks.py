"""Background work that is never lost: a task with a name, a kept reference and a reported exception."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_log = logging.getLogger(__name__)
_running: set[asyncio.Task[Any]] = set()


def create_task(coroutine: Coroutine[Any, Any, T], *, name: str, awaited: bool = False) -> asyncio.Task[T]:
    """Start `coroutine` on the running loop and keep it referenced.

    Its exception is logged as an error, unless `awaited` says that the caller looks at the result.
    """
    task = asyncio.get_running_loop().create_task(coroutine, name=name)
    _running.add(task)
    task.add_done_callback(_running.discard if awaited else _report)
    return task


async def cancelled(task: asyncio.Task[Any], *, patience_s: float = 0.0) -> None:
    """Give `task` `patience_s` to end by itself, then cancel it; return when it has ended, however it did."""
    await asyncio.wait({task}, timeout=patience_s)
    task.cancel()
    await asyncio.wait({task})


def _report(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if not task.cancelled() and task.exception() is not None:
        _log.error("background task %s failed", task.get_name(), exc_info=task.exception())
