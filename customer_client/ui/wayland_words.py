"""What the customer reads on a Wayland desktop beside what everybody reads."""

from customer_client.languages import marked
from customer_client.portal.wayland import is_wayland
from customer_client.ui.permission_words import WORDS, PermissionWords
from protocol.messages.consent import Capability

WAYLAND_ASKS = marked("After your yes, your computer itself asks once more which screen to share.")
WAYLAND_LACKS = marked(
    "On this desktop Deskside can NOT hide password managers or notice bank pages. Close what nobody shall see."
)
CONTROL_ON_WAYLAND = PermissionWords(
    "They ask to USE your mouse and keyboard",
    "They can click and type for you. Here your own mouse does NOT stop them: press Stop on Deskside's bar.",
    "USE your mouse and keyboard",
    "press Stop to end it",
)


def words_of(capability: Capability) -> PermissionWords:
    """Return the words for `capability` on this desktop."""
    return CONTROL_ON_WAYLAND if capability is Capability.CONTROL and is_wayland() else WORDS[capability]
