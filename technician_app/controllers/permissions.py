"""What the customer allows, as the technician's side was told: asks, shows, gives back. Runs on the network thread.

A mirror: the customer's side enforces (docs/protocol.md, section 5). It is only never sent what is not allowed.
"""

import time
from collections.abc import Callable, Mapping
from typing import Protocol

from protocol.audit.events import EventType
from protocol.audit.session_record import HeldEvent
from protocol.consent import EXPIRED, INDEPENDENT, SEE_ENDED, Standing
from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.base import Message
from protocol.messages.consent import (
    Capability,
    CapabilityAnswered,
    CapabilityRequested,
    CapabilityRevoked,
    PlanRequested,
)
from technician_app.controllers.plan import ASKED_AT_FIRST
from technician_app.controllers.session_state import Permission


class PermissionOwner:
    """The feature behind one or more capabilities, to inherit from: what is not overridden does nothing."""

    async def permission_granted(self, capability: Capability, event_seq: int) -> None:
        """The customer allowed it with the signed event `event_seq` of lane C."""

    def giving_back(self, capability: Capability) -> None:
        """The technician gives it back: send what has to arrive before that."""

    async def permission_ended(self, capability: Capability, reason: str) -> None:
        """It was taken or given back, expired, or the session ends (`session_end`)."""


class Record(Protocol):
    """The signed events of both lanes, as far as this module looks at them."""

    def event(self, lane: str, seq: int) -> HeldEvent | None:
        """Return the event held at `seq` of `lane`, None when there is none."""


class Keeper(Protocol):
    """What keeps the record: see `protocol.transport.record_keeper.RecordKeeper`."""

    @property
    def record(self) -> Record:
        """The events held."""

    async def write(self, type: EventType, body: Mapping[str, object], *, answers: int = -1) -> int:
        """Make an event durable and return its seq."""


