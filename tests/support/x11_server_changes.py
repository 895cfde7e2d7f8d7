"""Changes what a virtual X server shows and to whom: another resolution, no display at all, a client cut off."""

import contextlib
import os
import socket

from Xlib.display import Display


def change_resolution(display: Display, width: int, height: int) -> None:
    """Make the first output and the whole screen ``width`` x ``height``, and wait for it."""
    root = display.screen().root
    resources = root.xrandr_get_screen_resources()
    crtc, output = resources.crtcs[0], resources.outputs[0]
    timing = (0, width, height, 0, width + 8, width + 16, width + 24, 0, height + 2, height + 4, height + 8, 8, 0)
    mode = root.xrandr_create_mode(timing, f"{width}x{height}").mode
    display.xrandr_add_output_mode(output, mode)
    display.xrandr_set_crtc_config(crtc, resources.config_timestamp, 0, 0, 0, 1, [])
    root.xrandr_set_screen_size(width, height, 200, 150)
    display.xrandr_set_crtc_config(crtc, resources.config_timestamp, 0, 0, mode, 1, [output])
    display.sync()


def switch_off(display: Display) -> None:
    """Leave no output switched on, as when the only screen is unplugged."""
    resources = display.screen().root.xrandr_get_screen_resources()
    display.xrandr_set_crtc_config(resources.crtcs[0], resources.config_timestamp, 0, 0, 0, 1, [])
    display.sync()


def cut_off_other_clients(display: Display) -> None:
    """Break every connection of this process to the server but that of `display`."""
    server = socket.socket(fileno=os.dup(display.fileno()))
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        if descriptor in (display.fileno(), server.fileno()):
            continue
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as connection:
            if connection.getpeername() == server.getpeername():
                connection.shutdown(socket.SHUT_RDWR)
    server.close()
