"""A second technician with real windows on three displays: invited by clicks, allowed by a click, joined by a click."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from demo.hands import Hands
from demo.programs import Program, run_to_end
from demo.session import (
    PASSWORD,
    Stage,
    allow,
    click,
    fill,
    first_picture,
    have_certified,
    join,
    open_ticket,
    sign_in,
    start_relay,
    start_session,
)
from demo.virtual_display import virtual_desktop

COLLEAGUE = "Maria Berg"


@contextmanager
def three_displays(folder: Path) -> Iterator[tuple[Stage, Stage]]:
    """Yield the stage of the first technician and the customer, and that of the colleague."""
    with virtual_desktop() as first, virtual_desktop() as second, virtual_desktop() as customers:
        hands = [Hands(name) for name in (first, customers, second)]
        beside = folder / "colleague"
        beside.mkdir()
        for shared in ("relay", "organisation.pem"):
            (beside / shared).symlink_to(folder / shared)
        stages = Stage(folder, hands[0], hands[1]), Stage(beside, hands[2], hands[1])
        try:
            yield stages
        finally:
            for program in [*reversed(stages[1].programs), *reversed(stages[0].programs)]:
                program.end()
            for each in hands:
                each.close()


def sign_colleague_in(stage: Stage, url: str) -> Program:
    data = str((stage.folder / "relay").resolve())
    add = ["relay.app", "user", "add", "maria", "--data", data, "--display-name", COLLEAGUE, "--role", "technician"]
    run_to_end([*add, "--password-stdin"], stdin=PASSWORD + "\n")
    arguments = ["demo.technician", "--relay", url, "--profile", str(stage.folder / "profile")]
    program = stage.start("colleague", arguments, display=stage.technician_hands.name)
    fill(stage, program, "signInName", "maria")
    fill(stage, program, "signInPassword", PASSWORD)
    click(stage, program, "signInButton")
    have_certified(stage, program)
    return program


@pytest.mark.long
def test_a_colleague_is_invited_joins_and_takes_over_by_clicks(tmp_path: Path) -> None:
    with three_displays(tmp_path) as (stage, beside):
        _, url, organisation = start_relay(stage)
        tess = sign_in(stage, url)
        maria = sign_colleague_in(beside, url)
        open_ticket(stage, tess)
        customer = join(stage, tess, url, organisation, start_session(stage, tess))
        first_picture(stage, tess, customer)

        click(stage, tess, "colleaguesButton", opens="colleagueSearch")
        fill(stage, tess, "colleagueSearch", "maria")
        tess.wait_for("widget", "a match", lambda seen: seen.get("enabled"), name="colleagueInvite")
        click(stage, tess, "colleagueInvite")
        customer.wait_for("widget", "the question", lambda seen: seen["found"], name="allow")
        stage.customer_hands.take_picture(tmp_path / "question.png")
        allow(stage, customer)

        maria.wait_for("widget", "the invitation", lambda seen: seen["found"], name="colleagueJoin")
        beside.technician_hands.take_picture(tmp_path / "banner.png")
        click(beside, maria, "colleagueJoin")
        maria.wait_for("session", "her picture", lambda seen: seen.get("frames", 0) > 0)
        customer.wait_for("widget", "both on the bar", lambda seen: seen["found"], name="remove_2")
        stage.customer_hands.take_picture(tmp_path / "bar.png")

        click(stage, tess, "colleagueHandOver")
        tess.wait_for("session", "the end for her", lambda seen: "handed" in seen.get("status", ""))
        maria.wait_for("widget", "the tools of who is in charge", lambda seen: seen["found"], name="colleaguesButton")
        beside.technician_hands.take_picture(tmp_path / "taken.png")
        stage.customer_hands.take_picture(tmp_path / "taken_customer.png")
