"""Which displays there are and which are shared, told to the technician, who may choose others. Network thread.

Everything here needs a live grant of `see` and rests while sharing is paused.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from customer_client.capture.sharing import chosen_of, shared_of
from customer_client.capture.source import Display
from customer_client.input.injector import pixel_at
from customer_client.languages import _
from customer_client.session.desktop import Desktop
from customer_client.session.permissions import Permissions
from customer_client.session.sight import sight_lost, tell_customer
from customer_client.session.view import View
from protocol.errors import EnvironmentFault
from protocol.messages.base import Message
from protocol.messages.consent import Capability
from protocol.messages.displays import (
    MAX_DISPLAYS,
    MAX_SHARED_PIXELS,
    MAX_SIDE,
    DisplaysListed,
    DisplaysRefused,
    DisplaysWanted,
    DisplayThumbnail,
    ListedDisplay,
    ScreenshotKept,
    SightChanged,
    ThumbnailsWanted,
    WindowAsked,
    WindowDescribed,
)
from protocol.messages.session import DisplayDescribed
from protocol.transport.tasks import create_task

DisplayMessage = DisplaysWanted | ThumbnailsWanted | WindowAsked | ScreenshotKept

NOTICE_S = 8.0
_NAME_CHARS = 60

_log = logging.getLogger(__name__)


@dataclass
class DisplayDesk:
    """Answers for the displays. `switched` is called when the picture becomes one of something else."""

    desktop: Desktop
    permissions: Permissions
    send: Callable[[Message], object]
    view: View
    switched: Callable[[], None]
    _ids: dict[str, int] = field(default_factory=dict)
    _names: frozenset[str] = frozenset()
    _described: Display | None = None
    _looking: bool = False
    _sight_lost: str = ""
    _quiet_at: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """`see` was granted: say what there is and what of it is shared."""
        self._described = None
        self.changed()

    def changed(self) -> None:
        """Displays, or what is shared of them, may have changed: tell the technician."""
        if not self.permissions.allows(Capability.SEE):
            return
        displays = self.desktop.displays
        self._fall_back(displays)
        shared = shared_of(displays, self._names)
        if shared != self._described:
            if self._described is not None:
                self.switched()
            self._described = shared
            self.send(DisplayDescribed(shared.width, shared.height, shared.name[:_NAME_CHARS]))
        self.send(self._listed(displays))

    def sight_changed(self, fault: EnvironmentFault | None) -> None:
        """The screen cannot be seen any more because of `fault`, or again (None): tell both people."""
        lost = sight_lost(fault)
        if lost == self._sight_lost or (lost and not self.permissions.allows(Capability.SEE)):
            return
        self._sight_lost = lost
        self.send(SightChanged(lost))
        tell_customer(self.view, lost)

    def arrived(self, message: DisplayMessage) -> None:
        """Do what the technician wants of the displays, if it may be done now."""
        if not self.permissions.allows(Capability.SEE):
            return
        match message:
            case DisplaysWanted(ids=ids):
                self._share(frozenset(ids))
            case ThumbnailsWanted():
                if not self._looking:
                    self._looking = True
                    self.desktop.look_for_displays(self._names)
                    create_task(self._send_thumbnails(), name="thumbnails")
            case WindowAsked():
                create_task(self._describe_window(message), name="describe a window")
            case ScreenshotKept():
                self._notice(_("A picture of your screen was added to your ticket."))

    def end(self) -> None:
        """The session ends: say nothing later."""
        if self._quiet_at is not None:
            self._quiet_at.cancel()

    def _share(self, ids: frozenset[int]) -> None:
        displays = self.desktop.displays
        names = frozenset(display.name for display in displays if self._id(display) in ids)
        shared = shared_of(displays, names)
        if not names:
            self.send(self._listed(displays))  # they have gone meanwhile
        elif shared.width * shared.height > MAX_SHARED_PIXELS or max(shared.width, shared.height) > MAX_SIDE:
            self.send(DisplaysRefused(shared.width, shared.height))
            words = _(
                "Together your screens are larger than can be shown at once ({width} x {height} pixels). "
                "Nothing has changed."
            )
            self._notice(words.format(width=shared.width, height=shared.height))
        elif names != self._names:
            self._names = names
            self.desktop.share(names)
            self._notice(self._words(displays))

    def _words(self, displays: tuple[Display, ...]) -> str:
        chosen = chosen_of(displays, self._names)
        if len(displays) == 1:
            return ""
        if len(chosen) == len(displays):
            return _("Your technician now sees all your screens.")
        if len(chosen) == 1:
            return _("Your technician now sees the screen {name}.").format(name=chosen[0].name[:_NAME_CHARS])
        return _("Your technician now sees {number} of your screens.").format(number=len(chosen))

    def _fall_back(self, displays: tuple[Display, ...]) -> None:
        """Go on with what is left of the chosen displays, at last with the primary one."""
        left = self._names & {display.name for display in displays}
        if left == self._names:
            return
        self._names = left
        self.desktop.share(left)
        shared = chosen_of(displays, left)
        words = _("A screen went away. Your technician now sees {name}.")
        self._notice(words.format(name=shared[0].name[:_NAME_CHARS]))

    def _listed(self, displays: tuple[Display, ...]) -> DisplaysListed:
        chosen = chosen_of(displays, self._names)
        listed = (*chosen, *(display for display in displays if display not in chosen))[:MAX_DISPLAYS]
        return DisplaysListed(
            tuple(
                ListedDisplay(
                    id=self._id(display),
                    name=display.name[:_NAME_CHARS],
                    x=display.left,
                    y=display.top,
                    width=display.width,
                    height=display.height,
                    scale_percent=display.scale_percent,
                    primary=display.primary,
                )
                for display in sorted(listed, key=displays.index)
            ),
            tuple(self._id(display) for display in chosen[:MAX_DISPLAYS]),
        )

    def _id(self, display: Display) -> int:
        return self._ids.setdefault(display.name, len(self._ids) + 1)

    async def _send_thumbnails(self) -> None:
        try:
            pictures = await asyncio.to_thread(self.desktop.thumbnails)
        except EnvironmentFault as fault:
            _log.warning("no thumbnails: %s", fault)
            return
        finally:
            self._looking = False
        # It took its time: what was allowed before need not be now.
        for name, small in pictures.items():
            if self.permissions.allows(Capability.SEE) and name in self._ids:
                self.send(DisplayThumbnail(self._ids[name], small.width, small.height, small.pixels))

    async def _describe_window(self, asked: WindowAsked) -> None:
        place = pixel_at(self.desktop.display, asked.x, asked.y)
        at_ms = int(time.time() * 1000)
        try:
            facts = await asyncio.to_thread(self.desktop.window_at, *place)
        except EnvironmentFault as fault:
            _log.warning("no window can be described: %s", fault)
            return
        if self.permissions.allows(Capability.SEE):
            self.send(WindowDescribed(asked.number, facts.title, facts.program, at_ms))

    def _notice(self, words: str) -> None:
        self.end()
        self._show_notice(words)
        self._quiet_at = asyncio.get_running_loop().call_later(NOTICE_S, self._take_notice_away, words)

    def _take_notice_away(self, words: str) -> None:
        bar = self.view.state.bar
        if bar is not None and bar.notice == words:
            self._show_notice("")

    def _show_notice(self, words: str) -> None:
        bar = self.view.state.bar
        if bar is not None:
            self.view.update(bar=replace(bar, notice=words))
