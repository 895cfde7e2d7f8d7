"""Of all there is to say above the picture, what matters most is said."""

from technician_app.controllers.session_state import Phase, SessionViewState
from technician_app.views.session_notice import notice_words


def said(**state) -> str:
    live = SessionViewState(Phase.LIVE, "ab" * 16, "DS-1", "It is slow", "", "", **state)
    return notice_words(live, "", view_only=False)


def test_a_picture_that_stands_still_is_explained():
    assert "Only your customer can answer it" in said(sight_lost="secure_desktop")
    assert "cannot be seen" in said(sight_lost="display_gone", suspended=True)
    assert said(sight_lost="") == ""


def test_a_pause_and_an_outage_matter_more():
    assert "paused" in said(sight_lost="secure_desktop", paused=True)
    assert "unstable" in said(sight_lost="secure_desktop", unstable=True)
