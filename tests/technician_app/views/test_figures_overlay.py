from technician_app.controllers.session_state import PictureFigures
from technician_app.views.figures_overlay import figures_lines


def test_each_stage_has_a_line_and_the_reason_for_less_quality_is_said():
    figures = PictureFigures(1.44, 4.2, 12.0, 58.3, "line 0.8 Mbit/s, loss 3 %")
    assert figures_lines(figures, 1.1, 0.26) == [
        "Capture      1.4 ms",
        "Encode       4.2 ms",
        "Network     12.0 ms",
        "Decode       1.1 ms",
        "Paint        0.3 ms",
        "Updates       58 a second",
        "Quality  reduced: line 0.8 Mbit/s, loss 3 %",
    ]


def test_what_the_picture_is_limited_to_has_a_line_when_it_is_known():
    lines = figures_lines(PictureFigures(limits="15 updates/s, photos 40 %"), None, None)
    assert lines[-2:] == ["Quality  full", "At most  15 updates/s, photos 40 %"]


def test_what_is_not_known_is_not_guessed():
    lines = figures_lines(PictureFigures(), None, None)
    assert all(line.endswith("-") for line in lines[:-1])
    assert lines[-1] == "Quality  full"


def test_a_reason_from_elsewhere_is_one_short_line():
    last = figures_lines(PictureFigures(reduced="x\n" * 500 + "\u202e"), None, None)[-1]
    assert len(last) < 100
    assert "\n" not in last
