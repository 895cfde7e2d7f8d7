"""`deskside-relay export` of real sessions of a real relay."""

import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.events import EventType, log_name
from protocol.audit.export import spool
from protocol.audit.findings import Verdict
from protocol.errors import LocalError
from protocol.messages.relay_api import DeliveredEvents
from protocol.pairing.certificates import root_id
from relay.audit.bundle_export import telling_proofs
from relay.clock import system_clock
from relay.commands.export import export_sessions
from tests.support.exported_session import check
from tests.support.organisation_log import OrganisationLog, batches
from tests.support.recorded_session import sealed_session
from tests.support.relay_events import LaneWriter
from tests.support.relay_process import PreparedRelay, accepted, must, relay_command
from tests.support.second_verifier import second_verdict


def test_a_session_and_a_ticket_are_exported_with_what_the_relay_can_prove(
    shared_relay: PreparedRelay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = shared_relay.open_session()
    technician = LaneWriter(opened.session, "T", shared_relay.signing_key)
    customer = LaneWriter(opened.session, "C", Ed25519PrivateKey.generate())
    now_ms, log = int(time.time() * 1000), log_name(root_id(shared_relay.root_key), 2026)
    for lane in (customer, technician):
        events = tuple(lane.write(kind, t_ms=now_ms, log=log) for kind in (EventType.NOTE, EventType.SESSION_SEAL))
        accepted(
            shared_relay.request("POST", f"/api/v1/sessions/{opened.session}/events", DeliveredEvents(events=events))
        )
    for number, which in enumerate((("--session", opened.session), ("--ticket", opened.ticket))):
        out = tmp_path / f"{number}.dsaudit"
        must(relay_command("export", *which, "-o", str(out), data_dir=shared_relay.data_dir))
        found = check(out.read_bytes(), root_id(shared_relay.root_key))
        assert second_verdict(out.read_bytes()) is found.verdict
        assert (found.manifest.exporter.role, found.signer) == ("operator", "")
        session = next(one for one in found.sessions if one.session == opened.session)
        assert session.events == 4
        assert "bodies_withheld" in {item.code for item in found.findings}
        assert found.verdict is Verdict.INCOMPLETE
    again = relay_command("export", "--session", opened.session, "-o", str(out), data_dir=shared_relay.data_dir)
    assert again.returncode == 1
    assert "cannot be written" in again.stderr
    monkeypatch.setattr(spool, "MAX_BUNDLE_BYTES", 5_000)
    large = tmp_path / "large.dsaudit"
    with pytest.raises(LocalError) as refused:
        export_sessions(shared_relay.data_dir, system_clock, session=opened.session, ticket=None, out=large)
    assert refused.value.code == "bundle_too_large"
    assert "Export fewer sessions at once" in refused.value.user_text
    assert not large.exists()


def test_only_the_proofs_that_tell_something_go_in() -> None:
    log = OrganisationLog(post_quantum=False)
    leaves = batches(sealed_session().filed())
    proofs = [log.prove(log.add(leaf)) for leaf in [*leaves, *leaves]]
    assert len(telling_proofs(proofs)) == 4
    assert telling_proofs(()) == ()
