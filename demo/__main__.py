"""Run the demo: on virtual displays by hands of its own, or on your screen for you to try."""

import argparse
import json
import shutil
import sys
import time
from pathlib import Path

from demo.hands import Hands
from demo.programs import DemoFailed, Program
from demo.session import DISPLAY_NAME, NAME, PASSWORD, Stage, has_screen, play, start_relay
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
    stage = Stage(folder, None, None)  # type: ignore[arg-type]
    try:
        _, url, organisation = start_relay(stage)
        relay = ["--relay", url]
        technician = Program(
            "technician", ["technician_app.app", *relay, "--profile", str(folder / "technician")], log_folder=folder
        )
        customer = Program(
            "customer",
            ["customer_client.app", *relay, "--organisation", organisation, "--data", str(folder / "customer")],
            log_folder=folder,
        )
        stage.programs += [technician, customer]
        print(f"You are the technician: sign in as {NAME} ({DISPLAY_NAME}) with the password: {PASSWORD}")
        print("Once signed in, certify the device in another terminal:")
        print(
            f"  .venv/bin/deskside-relay org certify --data {folder / 'relay'} "
            f"--org-key {folder / 'organisation.pem'} --all-pending"
        )
        print("Then make a ticket, start a session and type its code into the customer's window. Close both to end.")
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
