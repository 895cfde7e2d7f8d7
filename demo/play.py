"""The demo's session, scene after scene, from signing in to the verified record."""

from demo.programs import DemoFailed
from demo.scenes import chat, clipboard, drawing, files
from demo.session import (
    Stage,
    check_record,
    end_session,
    exchange_diagnostics,
    fetch_ticket,
    first_picture,
    join,
    open_ticket,
    sign_in,
    start_relay,
    start_session,
    take_control,
    type_into_notes,
)


def play(stage: Stage) -> None:
    """Play the whole session; the figures land in `stage.report`.

    Raises:
        DemoFailed: a step did not happen.
    """
    relay, url, organisation = start_relay(stage)
    technician = sign_in(stage, url)
    ticket = open_ticket(stage, technician)
    route = start_session(stage, technician)
    notes = stage.start("notes", ["demo.notes"], display=stage.customer_hands.name)
    place = notes.next_line()
    customer = join(stage, technician, url, organisation, route)
    first_picture(stage, technician, customer)
    drawing.play(stage, technician, place)
    chat.play(stage, technician, customer)
    clipboard.play(stage, technician, customer, notes, place)
    files.play(stage, technician, customer)
    take_control(stage, technician, customer)
    type_into_notes(stage, technician, notes, place, before=clipboard.PASTED)
    exchange_diagnostics(stage, technician, customer)
    stage.technician_hands.take_picture(stage.folder / "technician.png")
    stage.customer_hands.take_picture(stage.folder / "customer.png")
    record = end_session(stage, technician, customer)
    check_record(stage, record)
    fetch_ticket(stage, url, ticket)
    if not relay.running:
        raise DemoFailed("the relay ended by itself")
