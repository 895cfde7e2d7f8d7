"""A technician of a session with several, without a window: `python -m tests.support.colleague_peer JSON`.

Told and ordered like `tests.support.headless_peer`; orders are `pin`, `control`, `release`, `invite` (`name`,
`purpose`), `withdraw`, `hand_over`, `ask` (`capability`), `record` (`path`) and `end`. With `"side": "colleague"` it
waits for an invitation to the session `joins` and accepts it.
"""

import asyncio
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from protocol.messages.colleague import ColleaguePurpose
from protocol.messages.consent import Capability
from protocol.messages.relay_api import Account, OpenedSession, Organisation
from protocol.transport.tasks import create_task
from technician_app.controllers.account import Identity
from technician_app.controllers.colleagues_joining import Joining, accept_invitation
from technician_app.controllers.profile import DeviceKeys
from technician_app.controllers.relay_api import RelayApi
from technician_app.controllers.session import SessionController
from technician_app.controllers.session_state import Permission, PictureChange, SessionViewState, Shown
from tests.support.headless_peer import HeadlessProfile, Orders, Told, read_orders, say

LOOK_EVERY_S = 0.1


class Technician:
    """One technician's program."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._told = Told()
        self._frames = 0
        self._state: SessionViewState | None = None
        folder = Path(given["folder"])
        folder.mkdir(mode=0o700)
        self._profile = HeadlessProfile(folder)
        self._profile.keys = DeviceKeys(
            Ed25519PrivateKey.from_private_bytes(bytes.fromhex(given["signing_key"])),
            X25519PrivateKey.from_private_bytes(bytes.fromhex(given["sealing_key"])),
        )
        api = RelayApi(given["relay"])
        api.token = given["token"]
        self._identity = Identity(
            api=api,
            account=Account("", "", "", "technician"),
            organisation=Organisation(given["organisation"], bytes.fromhex(given["root_key"]), given["root_id"]),
            certificate=bytes.fromhex(given["certificate"]),
        )
        self._controller: SessionController

    async def run(self, given: dict[str, Any]) -> None:
        """Run the session to its end, then wait for standard input to end: the record may still be asked for."""
        joining = None
        if given["side"] == "colleague":
            joining = await self._invited(given["joins"])
            opened = joining.opened
        else:
            fields = given["opened"]
            opened = OpenedSession(**(fields | {"mailbox": bytes.fromhex(fields["mailbox"])}))
        self._controller = SessionController(
            opened=opened,
            api=self._identity.api,
            profile=self._profile,
            organisation=self._identity.organisation,
            certificate=self._identity.certificate,
            publish=self._publish,
            frame_arrived=self._shown,
            joining=joining,
        )
        following = create_task(read_orders(self._orders()), name="orders")
        await self._controller.run()
        say({"ended": True})
        await following
        await self._identity.api.close()

    async def _invited(self, joins: str) -> Joining:
        while True:
            for offered in (await self._identity.api.invitations()).invitations:
                if offered.joins == joins:
                    return await accept_invitation(self._identity, self._profile.keys, offered)
            await asyncio.sleep(LOOK_EVERY_S)

    def _orders(self) -> Orders:
        control = self._controller
        return {
            "pin": lambda order: control.enter_pin(order["pin"]),
            "control": lambda order: control.ask_for((Capability.CONTROL,)),
            "release": lambda order: control.release_control(),
            "ask": lambda order: control.ask_for((Capability(order["capability"]),)),
            "diagnostics": lambda order: control.request_diagnostics(),
            "look": lambda order: control.colleagues.look(),
            "invite": lambda order: self._invite(order["name"], ColleaguePurpose(order["purpose"])),
            "withdraw": lambda order: control.colleagues.withdraw(control.colleagues.state.people[-1].number),
            "hand_over": lambda order: control.colleagues.hand_over(self._here()),
            "record": lambda order: control.export_record(order["path"]),
            "end": lambda order: control.end(""),
        }

    def _invite(self, name: str, purpose: ColleaguePurpose) -> None:
        candidates = self._controller.colleagues.state.candidates
        serial = next(candidate.serial for candidate in candidates if candidate.name == name)
        self._controller.colleagues.invite(serial, purpose)

    def _here(self) -> str:
        return self._controller.colleagues.state.here[0].session

    def _shown(self, change: Shown) -> None:
        if isinstance(change, PictureChange):
            self._frames += 1
            self._controller.picture_painted(change.number)
            say({"frames": self._frames})

    def _publish(self, state: SessionViewState) -> None:
        self._told.tell(
            {
                "phase": state.phase.value,
                "status": state.status,
                "problem": state.problem,
                "outage": state.outage,
                "control": state.control.value,
                "record": state.record_status,
                "path": state.record_path,
                "session": state.session,
                "in_charge": state.colleagues.in_charge,
                "paused": state.paused,
                "candidates": [candidate.name for candidate in state.colleagues.candidates],
                "people": [(person.name, person.standing.value) for person in state.colleagues.people],
                "said": [person.said for person in state.colleagues.people],
                "asked": sorted(capability.value for capability in state.permissions),
                "recording": state.permissions.get(Capability.RECORDING, Permission()).standing.value,
            }
        )


async def serve(given: dict[str, Any]) -> None:
    """Be the technician."""
    await Technician(given).run(given)


def main() -> None:
    """Run the technician the argument describes."""
    logging.basicConfig(level=logging.INFO, format="%(relativeCreated)d %(name)s %(message)s")
    logging.getLogger("aiortc").setLevel(logging.WARNING)
    given = json.loads(sys.argv[1])
    os.environ.update(given.get("environment", {}))
    asyncio.run(serve(given))


if __name__ == "__main__":
    main()
