"""What the line above the picture says: of all there is to notice, what matters most. Pure."""

from technician_app.controllers.pause_words import PAUSED, hidden_words, sight_words
from technician_app.controllers.session_state import Phase, SessionViewState
from technician_app.views.remote_input import VIEW_ONLY_CHORD


def notice_words(state: SessionViewState, keys_notice: str, *, view_only: bool) -> str:
    """Return one sentence or two, empty when there is nothing to say; `keys_notice` is what the keys menu says."""
    if state.phase is not Phase.LIVE:
        return ""
    if state.unstable:
        return f"{state.outage or 'The connection is unstable.'} Held keys were released."
    if state.outage:
        return state.outage
    if state.paused:
        return PAUSED[state.paused_because]
    if state.sight_lost:
        return sight_words(state.sight_lost)
    if state.suspended:
        return "Your customer is using the mouse or keyboard. Yours wait for two seconds."
    if state.problem or keys_notice:
        return state.problem or keys_notice
    if view_only:
        return f"View only: your mouse and keyboard stay here ({VIEW_ONLY_CHORD})."
    return hidden_words(state.hidden_areas) if state.hidden_areas else ""
