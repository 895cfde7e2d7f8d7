"""The organisation's log: what is in it, and who has seen it (docs/audit_format.md, "The log and its proofs")."""

import base64
import hashlib
import re
import struct

from cryptography.exceptions import InvalidSignature

from protocol.audit.export.verifier.basics import Json, b64, need, number, parse_json, signed_by, unpack
from protocol.audit.export.verifier.shapes import ACT, BATCH, LOG_CERTIFICATE, shaped

try:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
except ImportError:  # older versions of `cryptography`
    MLDSA44PublicKey = None  # type: ignore[assignment, misc]


class Log:
    """The organisation's log as its certificate describes it; `witnesses` are (word, name, kind byte + key).

    `unchecked` counts post-quantum signatures that this computer's `cryptography` cannot check: they count for nothing.
    """

    def __init__(self, data: bytes, root: bytes) -> None:
        """Read the certificate of a log that `root` signed; raises ValueError when it is not one."""
        need(len(data) <= 12288, "the log's certificate is too long")
        found, end = unpack(data)
        need(
            end == len(data) and isinstance(found, dict) and list(found) == list(LOG_CERTIFICATE),
            "not a log's certificate",
        )
        need(shaped(found, LOG_CERTIFICATE) and found["root_key"] == root, "the log is of another organisation")
        signed_by(root, found["signature"], b"deskside/log-cert/1\0\x8b" + data[1:-76])
        self.name: str = found["log"]
        self.keys = [b"\1" + found["ed25519"], *([b"\6" + found["ml_dsa_44"]] if found["ml_dsa_44"] else [])]
        self.witnesses: list[tuple[str, str, bytes]] = []
        self.groups: dict[str, tuple[int, set[str]]] = {}
        self.quorum, self.unchecked = "", 0
        for line in found["policy"].split("\n"):
            self._read_policy(line.replace("\t", " ").split(" "))
        need(self.quorum, "a witness policy without a quorum")

    def _read_policy(self, words: list[str]) -> None:
        words = [word for word in words if word]
        if not words or words[0].startswith("#"):
            return
        if words[0] == "witness":
            name, key_id, key = words[2].split("+", 2)
            need(b64(key)[0] in (4, 6) and key_id == line_id(name, b64(key)).hex(), "a witness key with another id")
            self.witnesses.append((words[1], name, b64(key)))
        elif words[0] == "group":
            least = {"any": 1, "all": len(words) - 3}.get(words[2])
            self.groups[words[1]] = (number(words[2]) if least is None else least, set(words[3:]))
        else:
            need(words[0] == "quorum", "not a line of a witness policy")
            self.quorum = words[1]

    def verify_note(self, note: str) -> Json:
        """Return the checkpoint a note signs: `origin`, `size`, `root`, `names` of witnesses, `enough` of them, `at_s`.

        Every line must be one of the log's or a witness's, in their order: one nobody can check is refused.
        """
        body, _, tail = note.rpartition("\n\n")
        origin, size, root = body.split("\n")
        need(re.fullmatch(re.escape(self.name) + "/audit/[0-9]{4}", origin, re.ASCII), "a checkpoint of another log")
        *lines, rest = tail.split("\n")
        need(lines and not rest, "a checkpoint without signatures")
        expected = [(origin, key) for key in self.keys] + [(name, key) for _, name, key in self.witnesses]
        point = {"origin": origin, "size": number(size), "root": b64(root, 32, 32)}
        times: dict[int, int] = {}
        place = 0
        for line in lines:
            dash, name, value = line.split(" ")
            raw = b64(value, 5)
            while (name, raw[:4]) != (expected[place][0], line_id(*expected[place])):
                place += 1
            need(dash == "\u2014", "not a signature line")
            self.unchecked += expected[place][1][0] == 6 and MLDSA44PublicKey is None
            times[place] = verify_line(*expected[place], raw[4:], point)
            place += 1
        need(all(key in times for key in range(len(self.keys))), "the log itself has not signed with all its keys")
        seen = [self.witnesses[key - len(self.keys)] for key in times if key >= len(self.keys)]
        names = [word for word, _, key in seen if key[0] == 4 or MLDSA44PublicKey is not None]
        agreed = set(names)
        for group, (least, members) in self.groups.items():
            agreed |= {group} if len(agreed & members) >= least else set()
        enough = self.quorum != "none" and self.quorum in agreed
        return {**point, "names": names, "enough": enough, "at_s": max(times.values())}

    def verify_proof(self, data: bytes) -> Json:
        """Return the leaf a tlog-proof file proves to be in the log, its `index`, and its checkpoint as `point`."""
        need(len(data) <= 65536, "the proof is too long")
        head, blank, note = data.partition(b"\n\n")
        mark, extra, place, *path = head.decode("ascii").split("\n")
        need(mark == "c2sp.org/tlog-proof@v1" and blank and len(path) <= 53, "not a proof")
        need(extra.startswith("extra ") and place.startswith("index "), "not a proof with its leaf")
        leaf_data, index, point = b64(extra[6:], 1, 1024), number(place[6:]), self.verify_note(note.decode())
        leaf = parse_json(leaf_data, 1024)
        need(shaped(leaf, BATCH if leaf.get("kind") == "batch" else ACT), "not a leaf of the log")
        need(leaf["kind"] != "batch" or leaf["from"] < leaf["to"], "a batch of no events")
        need((leaf["kind"] == "config") == (leaf["sid"] == ""), "a leaf about no session")
        found = hashlib.sha256(b"\0" + leaf_data).digest()
        need(root_above(found, index, point["size"], path) == point["root"], "the proof leads to another root")
        return {**leaf, "index": index, "point": point}