class AskedPermissions:
    """The standing of every capability.

    `changed` gets the standing of all that have an owner, in the order of Capability, and the capability changed by
    an answer or an end (None: by asking), with the reason code of a refusal or an end (empty: granted). `plan` is what
    was asked for at first, `within` all a colleague who joined may ask for (None: everything) until they are in charge
    (`widen`).
    """

    def __init__(
        self,
        *,
        keeper: Keeper,
        send: Callable[[Message], object],
        changed: Callable[[Mapping[Capability, Permission], Capability | None, str], None],
        plan: tuple[Capability, ...] = ASKED_AT_FIRST,
        within: frozenset[Capability] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keeper = keeper
        self._send = send
        self._changed = changed
        self._clock = clock
        self._owners: dict[Capability, PermissionOwner] = {}
        self._within = within
        self._standing = {capability: Permission(Standing.ASKED) for capability in plan}
        self._asks = dict.fromkeys(plan, 0)

    def register(self, owner: PermissionOwner, *capabilities: Capability) -> None:
        """Name the feature behind `capabilities`: only what has one can be asked for."""
        for capability in capabilities:
            self._owners[capability] = owner
        self._tell()

    def widen(self) -> None:
        """This technician is in charge: everything may be asked for."""
        self._within = None
        self._tell()

    def require_within(self, *capabilities: Capability) -> None:
        """Do nothing when all of `capabilities` may be asked for in this session.

        Raises:
            EnvironmentFault: only who is in charge may (`not_in_charge`).
        """
        if self._within is not None and not self._within.issuperset(capabilities):
            said = "Only the colleague in charge of the session can do that."
            raise EnvironmentFault("not in charge", code="not_in_charge", user_text=said)

    def standing(self, capability: Capability) -> Standing:
        """Return where `capability` stands."""
        return self._standing.get(capability, Permission()).standing

    def allows(self, capability: Capability) -> bool:
        """Return whether the customer is known to allow `capability` now: nothing may be sent otherwise."""
        permission = self._standing.get(capability, Permission())
        in_time = permission.until is None or self._clock() < permission.until
        return permission.standing is Standing.GRANTED and in_time

    async def ask(self, *capabilities: Capability, reason: str) -> None:
        """Ask for one capability, or for several in one question.

        What is asked or granted already is left out, and so is what needs `see` while that is neither granted nor
        asked for in the same question.
        """
        see = self.allows(Capability.SEE) or Capability.SEE in capabilities
        wanted = tuple(
            each
            for each in Capability
            if each in self._owners
            and each in capabilities
            and self.standing(each) is Standing.DENIED
            and (see or each in INDEPENDENT)
        )
        if wanted:
            seq = await self.sign_ask(*wanted)
            if len(wanted) == 1:
                self._send(CapabilityRequested(wanted[0], reason, seq))
            else:
                self._send(PlanRequested(wanted, reason, seq))

    async def sign_ask(self, *capabilities: Capability) -> int:
        """Record that `capabilities` are asked for and return the event's seq, for a message of the feature's own.

        What is granted stays granted: it is asked for once more only because each use has a question.
        """
        self.require_within(*capabilities)
        new = [capability for capability in capabilities if self.standing(capability) is not Standing.GRANTED]
        self._standing.update(dict.fromkeys(new, Permission(Standing.ASKED)))
        self._tell()
        names = [capability.value for capability in capabilities]
        body: dict[str, object] = {"capability": names[0]} if len(names) == 1 else {"capabilities": names}
        seq = await self._keeper.write(EventType.CONSENT_ASK, body)
        self._asks.update(dict.fromkeys(new, seq))
        return seq

    async def give_back(self, capability: Capability) -> None:
        """Give a grant back, or take a request back."""
        if self.standing(capability) is Standing.ASKED and capability not in self._asks:
            return  # it is being recorded and has not been asked yet
        if self.standing(capability) is Standing.DENIED:
            return
        owner = self._owners.get(capability)
        if owner is not None and self.standing(capability) is Standing.GRANTED:
            owner.giving_back(capability)
        self._send(CapabilityRevoked(capability, "given_back"))
        await self._end(capability, "given_back")

    async def answered(self, message: CapabilityAnswered) -> None:
        """Take the customer's answer; one to a request that was taken back changes nothing.

        Raises:
            PeerError: there is no signed event that says the same (`not_allowed`).
        """
        wanted = EventType.CONSENT_GRANT if message.granted else EventType.CONSENT_DENY
        held = self._keeper.record.event("C", message.event_seq)
        if held is None or held.event.type is not wanted or held.body.get("capability") != message.capability.value:
            raise PeerError("an answer without its signed event", code="not_allowed")
        if self._asks.get(message.capability) != held.event.req:
            self._extended(message)
            return
        del self._asks[message.capability]
        if message.granted:
            until = self._clock() + message.expires_in_s if message.expires_in_s else None
            self._standing[message.capability] = Permission(Standing.GRANTED, until)
            self._tell(message.capability)
            owner = self._owners.get(message.capability)
            if owner is not None:
                await owner.permission_granted(message.capability, message.event_seq)
        else:
            self._standing.pop(message.capability, None)
            self._tell(message.capability, message.reason)

    def _extended(self, message: CapabilityAnswered) -> None:
        """The customer lets something that is granted go on, with another end or none."""
        if message.granted and self.standing(message.capability) is Standing.GRANTED:
            until = self._clock() + message.expires_in_s if message.expires_in_s else None
            self._standing[message.capability] = Permission(Standing.GRANTED, until)
            self._tell()

    async def revoked(self, message: CapabilityRevoked) -> None:
        """The customer's side ended a grant."""
        if self.standing(message.capability) is Standing.GRANTED:
            await self._end(message.capability, message.reason)

    async def end_all(self) -> None:
        """The session ends: nothing is allowed any more."""
        for capability in tuple(self._standing):
            await self._end(capability, "session_end")

    async def _end(self, capability: Capability, reason: str) -> None:
        was = self._standing.pop(capability, Permission()).standing
        self._asks.pop(capability, None)
        sight_expired = reason == SEE_ENDED and self._standing.get(Capability.SEE, Permission()).expired
        if was is Standing.GRANTED and (reason == EXPIRED or sight_expired):
            self._standing[capability] = Permission(expired=True)
        self._tell(capability, reason)
        owner = self._owners.get(capability)
        if owner is not None and was is Standing.GRANTED:
            await owner.permission_ended(capability, reason)

    def _tell(self, capability: Capability | None = None, reason: str = "") -> None:
        offered = [each for each in Capability if each in self._owners and (not self._within or each in self._within)]
        known = {each: self._standing.get(each, Permission()) for each in offered}
        self._changed(known, capability, reason)
