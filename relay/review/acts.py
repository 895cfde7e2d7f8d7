"""What is done with sessions after they ended, as documents whose hashes stand in the organisation's log. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from protocol.audit.canonical import encode_canonical, in_normal_form
from protocol.audit.log.leaf import ActKind, ActLeaf, act_leaf
from relay.accounts.people import Person
from relay.clock import iso_utc

_ACTOR_DOMAIN = b"deskside/actor/1\0"


@dataclass(frozen=True)
class By:
    """Who did it: an account, or without `id` the operator at the relay's own computer, or the relay itself."""

    id: str | None
    name: str
    role: str

    @staticmethod
    def person(person: Person) -> "By":
        """Return somebody who is signed in."""
        return By(person.id, person.display_name, person.role.value)

    @property
    def actor(self) -> str:
        """What stands for this one in the log: 64 hex digits."""
        return hashlib.sha256(_ACTOR_DOMAIN + (self.id or self.role).encode()).hexdigest()


OPERATOR = By(None, "The relay's operator", "operator")
RETENTION = By(None, "Retention", "retention")


@dataclass(frozen=True)
class Act:
    """One act on a session (or on none: `session` empty) at `at_ms` (Unix ms), with what there is to say about it."""

    kind: ActKind
    session: str
    by: By
    at_ms: int
    facts: Mapping[str, object]

    @property
    def document(self) -> bytes:
        """The act in canonical JSON; equal acts have equal bytes."""
        fields: dict[str, object] = {
            **self.facts,
            "v": 1,
            "kind": self.kind,
            "sid": self.session,
            "at": iso_utc(self.at_ms),
            "by": self.by.name,
            "by_id": self.by.id or "",
            "role": self.by.role,
        }
        return encode_canonical(in_normal_form(fields))

    def leaf(self) -> ActLeaf:
        """Return what stands in the log."""
        return self.leaf_of(self.document)

    def leaf_of(self, document: bytes) -> ActLeaf:
        """Return what stands in the log about an act that has a document of its own."""
        return act_leaf(self.kind, sid=self.session, at_ms=self.at_ms, actor=self.by.actor, document=document)
