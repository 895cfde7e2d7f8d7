"""One asyncio loop in one thread of ours, and the two ways across: `submit` goes there, `post_to_gui` comes back.

The network thread owns all session state; the GUI thread owns the widgets. Only frozen values cross.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from protocol.errors import LocalError
from protocol.transport.event_loop import new_event_loop
from protocol.transport.tasks import create_task

T = TypeVar("T")
CANCELLED_AGAIN_S = 0.1

_log = logging.getLogger(__name__)


class NetworkThread(QObject):
    """The network thread as the GUI sees it. Create, `start` and `stop` it on the GUI thread.

    Signals:
        failed: an exception nobody else took care of, delivered on the GUI thread.
    """

    failed = Signal(object)
    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loop = new_event_loop()
        self._loop.set_exception_handler(self._loop_failed)
        self._thread = threading.Thread(target=self._run, name="deskside-network", daemon=True)
        self._closers: list[Callable[[], Awaitable[None]]] = []
        self._stopped = False
        self._posted.connect(self._run_posted, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Start the thread; from here on `submit` works."""
        self._thread.start()

    def submit(
        self,
        coroutine: Coroutine[Any, Any, T],
        *,
        on_result: Callable[[T], None] | None = None,
        on_error: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run `coroutine` on the network thread; call back on the GUI thread.

        Without `on_error` an exception is logged and announced by `failed`: none is dropped. After `stop` the coroutine
        is closed unrun.
        """
        if self._stopped:
            coroutine.close()
            return
        self._loop.call_soon_threadsafe(self._start_task, self._attend(coroutine, on_result, on_error))

    def call_soon(self, function: Callable[..., object], *arguments: object) -> None:
        """Call `function` on the network thread, in the order of these calls; its exceptions go to `failed`."""
        if not self._stopped:
            self._loop.call_soon_threadsafe(self._call, function, arguments)

    def post_to_gui(self, function: Callable[[], object]) -> None:
        """Call `function` on the GUI thread, in the order of these calls. Callable from any thread."""
        self._posted.emit(function)

    def before_stop(self, closer: Callable[[], Awaitable[None]]) -> None:
        """Have `closer` awaited on the network thread during `stop`; the last one added runs first."""
        self._closers.append(closer)

    def stop(self, timeout_s: float = 5.0) -> None:
        """Cancel every task, run the closers, close the loop and join the thread; at most `timeout_s` seconds.

        Raises:
            LocalError: the thread did not end in time (`network_thread_stuck`).
        """
        if self._stopped:
            return
        self._stopped = True
        if not self._thread.is_alive():
            self._loop.close()
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            raise LocalError(f"the network thread is still busy after {timeout_s} s", code="network_thread_stuck")

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._shut_down())
        finally:
            self._loop.close()

    async def _shut_down(self) -> None:
        await self._end_tasks()
        for closer in reversed(self._closers):
            try:
                await closer()
            except Exception as error:
                self._report(error, "closing failed")
        await self._loop.shutdown_asyncgens()
        await self._loop.shutdown_default_executor()

    async def _end_tasks(self) -> None:
        """Cancel every task once: one that is already clearing up is left to finish that, and waited for."""
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in tasks:
                if not task.cancelling():
                    task.cancel()
            # looked at again soon, because a timeout that ended just now takes its own cancelling back
            await asyncio.wait(tasks, timeout=CANCELLED_AGAIN_S)

    def _start_task(self, coroutine: Coroutine[Any, Any, None]) -> None:
        create_task(coroutine, name=getattr(coroutine, "__qualname__", "submitted"))

    async def _attend(
        self,
        coroutine: Coroutine[Any, Any, T],
        on_result: Callable[[T], None] | None,
        on_error: Callable[[Exception], None] | None,
    ) -> None:
        try:
            result = await coroutine
        except Exception as error:
            if on_error is None:
                self._report(error, "a network task failed")
            else:
                _log.info("network task: %s: %s", type(error).__name__, error)
                self.post_to_gui(partial(on_error, error))
            return
        if on_result is not None:
            self.post_to_gui(partial(on_result, result))

    def _call(self, function: Callable[..., object], arguments: tuple[object, ...]) -> None:
        try:
            function(*arguments)
        except Exception as error:
            self._report(error, "a network call failed")

    def _loop_failed(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        message = str(context.get("message", "event loop failure"))
        self._report(error if isinstance(error, Exception) else LocalError(message), message)

    def _report(self, error: Exception, what: str) -> None:
        _log.error("%s", what, exc_info=error)
        self.post_to_gui(partial(self.failed.emit, error))

    @Slot(object)
    def _run_posted(self, function: Callable[[], object]) -> None:
        try:
            function()
        except Exception as error:
            _log.exception("a callback on the GUI thread failed")
            self.failed.emit(error)
