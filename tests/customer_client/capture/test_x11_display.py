"""What a connection to an X display costs; a session has about ten of them."""

import gc
import tracemalloc

from Xlib.display import Display

from customer_client.capture.x11_display import open_x_display
from demo.virtual_display import virtual_display


def _allocated(name: str) -> int:
    display = open_x_display(name)
    try:
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        display.close()


def test_a_connection_remembers_only_what_somebody_asks_it() -> None:
    with virtual_display(320, 240) as name:
        open_x_display(name).close()  # what it imports is not its own
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            assert _allocated(name) - before < 100 * 1024
        finally:
            tracemalloc.stop()


def test_it_knows_the_screen_and_what_keys_mean_as_any_other() -> None:
    with virtual_display(320, 240) as name:
        slim, any_other = open_x_display(name), Display(name)
        ours, theirs = slim.screen(), any_other.screen()
        assert (ours.root.id, ours.root_depth) == (theirs.root.id, theirs.root_depth)
        kinds = [visual for depth in theirs.allowed_depths for visual in depth.visuals]
        root_kind = [kind for kind in kinds if kind.visual_id == theirs.root_visual]
        kept = [visual for depth in ours.allowed_depths for visual in depth.visuals]
        assert [kind.red_mask for kind in kept] == [kind.red_mask for kind in root_kind]
        assert list(slim.get_keyboard_mapping(38, 2)[0]) == list(any_other.get_keyboard_mapping(38, 2)[0])
        slim.close()
        any_other.close()
