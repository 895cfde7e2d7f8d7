"""One side of a session without a window, as a process of its own: `python -m tests.support.headless_peer JSON`.

The customer allows whatever is asked. Each change is told as a JSON line with `at`, the machine's monotonic seconds;
orders come as JSON lines on standard input: `{"ask": "pin", "pin": ...}`, `control`, `type`, `move`, `end`, `stop`.
"""

import asyncio
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from protocol.messages.consent import Capability
from protocol.messages.input import PointerMoved, TextTyped
from protocol.messages.relay_api import OpenedSession, Organisation
from protocol.messages.review_api import DepositedKeys, ReviewKeys
from protocol.transport.tasks import create_task
from technician_app.controllers.profile import DeviceKeys, Profile
from technician_app.controllers.relay_api import RelayApi
from technician_app.controllers.session import SessionController
from technician_app.controllers.session_state import PictureChange, SessionViewState, Shown
from tests.support.fingerprints import fingerprint
from tests.support.headless_customer import Orders as Orders
from tests.support.headless_customer import Told as Told
from tests.support.headless_customer import read_orders as read_orders
from tests.support.headless_customer import run_customer
from tests.support.headless_customer import say as say
from tests.support.headless_files import told_files


class HeadlessProfile(Profile):
    """The profile of the device that was certified."""

    keys: DeviceKeys

    def device_keys(self) -> DeviceKeys:
        """Return its keys."""
        return self.keys


class NoApi:
    """In place of the relay's HTTP interface, which a session without notes does not need."""

    proven_root = b""
    """The relay proves itself to the customer in these sessions."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    async def review_keys(self) -> ReviewKeys:
        """Return none: there are no auditors."""
        return ReviewKeys(())

    async def deposit_key(self, session: str, keys: DepositedKeys) -> DepositedKeys:
        """Take the device's key."""
        return keys


async def run_technician(given: dict[str, Any]) -> None:
    """Be the technician."""
    told = Told()
    folder = Path(given["folder"])
    folder.mkdir(mode=0o700)
    profile = HeadlessProfile(folder)
    profile.keys = DeviceKeys(
        Ed25519PrivateKey.from_private_bytes(bytes.fromhex(given["signing_key"])),
        X25519PrivateKey.from_private_bytes(bytes.fromhex(given["sealing_key"])),
    )
    frames = 0
    told_pictures = given.get("fingerprints", False)

    def shown(change: Shown) -> None:
        nonlocal frames
        if isinstance(change, PictureChange):
            frames += 1
            seen = {"fingerprint": fingerprint(change.pixels, change.size, change.stride)} if told_pictures else {}
            controller.picture_painted(change.number)  # from then on its pixels change
            say({"frames": frames, **seen})

    def publish(state: SessionViewState) -> None:
        told.tell(
            {
                "phase": state.phase.value,
                "status": state.status,
                "problem": state.problem,
                "outage": state.outage,
                "control": state.control.value,
                "record": state.record_status,
                "path": state.link_status.path,
                "files": told_files(state.files.files),
            }
        )

    opened = given["opened"]
    controller = SessionController(
        opened=OpenedSession(**(opened | {"mailbox": bytes.fromhex(opened["mailbox"])})),
        api=cast(RelayApi, NoApi(given["relay"])),
        profile=profile,
        organisation=Organisation(given["organisation"], bytes.fromhex(given["root_key"]), given["root_id"]),
        certificate=bytes.fromhex(given["certificate"]),
        publish=publish,
        frame_arrived=shown,
    )
    orders: Orders = {
        "pin": lambda order: controller.enter_pin(order["pin"]),
        "control": lambda order: controller.ask_for((Capability.CONTROL,)),
        "type": lambda order: controller.send_input(TextTyped(order["text"])),
        "move": lambda order: controller.send_input(PointerMoved(order["seq"], order["x"], order["y"])),
        "record": lambda order: controller.export_record(order["path"]),
        "send_file": lambda order: controller.exchange.files.send((order["path"],)),
        "want_file": lambda order: controller.exchange.files.ask_for(order["wish"]),
        "files_folder": lambda order: controller.exchange.files.choose_folder(order["path"]),
        "end": lambda order: controller.end(""),
    }
    following = create_task(read_orders(orders), name="orders")
    await controller.run()
    say({"ended": True})
    await following  # the record may still be asked for


def main() -> None:
    """Run the side the argument describes."""
    logging.basicConfig(level=logging.INFO, format="%(relativeCreated)d %(name)s %(message)s")
    logging.getLogger("aiortc").setLevel(logging.WARNING)
    given = json.loads(sys.argv[1])
    os.environ.update(given.get("environment", {}))
    asyncio.run(run_customer(given) if given["side"] == "customer" else run_technician(given))


if __name__ == "__main__":
    main()
