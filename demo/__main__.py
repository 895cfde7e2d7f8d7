"""Run the demo: on virtual displays by hands of its own, or on your screen for you to try."""

import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path

from demo.hands import Hands
from demo.play import play
from demo.programs import DemoFailed
from demo.session import DISPLAY_NAME, NAME, PASSWORD, Stage, certify_devices, has_screen, start_relay
from demo.virtual_display import virtual_desktop

FOLDER = Path(__file__).resolve().parent.parent / "build" / "demo"


def main() -> int:
    """Play the demo; return 0 when every part of it worked."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--headless", action="store_true", help="use virtual displays even if there is a screen")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for pictures, record and report")
    arguments = parser.parse_args()
    folder = arguments.out.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if has_screen() and not arguments.headless:
        return try_it(folder)
    return play_headless(folder)


def play_headless(folder: Path) -> int:
    """Bring two virtual displays, play the session on them and write `report.json`."""
    began = time.monotonic()
    with virtual_desktop() as technician_display, virtual_desktop() as customer_display:
        stage = Stage(folder, Hands(technician_display), Hands(customer_display))
        try:
            play(stage)
        except DemoFailed as failure:
            stage.report["failed"] = str(failure)
            for name, hands in (("technician", stage.technician_hands), ("customer", stage.customer_hands)):
                hands.take_picture(folder / f"{name}_failed.png")
        finally:
            for program in reversed(stage.programs):
                program.end()
            stage.technician_hands.close()
            stage.customer_hands.close()
    (folder / "report.json").write_text(json.dumps(stage.report, indent=2) + "\n")
    print(json.dumps(stage.report, indent=2))
    print(f"Pictures, record and report are in {folder} ({time.monotonic() - began:.0f} s).")
    return 1 if "failed" in stage.report else 0


def try_it(folder: Path) -> int:
    """Open the real windows on this screen and stay until they are closed."""
    display = os.environ["DISPLAY"]
    stage = Stage(folder, Hands(display), Hands(display))
    try:
        _, url, organisation = start_relay(stage)
        profile, data = str(folder / "technician"), str(folder / "customer")
        technician = stage.start("technician", ["technician_app.app", "--relay", url, "--profile", profile])
        customer = stage.start(
            "customer", ["customer_client.app", "--relay", url, "--organisation", organisation, "--data", data]
        )
        print(f"You are the technician: sign in as {NAME} ({DISPLAY_NAME}) with the password: {PASSWORD}")
        print("Then make a ticket, start a session and type its code into the customer's window. Close both to end.")
        while technician.running and not certify_devices(stage):
            time.sleep(2)
        technician.wait()
        customer.wait()
    except KeyboardInterrupt:
        print("Ended.")
    finally:
        for program in reversed(stage.programs):
            program.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
