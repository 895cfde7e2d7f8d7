"""Every route, account and ticket controller against a real relay in its own process."""

import asyncio
from dataclasses import replace

import pytest

from protocol.errors import PeerError
from protocol.messages.relay_api import (
    DeliveredEvents,
    DeviceEnrolment,
    NewAttachment,
    NewSession,
    NewTicket,
    Priority,
    TicketState,
)
from technician_app.controllers.account import AccountController, AccountStep
from technician_app.controllers.profile import Profile, Remembered
from technician_app.controllers.relay_api import RelayApi
from technician_app.controllers.tickets import TicketQuery, TicketsController
from tests.support.relay_process import (
    ADMINISTRATOR,
    PASSWORD,
    TECHNICIAN,
    TECHNICIAN_NAME,
    must,
    relay_command,
    running_relay,
)


@pytest.fixture(scope="module")
def relay():
    with running_relay() as running:
        yield running


@pytest.fixture
async def api(relay):
    client = RelayApi(relay.url)
    client.token = relay.token
    yield client
    await client.close()


async def test_signing_in_and_out_over_the_real_relay(relay):
    api = RelayApi(relay.url)
    signed_in = await api.sign_in(TECHNICIAN, PASSWORD)
    assert signed_in.account.display_name == TECHNICIAN_NAME
    assert (await api.me()).id == signed_in.account.id
    token = api.token
    await api.sign_out()
    api.token = token
    with pytest.raises(PeerError) as caught:
        await api.me()
    assert caught.value.code in ("token_invalid", "token_expired")
    await api.close()


async def test_a_wrong_password_is_refused_with_a_sentence(relay):
    api = RelayApi(relay.url)
    with pytest.raises(PeerError) as caught:
        await api.sign_in(TECHNICIAN, "wrong")
    assert caught.value.code == "bad_credentials"
    assert caught.value.user_text.endswith(".")
    assert api.token == ""
    await api.close()


async def test_organisation_device_and_certificates(relay, api):
    assert (await api.organisation()).root_key == relay.root_key
    assert (await api.device()).certificate == relay.certificate
    assert relay.certificate in (await api.certificates()).certificates
    await api.health()


async def test_the_life_of_a_ticket(api):
    made = await api.create_ticket(NewTicket("No sound on laptop", "Tom Okafor", "Since today.", Priority.HIGH))
    await api.add_note(made.number, "Called back.")
    changed = await api.change_state(made.number, TicketState.PENDING)
    assert changed.state is TicketState.PENDING
    sealed = bytes(range(200))
    attached = await api.add_attachment(made.number, NewAttachment(kind="diagnostics", name="d.json", content=sealed))
    assert (await api.attachment(made.number, attached.id)).content == sealed
    read = await api.ticket(made.number)
    assert read.description == "Since today."
    assert "Called back." in [note.text for note in read.notes]
    assert read.attachments == (attached,)


async def test_tickets_are_searched_filtered_sorted_and_paged_by_the_relay(api):
    for subject in ("Zebra printer", "Zebra scanner", "Zebra keyboard"):
        await api.create_ticket(NewTicket(subject, "Zoo", priority=Priority.LOW))
    page = await api.tickets(text="zebra", state=TicketState.NEW, priority=Priority.LOW, sort="subject", page_size=2)
    assert [row.subject for row in page.tickets] == ["Zebra keyboard", "Zebra printer"]
    assert page.total == 3
    rest = await api.tickets(text="zebra", sort="subject", page=2, page_size=2)
    assert [row.subject for row in rest.tickets] == ["Zebra scanner"]


async def test_a_session_is_opened_and_its_record_read(api):
    ticket = await api.create_ticket(NewTicket("VPN", "Accounting"))
    opened = await api.open_session(ticket.number, NewSession(reason="Look together", spoken=True))
    assert opened.link.endswith(opened.route)
    assert len(opened.spoken_route) == 6
    assert (await api.record(opened.session)).startswith(b"{")
    assert (await api.ticket(ticket.number)).sessions[0].state == "waiting"
    with pytest.raises(PeerError) as caught:
        await api.deliver_events(opened.session, DeliveredEvents(events=()))
    assert caught.value.code == "event_invalid"


async def test_no_session_on_a_closed_ticket(api):
    ticket = await api.create_ticket(NewTicket("Old", "Nobody"))
    await api.change_state(ticket.number, TicketState.CLOSED)
    with pytest.raises(PeerError) as caught:
        await api.open_session(ticket.number, NewSession(reason="x"))
    assert caught.value.code == "ticket_closed"


async def test_an_unknown_ticket_is_not_found(api):
    with pytest.raises(PeerError) as caught:
        await api.ticket("DS-2020-000001")
    assert caught.value.code == "not_found"


