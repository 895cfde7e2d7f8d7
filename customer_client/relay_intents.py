"""Whom this run of the program talks to: built in, told, or confirmed by the person in front of it. GUI thread.

The organisation of a confirmed relay is asked for only when the session begins, on the network thread.
"""

from collections.abc import Callable

from customer_client.relay_address import RelayAddress, parse_relay_address, route_in_link
from customer_client.session.relay_state import RelayShown
from customer_client.trust import Trust, Unpinned
from protocol.errors import PeerError


class RelayQuestion:
    """Implements `RelayIntents`. `show` gets what the question shows.

    `confirmed` is called once, with the route if a whole link was typed: from then on `relay` may be talked to.
    """

    def __init__(
        self,
        whom: Trust | Unpinned | None,
        *,
        show: Callable[[RelayShown], None],
        confirmed: Callable[[str | None], None],
    ) -> None:
        self._trust = whom if isinstance(whom, Trust) else None
        self._address = whom.suggested if isinstance(whom, Unpinned) else None
        self._noted = self._address is not None
        self._route: str | None = None
        self._show = show
        self._passed = confirmed
        self._confirmed = False
        self.possible = whom is not None
        """Whether there is anybody this copy may talk to."""

    @property
    def relay(self) -> str:
        """The address of the relay, empty as long as nobody has confirmed one."""
        if self._trust is not None:
            return self._trust.relay
        return self._address.url if self._confirmed and self._address is not None else ""

    def ask(self) -> None:
        """Ask, unless it is known."""
        if self.relay:
            self._passed(None)
        else:
            self._show_address()

    def name(self, text: str) -> None:
        """Take what was typed: it is shown once more, large, before it counts."""
        try:
            self._address, self._noted = parse_relay_address(text), False
        except PeerError as error:
            self._show(RelayShown(problem=error.user_text))
            return
        self._route = route_in_link(text)
        self._show_address()

    def confirm(self) -> None:
        """Take the address on the screen."""
        if self._address is not None and not self._confirmed:
            self._confirmed = True
            self._passed(self._route)

    def other(self) -> None:
        """Let another one be typed."""
        if not self._confirmed:
            self._address, self._route = None, None
            self._show_address()

    def trust(self) -> Trust:
        """Return whom to trust; the first time that may ask the confirmed relay. Blocks: not on the event loop.

        Raises:
            EnvironmentFault: the relay cannot be asked.
            PeerError: it has no organisation, or is none.
        """
        if self._trust is None:
            # Imported here: the window does not wait for what the network needs.
            from customer_client.session.pinning import pinned_trust

            assert self._address is not None  # confirmed before
            self._trust = pinned_trust(self._address.url)
        return self._trust

    def _show_address(self) -> None:
        known: RelayAddress | None = self._address
        self._show(RelayShown(known.domain, self._noted) if known is not None else RelayShown())