def root_above(found: bytes, index: int, size: int, path: list[str]) -> bytes:
    """Return the root an inclusion proof leads to (RFC 9162, 2.1.3.2); raises ValueError when its length is wrong."""
    last = size - 1
    need(index <= last, "there is no such leaf")
    for line in path:
        sibling = b64(line, 32, 32)
        need(last, "the proof is too long")
        if index & 1 or index == last:
            found = hashlib.sha256(b"\1" + sibling + found).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + sibling).digest()
        index, last = index >> 1, last >> 1
    need(last == 0, "the proof is too short")
    return found


def line_id(name: str, key: bytes) -> bytes:
    """Return the four bytes a signature by this key begins with; the key's first byte is its kind."""
    return hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]


def verify_line(name: str, key: bytes, raw: bytes, point: Json) -> int:
    """Check one signature under a checkpoint; return its time in Unix seconds, 0 for a line that tells none."""
    body = f"{point['origin']}\n{point['size']}\n{base64.b64encode(point['root']).decode()}\n"
    if key[0] == 1:
        need(len(raw) == 64, "a signature of a wrong length")
        signed_by(key[1:], raw, body.encode())
        return 0
    need(len(raw) == (72 if key[0] == 4 else 2428), "a signature of a wrong length")
    unix_s = int.from_bytes(raw[:8], "big")
    need(unix_s < 2**63, "a signature without a time")
    if key[0] == 4:
        signed_by(key[1:], raw[8:], f"cosignature/v1\ntime {unix_s}\n{body}".encode())
        return unix_s
    if MLDSA44PublicKey is None:
        return 0
    cosigner, log = ((bytes([len(word.encode())]) + word.encode()) for word in (name, point["origin"]))
    message = b"subtree/v1\n\0" + cosigner + raw[:8] + log + struct.pack(">QQ", 0, point["size"]) + point["root"]
    try:
        MLDSA44PublicKey.from_public_bytes(key[1:]).verify(raw[8:], message)
    except InvalidSignature:
        raise ValueError("a post-quantum signature does not fit") from None
    return unix_s
