"""Takes checkpoints to one witness and brings back what it signs (C2SP tlog-witness, `add-checkpoint`)."""

import logging
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import httpx

from protocol.audit.log.checkpoint import Checkpoint
from protocol.audit.log.cosignature import verify_signature
from protocol.audit.log.merkle import MAX_SIZE
from protocol.audit.log.note import NoteSignature, parse_signatures, print_note, read_decimal, write_base64
from protocol.audit.log.policy import Witness
from protocol.errors import EnvironmentFault, PeerError
from relay.config import is_loopback
from relay.storage.log import SignedHead

PATIENCE_S = 10.0
_LONGEST_ANSWER_BYTES = 64 * 1024
_OK, _CONFLICT = 200, 409

_log = logging.getLogger(__name__)

Consistency = Callable[[str, int, int], Awaitable[tuple[bytes, ...]]]
"""Gives the consistency proof of a tree from one size to another."""


class WitnessDisagrees(PeerError):
    """The witness has seen another history of this log: one of the two was changed, or this relay was set back."""

    code = "witness_disagrees"
    user_text = "A witness has seen another history of this relay's log. See the operations manual, `The log`."


class WitnessCourier:
    """One witness. `client` is shared; remembers what the witness saw last of each tree."""

    def __init__(self, witness: Witness, client: httpx.AsyncClient, consistency: Consistency) -> None:
        self.witness = witness
        self._client = client
        self._consistency = consistency
        self._seen: dict[str, int] = {}

    def has_seen(self, origin: str, size: int) -> None:
        """The witness is known to have signed the tree at `size`."""
        self._seen[origin] = max(size, self._seen.get(origin, 0))

    async def cosign(self, head: SignedHead) -> NoteSignature:
        """Return the witness's cosignature under a checkpoint, verified.

        Raises:
            EnvironmentFault: it cannot be reached, or refuses for now (`witness_unreachable`).
            WitnessDisagrees: it has seen another history.
            PeerError: its answer is not a cosignature (`note_malformed`, `note_signature`).
        """
        checkpoint = head.checkpoint
        for _attempt in range(2):
            old = min(self._seen.get(checkpoint.origin, 0), checkpoint.size)
            status, answer = await self._post(await self._request(head, old))
            if status == _OK:
                signature = self._own_line(answer, checkpoint)
                self.has_seen(checkpoint.origin, checkpoint.size)
                return signature
            if status != _CONFLICT:
                raise _unreachable(self.witness, f"answered {status}")
            seen = read_decimal(answer.decode("ascii", "replace").removesuffix("\n"), MAX_SIZE)
            if seen > checkpoint.size or seen == old:
                raise WitnessDisagrees(f"{self.witness.name} holds {seen} leaves of {checkpoint.origin}")
            self._seen[checkpoint.origin] = seen
        raise _unreachable(self.witness, "changes its mind")

    async def _request(self, head: SignedHead, old: int) -> bytes:
        checkpoint = head.checkpoint
        proof = await self._consistency(checkpoint.origin, old, checkpoint.size)
        lines = [f"old {old}", *map(write_base64, proof)]
        return ("\n".join(lines) + "\n\n").encode() + print_note(checkpoint.text, head.signatures)

    async def _post(self, body: bytes) -> tuple[int, bytes]:
        url = f"{self.witness.url}/add-checkpoint"
        try:
            async with self._client.stream("POST", url, content=body) as answer:
                received = b""
                async for chunk in answer.aiter_bytes():
                    received += chunk
                    if len(received) > _LONGEST_ANSWER_BYTES:
                        raise _unreachable(self.witness, "answers without end")
                return answer.status_code, received
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _unreachable(self.witness, str(error) or type(error).__name__) from error

    def _own_line(self, answer: bytes, checkpoint: Checkpoint) -> NoteSignature:
        try:
            lines = parse_signatures(answer.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise PeerError("the witness's answer is not UTF-8", code="note_malformed") from error
        for line in lines:
            if line.is_by(self.witness.key):
                verify_signature(self.witness.key, line, checkpoint)
                return line
        raise PeerError(f"{self.witness.name} answered with no line of its key", code="note_signature")


def client_for(url: str) -> httpx.AsyncClient:
    """Return an HTTP client for a witness; one on this computer is never asked through a proxy."""
    return httpx.AsyncClient(
        timeout=PATIENCE_S, follow_redirects=False, trust_env=not is_loopback(urlsplit(url).hostname or "")
    )


def _unreachable(witness: Witness, detail: str) -> EnvironmentFault:
    return EnvironmentFault(
        f"witness {witness.name}: {detail}",
        code="witness_unreachable",
        user_text=f"The witness {witness.name} cannot be reached now.",
    )
