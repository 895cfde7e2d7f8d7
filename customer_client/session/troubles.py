"""What the problem page says about failures people can do something about: what happened and the next step. Pure."""

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from customer_client.languages import _, marked
from protocol.errors import DesksideError, PeerError
from protocol.pairing.route import parse_route, write_route

if TYPE_CHECKING:
    from customer_client.session.state import CustomerViewState


class Again(Enum):
    """How the customer can go on from the problem page without starting the program anew."""

    NO = "no"
    SAME_CODE = "same_code"
    """The same once more: what was in the way may be gone."""

    OTHER_CODE = "other_code"
    """With a code that the technician gives them now."""


@dataclass(frozen=True)
class Trouble:
    """One kind of failure: what happened (empty: the error's own sentence), what to do, whether to try it again.

    `{address}` in them is where the program can be downloaded.
    """

    text: str
    next_step: str
    again: Again = Again.NO


_CODE_IS_OVER = Trouble(
    marked("This code is not open any more, or not yet. A code works once, and for a day."),
    marked("Compare the code once more. If it is right, ask your technician for a new one."),
    Again.OTHER_CODE,
)

_TROUBLES = {
    "no_network": Trouble(
        marked("This computer is not connected to the internet."),
        marked("Look whether Wi-Fi is on, or whether the cable is plugged in. Then try again."),
        Again.SAME_CODE,
    ),
    "proxy_password": Trouble(
        marked("The network you are in asks for a password before it lets Deskside out."),
        marked(
            "This is common at work or at school. Ask those who look after that network, or use another one, such as "
            "the internet of your phone. Then try again."
        ),
        Again.SAME_CODE,
    ),
    "proxy_refused": Trouble(
        marked("The network you are in does not let Deskside out."),
        marked("Ask those who look after that network, or use another one. Then try again."),
        Again.SAME_CODE,
    ),
    "relay_name_unknown": Trouble(
        marked("The address of the support server was not found on the internet."),
        marked(
            "Open any page in your browser. If that does not work either, check your internet connection. If it works, "
            "tell your technician."
        ),
        Again.SAME_CODE,
    ),
    "relay_unreachable": Trouble(
        marked("The support server does not answer."),
        marked("Check your internet connection and try again. If that does not help, tell your technician."),
        Again.SAME_CODE,
    ),
    "relay_answers_wrongly": Trouble(
        marked("The support server is there, but it does not work at the moment."),
        marked("Wait a minute and try again. If that does not help, tell your technician."),
        Again.SAME_CODE,
    ),
    "too_many_requests": Trouble(
        marked("There were too many tries in a short time, so the support server takes none for a moment."),
        marked("Wait a minute and try again."),
        Again.SAME_CODE,
    ),
    "no_path": Trouble(
        marked("No connection to the technician's computer could be made."),
        marked("Tell your technician. They can give you a new code, and you can try once more."),
        Again.OTHER_CODE,
    ),
    "route_not_open": _CODE_IS_OVER,
    "wayland_without_portal": Trouble(
        marked("Your desktop (Wayland) does not let Deskside see the screen."),
        marked(
            "Sign out, choose a session with “Xorg” or “X11” on the sign-in screen, and sign in. Then open Deskside "
            "again with a new code from your technician."
        ),
    ),
    "no_gstreamer": Trouble(
        marked("To show the screen of this desktop (Wayland), Deskside needs GStreamer, which is not there."),
        marked(
            "Install the packages gstreamer1.0-tools, gstreamer1.0-plugins-base and gstreamer1.0-pipewire, or sign out "
            "and choose a session with “Xorg”. Then open Deskside again with a new code from your technician."
        ),
    ),
    "macos_screen_permission": Trouble(
        marked("Your Mac does not let Deskside see the screen yet."),
        marked(
            "Open System Settings, Privacy & Security, Screen Recording, and switch Deskside on. Then open Deskside "
            "again with a new code from your technician."
        ),
    ),
    "capture_denied": Trouble(
        "", marked("When that is done, open Deskside again with a new code from your technician.")
    ),
    "not_deskside": Trouble(
        marked("There is no support server at this address."),
        marked(
            "Close Deskside and open it again. Then compare the address with the link you were sent, letter by letter, "
            "or ask your technician for it."
        ),
    ),
    "program_too_old": Trouble(
        marked("This Deskside is too old for the support server."),
        marked("Close it and download it again here: {address}"),
    ),
    "relay_too_old": Trouble(
        marked("The support server is too old for this Deskside."),
        marked("Download the Deskside that goes with it here: {address}. Tell your technician about it, too."),
    ),
}


def said_of(error: BaseException, state: "CustomerViewState") -> dict[str, Any]:
    """Return what of the problem page changes because something can be done about `error`; nothing for others.

    `state` knows the relay and the route it happened with.
    """
    trouble = _TROUBLES.get(error.code) if isinstance(error, DesksideError) else None
    if trouble is None:
        return {}
    address = _download_page(state.relay, state.route)
    said = {"next_step": _(trouble.next_step).format(address=address), "again": trouble.again}
    return said | ({"text": trouble.text} if trouble.text else {})


def _download_page(relay: str, route: str) -> str:
    """Return where the program can be downloaded: the page of the link, which a code read out on the phone has not."""
    try:
        return f"{relay}/j/{write_route(parse_route(route))}"
    except PeerError:
        return relay
