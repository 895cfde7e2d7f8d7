"""Chooses how to inject input and how to notice the customer's own, and says why in the log."""

import logging
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from customer_client.capture.source import Display
from customer_client.input.guardian import Guardian
from customer_client.input.injector import HiddenPlaces, Injector
from customer_client.input.ledger import InjectionLedger
from customer_client.input.local_activity import LocalActivity
from customer_client.input.system_events import Listen, ListeningActivity
from protocol.errors import EnvironmentFault

if TYPE_CHECKING:
    from customer_client.portal.screen import PortalScreen

_log = logging.getLogger(__name__)


def choose_injector(
    shared: Callable[[], Display],
    ledger: InjectionLedger,
    *,
    guardian: Guardian | None = None,
    hidden: HiddenPlaces | None = None,
    display_name: str | None = None,
    portal: "PortalScreen | None" = None,
    system: str = sys.platform,
) -> Injector:
    """Return an injector for this system; `shared` returns the display that coordinates refer to.

    `guardian` learns of each press before it is made; nothing is pressed or typed where `hidden` says so. `portal` is,
    on Wayland, what the customer allowed in the system's own dialog.

    Raises:
        EnvironmentFault: `input_unsupported` on this system, `input_denied` or `display_gone`.
    """
    if portal is not None:
        return _portal_injector(portal, shared, ledger, guardian, hidden)
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
    if system in ("win32", "darwin"):
        _log.info("input: local activity through hooks, or a tap")
        return ListeningActivity(_listen(system), on_activity, on_lost=on_lost)
    _require_linux(system)
    from customer_client.input.x11_local_activity import X11LocalActivity

    watcher = X11LocalActivity(ledger, on_activity, on_lost=on_lost, display_name=display_name)
    _log.info("input: local activity through RECORD")
    return watcher


def _listen(system: str) -> Listen:
    # What is imported is there on its own system only.
    if system == "win32":
        from customer_client.windows.input_hooks import listen as listen_on_windows

        return listen_on_windows
    from customer_client.macos.event_tap import listen as listen_on_macos

    return listen_on_macos


def _system_injector(
    system: str, shared: Callable[[], Display], guardian: Guardian | None, hidden: HiddenPlaces | None
) -> Injector:
    """Return the injector of Windows, run under wine, or of macOS, never run: see `choose_local_activity`."""
    from customer_client.input.own_windows import OwnWindows
    from customer_client.input.system_injector import SystemHands, SystemInjector

    hands: SystemHands
    own: OwnWindows
    if system == "win32":
        from customer_client.input.windows_hands import WindowsHands
        from customer_client.input.windows_own_windows import WindowsOwnWindows

        hands, own = WindowsHands(), WindowsOwnWindows()
    else:
        from customer_client.input.macos_hands import MacHands
        from customer_client.input.macos_own_windows import MacOwnWindows

        hands, own = MacHands(), MacOwnWindows()
    _log.info("input: %s", type(hands).__name__)
    return SystemInjector(hands, shared, guardian=guardian, hidden=hidden, own_windows=own)


def _portal_injector(
    portal: "PortalScreen",
    shared: Callable[[], Display],
    ledger: InjectionLedger,
    guardian: Guardian | None,
    hidden: HiddenPlaces | None,
) -> Injector:
    # There on Wayland only.
    from customer_client.input.portal_hands import PortalHands, as_compositor_counts
    from customer_client.input.system_injector import SystemInjector
    from customer_client.input.xwayland_windows import XwaylandWindows

    if not portal.devices:
        raise EnvironmentFault("the portal allowed no keyboard and no pointer", code="input_denied")
    own = XwaylandWindows()
    hands = PortalHands(portal, ledger, let_go=own.close)
    _log.info("input: the desktop portal, %s", portal.devices)
    place = as_compositor_counts(portal, shared)
    return SystemInjector(hands, place, guardian=guardian, hidden=hidden, own_windows=own)


def _require_linux(system: str) -> None:
    if system.startswith("linux"):
        return
    _log.warning("input: no injector for %s", system)
    raise EnvironmentFault(
        f"no injector for {system}",
        code="input_unsupported",
        user_text="Remote control does not work on this kind of computer yet. Viewing your screen does.",
    )
