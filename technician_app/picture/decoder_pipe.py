"""One decoder process and the pipe to it. Runs on the network thread."""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from protocol.errors import EnvironmentFault, PeerError
from protocol.transport.tasks import create_task
from technician_app.picture.decoder_messages import (
    REPLY_HEAD,
    UPDATE_HEAD,
    Applied,
    Reply,
    read_applied,
    reply_head,
)
from technician_app.picture.shared_pixels import SharedPixels

START_PATIENCE_S = 20.0
LAST_WORDS_S = 1.0
DECODE_PATIENCE_S = 5.0
"""An update takes 1 to 50 ms; a process that needs so long is stuck."""

_SOURCE = Path(__file__).resolve().parents[2]


class DecoderPipe:
    """Talks to one decoder process. Every failure of it is a PeerError: hostile bytes are what makes it fail."""

    def __init__(self, process: asyncio.subprocess.Process, max_pixels: int) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._updates = process.stdin
        self._replies = process.stdout
        self._max_pixels = max_pixels
        self._end = create_task(process.wait(), name="decoder process")
        self.process_id = process.pid

    @classmethod
    async def open(cls, shared: SharedPixels, decoder: str, max_pixels: int) -> "DecoderPipe":
        """Start a decoder process that writes into `shared`.

        It is a new program, not a fork: nothing of the app's memory, descriptors or environment goes along.

        Raises:
            EnvironmentFault: the system does not start it (`no_decoder`).
        """
        command = (sys.executable, "-s", "-P", "-m", "technician_app.picture.decoder_child")
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                shared.handle,
                str(max_pixels),
                decoder,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=_environment(),
                pass_fds=shared.descriptors,
            )
        except OSError as error:
            raise EnvironmentFault(f"decoder process: {error}", code="no_decoder") from error
        return cls(process, max_pixels)

    def on_end(self, ended: Callable[[], None]) -> None:
        """Call `ended` when the process is gone."""
        self._end.add_done_callback(lambda _task: ended())

    def check(self) -> None:
        """Raise PeerError if the process is gone."""
        if self._end.done():
            raise self._broken("it ended")

    async def ready(self) -> None:
        """Wait until the process has loaded everything and given up its rights.

        Raises:
            EnvironmentFault: it cannot start on this computer (`no_decoder`).
        """
        try:
            kind, _content = await self._reply(START_PATIENCE_S)
        except PeerError as error:
            raise EnvironmentFault(f"decoder process: {error}", code="no_decoder") from error
        if kind is not Reply.READY:
            raise EnvironmentFault(f"decoder process said {kind.name}", code="no_decoder")

    async def apply(self, batch: list[bytes]) -> list[Applied | None]:
        """Have the updates applied in order; None for one that came before its epoch began.

        Raises:
            PeerError: an update was refused, or the process crashed, hangs or does not keep to the protocol.
        """
        writing = create_task(self._write(batch), name="updates to the decoder")
        try:
            return [await self._applied() for _update in batch]
        finally:
            writing.cancel()

    async def close(self) -> None:
        """End the process, at once: it keeps nothing that would have to be saved."""
        self._updates.close()
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        # what it still said is read to the end, so that its pipe is closed too
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(LAST_WORDS_S):
                while await self._replies.read(1 << 16):
                    pass

    async def _write(self, batch: list[bytes]) -> None:
        try:
            for data in batch:
                self._updates.write(UPDATE_HEAD.pack(len(data)))
                self._updates.write(data)
                await self._updates.drain()
        except ConnectionError:
            return  # the missing reply says it

    async def _applied(self) -> Applied | None:
        kind, content = await self._reply(DECODE_PATIENCE_S)
        match kind:
            case Reply.APPLIED:
                return read_applied(content, self._max_pixels)
            case Reply.SKIPPED:
                return None
            case Reply.REFUSED:
                raise PeerError(f"update refused: {content!r}", code="update_refused")
            case _:
                raise self._broken(f"{kind.name} {content!r}")

    async def _reply(self, patience_s: float) -> tuple[Reply, bytes]:
        try:
            async with asyncio.timeout(patience_s):
                kind, length = reply_head(await self._replies.readexactly(REPLY_HEAD.size))
                return kind, await self._replies.readexactly(length)
        except TimeoutError as error:
            raise self._broken(f"no answer within {patience_s:.0f} s") from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise self._broken("it crashed") from error

    def _broken(self, what: str) -> PeerError:
        return PeerError(
            f"decoder process: {what}",
            code="picture_decoder_broke",
            user_text="The picture had to be started anew: a part of it could not be read.",
        )


def _environment() -> dict[str, str]:
    """Return what the process gets: our own modules, and one heap, because each further one costs address space."""
    wanted = {"PYTHONPATH": str(_SOURCE), "MALLOC_ARENA_MAX": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    kept = ("SYSTEMROOT", "LD_LIBRARY_PATH")
    return {**{name: os.environ[name] for name in kept if name in os.environ}, **wanted}
