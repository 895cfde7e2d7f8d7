"""`deskside-customer`, as a command: the program, or a sentence about what is not installed."""

from protocol.program_start import start


def main() -> int:
    """Run the program and return its exit status; 2: what it needs is not installed."""
    return start(
        "deskside-customer",
        "customer_client.app",
        extra="customer",
        of_python=("tkinter", "_tkinter"),
        later=("aiortc", "av", "mss", "platformdirs", "psutil", "websockets"),
    )
