"""The file name of a running program, which says more than what it calls itself. Any thread."""

from pathlib import Path

import psutil

from customer_client.memory import forget_callers


def program_of(process_id: int) -> str:
    """Return the file name of a running program; empty where it is not told."""
    if process_id <= 0:
        return ""
    try:
        process = psutil.Process(process_id)
        try:
            return Path(process.exe()).name or process.name()
        except psutil.AccessDenied as denied:
            forget_callers(denied)
            return process.name()
    except (psutil.Error, OSError):  # OSError: wine does not tell
        return ""