async def test_a_new_device_waits_for_its_certificate_and_then_is_ready(relay, tmp_path):
    shown = []
    ready = asyncio.Event()

    def publish(state):
        shown.append(state)
        if state.step is AccountStep.READY:
            ready.set()

    profile = Profile.open(tmp_path)
    account = AccountController(profile=profile, publish=publish, poll_s=0.05)
    await account.sign_in(relay.url, ADMINISTRATOR, PASSWORD)
    assert shown[-1].step is AccountStep.WAITING_FOR_CERTIFICATE
    assert account.identity.certificate == b""
    assert profile.remembered() == Remembered(relay.url, ADMINISTRATOR)
    listed = await asyncio.to_thread(_devices, relay)
    assert shown[-1].fingerprint in listed
    await asyncio.to_thread(_certify, relay)
    await asyncio.wait_for(ready.wait(), 20)
    assert account.identity.certificate
    await account.sign_out()
    assert shown[-1].step is AccountStep.SIGNED_OUT


def _devices(relay) -> str:
    return must(relay_command("org", "devices", data_dir=relay.data_dir))


def _certify(relay) -> None:
    must(relay_command("org", "certify", "--org-key", str(relay.key_path), "--all-pending", data_dir=relay.data_dir))


async def test_a_failed_sign_in_is_published_and_not_raised(relay, tmp_path):
    shown = []
    account = AccountController(profile=Profile.open(tmp_path), publish=shown.append)
    await account.sign_in(relay.url, TECHNICIAN, "wrong")
    assert shown[-1].step is AccountStep.SIGNED_OUT
    assert shown[-1].problem
    await account.sign_in("not a url at all", TECHNICIAN, PASSWORD)
    assert "relay" in shown[-1].problem
    assert Profile.open(tmp_path).remembered() == Remembered()


async def test_a_certificate_for_other_keys_is_not_taken_as_ours(relay, tmp_path):
    """The relay names the certified device of another profile: this profile's device must wait for its own."""
    shown = []
    account = AccountController(profile=Profile.open(tmp_path), publish=shown.append, unix_now=lambda: 10**10)
    keys = Profile.open(tmp_path).device_keys()
    assert keys.signing_public != relay.signing_key.public_key().public_bytes_raw()
    device = DeviceEnrolment(
        signing_key=relay.signing_key.public_key().public_bytes_raw(),
        sealing_key=relay.sealing_key.public_key().public_bytes_raw(),
        label="x",
    )
    api = RelayApi(relay.url)
    api.token = relay.token
    known = await api.enrol_device(device)
    assert account._usable_certificate(known, await api.organisation()) == b""
    await api.close()


class Board:
    """A TicketsController with everything it published."""

    def __init__(self, api):
        self.lists, self.tickets = [], []
        self.controller = TicketsController(
            relay=lambda: api, publish_list=self.lists.append, publish_ticket=self.tickets.append
        )


async def test_creating_noting_and_changing_show_the_ticket_and_the_list_anew(api):
    board = Board(api)
    made = await board.controller.create(NewTicket("Quokka", "Zoo"))
    assert board.tickets[-1].ticket == made
    assert made.number in [row.number for row in board.lists[-1].rows]
    await board.controller.add_note(made.number, "Seen.")
    assert "Seen." in [note.text for note in board.tickets[-1].ticket.notes]
    await board.controller.change_state(made.number, TicketState.SOLVED)
    assert board.tickets[-1].ticket.state is TicketState.SOLVED
    solved = {row.number: row.state for row in board.lists[-1].rows}
    assert solved[made.number] is TicketState.SOLVED


async def test_the_answer_to_an_older_search_is_dropped(api):
    board = Board(api)
    await board.controller.create(NewTicket("Wombat", "Zoo"))
    older = board.controller.search(TicketQuery(text="wombat"))
    newer = board.controller.search(TicketQuery(text="no such ticket anywhere"))
    await asyncio.gather(older, newer)
    assert board.lists[-1].query.text == "no such ticket anywhere"
    assert board.lists[-1].rows == ()
    answered = [each.query.text for each in board.lists if not each.loading]
    assert "wombat" not in answered


async def test_a_question_that_fails_is_shown_and_an_expired_sign_in_is_raised(api):
    board = Board(api)
    await board.controller.open("DS-2020-000001")
    assert board.tickets[-1].problem
    await board.controller.search(replace(TicketQuery(), sort="no_such_field"))
    assert board.lists[-1].problem
    api.token = "x" * 30
    with pytest.raises(PeerError) as caught:
        await board.controller.search(TicketQuery())
    assert caught.value.code == "token_invalid"
