"""`deskside-customer`: composes the customer's program. The window first, everything heavy after it."""

import atexit
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

from customer_client.app_arguments import read_arguments
from customer_client.appearance import Appearance, desktop_is_dark
from customer_client.languages import system_languages, use_language
from customer_client.own_file import carried_by, own_file
from customer_client.relay_address import carried_relay
from customer_client.route_carriers import ASK, Carried, CarriedRoute, Carrier, carried_route, is_link
from customer_client.trust import find_trust, for_everybody
from customer_client.watchdog.command import WATCHDOG_ARGUMENT
from protocol.catalogues import best_language

if TYPE_CHECKING:
    from customer_client.ui.window import CustomerWindow

APPEARANCE_WAIT_S = 0.1
"""As long as the window waits for the desktop's wish of colours; a later one is followed, too."""


def main(argv: Sequence[str] | None = None, *, on_ready: Callable[["CustomerWindow"], None] | None = None) -> None:
    """Run the program until its window closes. `on_ready` is called with the window before its loop starts."""
    if (sys.argv[1:] if argv is None else list(argv)) == [WATCHDOG_ARGUMENT]:
        _watch_over_the_program_that_started_this()
    appearance = Appearance(desktop_is_dark)
    appearance.ask()
    # Imported here because the watchdog needs neither a window nor a network.
    from tkinter import TclError

    from customer_client.network_thread import NetworkThread
    from customer_client.ui.palette import palette_for
    from customer_client.ui.window import CustomerWindow
    from protocol.transport.event_loop import shorten_turns

    arguments = read_arguments(sys.argv[1:] if argv is None else argv)
    if sys.platform == "win32":
        # There on Windows only.
        from customer_client.windows.dpi import see_real_pixels

        see_real_pixels()
    shorten_turns()
    use_language(arguments.language or best_language(system_languages(os.environ)))
    logging.basicConfig(level=arguments.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    named = (arguments.relay, arguments.organisation)
    noted = carried_relay(carried_by(own_file(os.environ, sys.argv[0])))
    network = NetworkThread(find_trust(*named) or for_everybody(*named, noted), arguments.data)
    try:
        window = CustomerWindow(network, palette=palette_for(appearance.dark(APPEARANCE_WAIT_S)))
    except TclError:
        from customer_client.no_window import say_that_there_is_no_window

        say_that_there_is_no_window(os.environ)
        sys.exit(1)
    appearance.follow(lambda dark: window.call_soon(lambda: window.use_palette(palette_for(dark))))
    window.on_return = appearance.ask
    if arguments.allow_for is not None:
        window.limit_s = arguments.allow_for
    network.attach(publish=window.post, close_window=window.close, once_shown=window.call_soon)
    atexit.register(network.release_everything)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: network.quit())
    carried = _carried(arguments.route)
    network.start(carried.route, remark=ASK if carried.disagree else "")
    window.call_soon(gc.enable)  # the customers' file starts without, see installers/bundled/sitecustomize.py
    if on_ready is not None:
        on_ready(window)
    try:
        window.run()
    finally:
        network.stop()
        network.join()
    if network.has_served:
        from customer_client.unpacked import remove_unpacked

        remove_unpacked(os.environ)


def _carried(argument: str | None) -> CarriedRoute:
    """Return the route to begin with: the code somebody gave on the command line, else what came along."""
    if argument and not is_link(argument):
        return CarriedRoute(argument)
    link = [Carried(Carrier.LINK, argument)] if argument else []
    return carried_route([*carried_by(own_file(os.environ, sys.argv[0])), *link])


def _watch_over_the_program_that_started_this() -> NoReturn:
    gc.enable()
    if sys.platform == "win32":
        from customer_client.watchdog.windows_program import main as watch
    elif sys.platform == "darwin":
        from customer_client.watchdog.macos_program import main as watch
    else:
        from customer_client.watchdog.program import main as watch

    sys.exit(watch())


if __name__ == "__main__":
    main()
