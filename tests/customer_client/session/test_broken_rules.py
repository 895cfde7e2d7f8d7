"""A session that was stopped because a rule was broken says on its last page which one."""

import asyncio
from pathlib import Path

import pytest

from customer_client.languages import use_language
from customer_client.session.broken_rules import _RULES, broken_rule
from customer_client.session.ending import _ALLOWED
from protocol.catalogues import ENGLISH
from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.consent import Capability
from protocol.messages.displays import ThumbnailsWanted
from protocol.transport.session_link import Ending, Reason
from tests.support.permission_desk import Desk
from tests.support.two_parties import two_parties

ACT = "The rule that was broken: nothing without your consent. Without it they tried to use your mouse and keyboard."


async def test_control_that_outlives_its_consent_in_a_live_session_is_named_on_the_last_page(tmp_path: Path) -> None:
    desk = await Desk().opened()
    desk.request(Capability.CONTROL)
    await desk.answer(Capability.CONTROL, expires_in_s=60)

    used = asyncio.Event()

    async def use_control(message: object) -> None:
        desk.permissions.require(Capability.CONTROL)
        used.set()

    async with two_parties(tmp_path) as (customer, technician):
        customer.control_arrived = use_control  # type: ignore[method-assign]
        async with asyncio.timeout(20):
            technician.link.send(ThumbnailsWanted())
            await used.wait()
            desk.now += 61
            technician.link.send(ThumbnailsWanted())
            ending = await customer.running
    assert ending.reason is Reason.PROTOCOL_BROKEN
    assert broken_rule(ending, _ALLOWED) == (ACT,)


@pytest.mark.parametrize("code", [*_RULES, "frame_malformed"])
def test_every_other_rule_has_words_as_well(code: str) -> None:
    (line,) = broken_rule(Ending(Reason.PROTOCOL_BROKEN, False, PeerError(code, code=code)), _ALLOWED)
    assert line.startswith("The rule that was broken: ")
    use_language("de")
    try:
        assert broken_rule(Ending(Reason.PROTOCOL_BROKEN, False, PeerError(code, code=code)), _ALLOWED) != (line,)
    finally:
        use_language(ENGLISH)


def test_no_other_ending_speaks_of_a_rule() -> None:
    assert broken_rule(Ending(Reason.PROTOCOL_BROKEN, False), _ALLOWED) == ()
    assert broken_rule(Ending(Reason.LOCAL_FAULT, False, EnvironmentFault("disk")), _ALLOWED) == ()
