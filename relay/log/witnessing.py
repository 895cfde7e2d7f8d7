"""What a witness decides about a checkpoint (C2SP tlog-witness, `add-checkpoint`). Pure.

A witness cosigns one history of each log: whatever it has signed before, the next tree begins with.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from protocol.audit.log.checkpoint import Checkpoint, LogKeys, parse_checkpoint
from protocol.audit.log.cosignature import verify_signature
from protocol.audit.log.merkle import EMPTY_ROOT, MAX_SIZE, verify_consistency
from protocol.audit.log.note import Note, malformed, parse_note, read_decimal, read_hash
from protocol.errors import PeerError

MAX_REQUEST_BYTES = 32 * 1024
MAX_PROOF_LINES = 63

BAD_REQUEST, FORBIDDEN, UNKNOWN_LOG, CONFLICT, NOT_CONSISTENT = 400, 403, 404, 409, 422


class NotCosigned(PeerError):
    """The witness does not cosign. `status` is the HTTP status, `size` the tree it holds (for a conflict)."""

    code = "not_cosigned"

    def __init__(self, status: int, detail: str, *, size: int | None = None) -> None:
        super().__init__(detail, user_text=f"Not cosigned: {detail}.")
        self.status = status
        self.size = size


@dataclass(frozen=True)
class AddCheckpoint:
    """A request: the size the log believes the witness holds, the proof from there, and the checkpoint."""

    old_size: int
    proof: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint


def parse_request(body: bytes) -> AddCheckpoint:
    """Return what a request asks.

    Raises:
        NotCosigned: it is not exactly such a request (400).
    """
    try:
        head, blank, note = body.partition(b"\n\n")
        lines = head.decode("ascii").split("\n")
        if len(body) > MAX_REQUEST_BYTES or not blank or not lines[0].startswith("old "):
            raise malformed("not a request")
        if len(lines) > 1 + MAX_PROOF_LINES:
            raise malformed(f"{len(lines) - 1} hashes")
        read = parse_note(note)
        return AddCheckpoint(
            old_size=read_decimal(lines[0].removeprefix("old "), MAX_SIZE),
            proof=tuple(read_hash(line) for line in lines[1:]),
            note=read,
            checkpoint=parse_checkpoint(read),
        )
    except (PeerError, UnicodeDecodeError) as error:
        raise NotCosigned(BAD_REQUEST, str(error)) from error


def check_request(request: AddCheckpoint, trusted: Sequence[LogKeys], seen: Checkpoint | None) -> None:
    """Check that the witness, which holds `seen` of this log (None: nothing yet), may cosign the checkpoint.

    Raises:
        NotCosigned: the log is unknown (404), has not signed (403), the request makes no sense (400), the witness
            holds another size or another tree of this size (409), or the tree is not a continuation (422).
    """
    checkpoint = request.checkpoint
    keys = next((keys for keys in trusted if keys.is_origin(checkpoint.origin)), None)
    if keys is None:
        raise NotCosigned(UNKNOWN_LOG, "this witness does not know the log")
    _check_signed(request, keys)
    if request.old_size > checkpoint.size:
        raise NotCosigned(BAD_REQUEST, "the tree has become smaller")
    held = seen or Checkpoint(checkpoint.origin, 0, EMPTY_ROOT)
    if request.old_size != held.size:
        raise NotCosigned(CONFLICT, f"this witness holds {held.size} leaves", size=held.size)
    if held.size == checkpoint.size and held.root != checkpoint.root:
        raise NotCosigned(CONFLICT, "this witness holds another tree of this size", size=held.size)
    try:
        verify_consistency(held.size, checkpoint.size, held.root, checkpoint.root, request.proof)
    except PeerError as error:
        raise NotCosigned(NOT_CONSISTENT, str(error)) from error


def _check_signed(request: AddCheckpoint, keys: LogKeys) -> None:
    """Every key the log has must have signed; lines of other keys are passed over."""
    for key in keys.verifiers(request.checkpoint.origin):
        lines = [line for line in request.note.signatures if line.is_by(key)]
        try:
            for line in lines:
                verify_signature(key, line, request.checkpoint)
        except PeerError as error:
            raise NotCosigned(FORBIDDEN, str(error)) from error
        if not lines:
            raise NotCosigned(FORBIDDEN, "the log has not signed with all its keys")
