"""An event loop on a thread of its own, where even asyncio is imported: the window does not wait for it."""

import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future

_END_S = 1.0
_JOIN_S = 2.0


class LoopThread:
    """Any thread may call this. What is handed over before `start` starts the thread."""

    def __init__(self, name: str, *, first: Callable[["asyncio.AbstractEventLoop"], object]) -> None:
        """`first` is called on the thread, before anything else, with the loop that is about to run."""
        self._first = first
        self._lock = threading.Lock()
        self._made = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def loop(self) -> "asyncio.AbstractEventLoop":
        """The loop; waits until it is made."""
        self.start()
        self._made.wait()
        return self._loop

    def start(self) -> None:
        """Start the thread, unless it was started."""
        with self._lock:
            if self._thread.ident is None:
                self._thread.start()

    def submit(self, work: Coroutine[Any, Any, None]) -> "Future[None]":
        """Run `work` on the loop."""
        import asyncio

        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def end(self) -> None:
        """Let what still runs end, for 1 s, and then the thread. Nothing to do where it was never started."""
        if self._thread.ident is not None:
            self.submit(self._end())
            self._thread.join(_JOIN_S)

    def _run(self) -> None:
        try:
            import asyncio

            self._loop = asyncio.new_event_loop()
        finally:
            self._made.set()
        asyncio.set_event_loop(self._loop)
        self._first(self._loop)
        self._loop.run_forever()

    async def _end(self) -> None:
        """Let what still runs end, and then the loop: nothing may be left half done when the program goes."""
        import asyncio

        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            if not task.cancelling():  # one that is clearing up already may finish that
                task.cancel()
        if others:
            await asyncio.wait(others, timeout=_END_S)
        self._loop.stop()
