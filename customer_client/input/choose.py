"""Chooses how to inject input and how to notice the customer's own, and says why in the log."""

import logging
import sys
from collections.abc import Callable

from customer_client.capture.source import Display
from customer_client.input.guardian import Guardian
from customer_client.input.injector import HiddenPlaces, Injector
from customer_client.input.ledger import InjectionLedger
from customer_client.input.local_activity import LocalActivity
from protocol.errors import EnvironmentFault

_log = logging.getLogger(__name__)


def choose_injector(
    shared: Callable[[], Display],
    ledger: InjectionLedger,
    *,
    guardian: Guardian | None = None,
    hidden: HiddenPlaces | None = None,
    display_name: str | None = None,
    system: str = sys.platform,
) -> Injector:
    """Return an injector for this system; `shared` returns the display that coordinates refer to.

    `guardian` learns of each press before it is made; nothing is pressed or typed where `hidden` says so.

    Raises:
        EnvironmentFault: `input_unsupported` on this system, `input_denied` or `display_gone`.
    """
    if system in ("win32", "darwin"):
        return _system_injector(system, shared, guardian, hidden)
    _require_linux(system)
    from customer_client.input.x11_injector import X11Injector

    injector = X11Injector(shared, ledger, guardian=guardian, hidden=hidden, display_name=display_name)
    _log.info("input: XTEST on X11")
    return injector


def choose_local_activity(
    ledger: InjectionLedger,
    on_activity: Callable[[], None],
    *,
    on_lost: Callable[[], None] | None = None,
    display_name: str | None = None,
    system: str = sys.platform,
) -> LocalActivity:
    """Return a watcher for the customer's own input; the callbacks run on its thread.

    Raises:
        EnvironmentFault: `input_unsupported`, `local_activity_unseen` or `display_gone`; then do not allow remote
            input.
    """
    _require_linux(system)
    from customer_client.input.x11_local_activity import X11LocalActivity

    watcher = X11LocalActivity(ledger, on_activity, on_lost=on_lost, display_name=display_name)
    _log.info("input: local activity through RECORD")
    return watcher


def _system_injector(
    system: str, shared: Callable[[], Display], guardian: Guardian | None, hidden: HiddenPlaces | None
) -> Injector:
    """Return the injector of Windows or macOS. Neither has been run yet: see `choose_local_activity`."""
    from customer_client.input.system_injector import SystemHands, SystemInjector

    hands: SystemHands
    if system == "win32":
        from customer_client.input.windows_hands import WindowsHands

        hands = WindowsHands()
    else:
        from customer_client.input.macos_hands import MacHands

        hands = MacHands()
    _log.info("input: %s", type(hands).__name__)
    return SystemInjector(hands, shared, guardian=guardian, hidden=hidden)


def _require_linux(system: str) -> None:
    if system.startswith("linux"):
        return
    _log.warning("input: no injector for %s", system)
    raise EnvironmentFault(
        f"no injector for {system}",
        code="input_unsupported",
        user_text="Remote control does not work on this kind of computer yet. Viewing your screen does.",
    )
