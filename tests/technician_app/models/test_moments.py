from datetime import UTC, datetime

import pytest

from technician_app.models.moments import moment_long, moment_short, size_text

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("iso", "shown"),
    [
        ("2026-11-21T14:03:09Z", "14:03"),
        ("2026-11-20T14:03:09Z", "20 Nov 14:03"),
        ("2025-01-02T14:03:09Z", "2 Jan 2025"),
        ("2026-11-21T14:03:09", "2026-11-21T14:03:09"),
        ("soon\u202e", "soon⟨U+202E⟩"),
        ("", ""),
    ],
)
def test_a_moment_is_as_short_as_it_can_be_understood(iso, shown):
    assert moment_short(iso, NOW) == shown


def test_a_moment_in_full():
    assert moment_long("2026-11-21T14:03:09Z", NOW) == "21 Nov 2026 14:03:09"


@pytest.mark.parametrize(
    ("size", "shown"), [(0, "0 bytes"), (999, "999 bytes"), (14_200, "14 KB"), (1_240_000, "1.2 MB")]
)
def test_sizes_are_rounded_for_people(size, shown):
    assert size_text(size) == shown
