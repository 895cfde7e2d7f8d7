import os
import threading

import psutil
import pytest

from customer_client.capture.mss_source import MssSource
from customer_client.diagnostics.collect import all_collectors, collect
from customer_client.diagnostics.collector import Collector, Finding, unsupported
from customer_client.diagnostics.formatting import duration_text, size_text
from customer_client.diagnostics.redaction import Redactor
from customer_client.diagnostics.seeds import Seeds, seeds_of_this_computer
from demo.virtual_display import virtual_display
from protocol.errors import EnvironmentFault
from protocol.messages.base import encode
from protocol.messages.diagnostics import DiagnosticsReport, FactStatus, decode_diagnostics

CANARIES = Seeds(hosts=frozenset({"canaryhost42"}), users=frozenset({"canaryuser42"}))


def _collector(find, id="made_up"):
    return Collector(id, 1, "Made up", "Made up", "nothing", find)


def _one(find, **options):
    (fact,) = collect(collectors=[_collector(find)], redactor=Redactor(CANARIES), **options)
    return fact


def _raising(error):
    def find():
        raise error
        yield Finding("never")

    return find


def test_every_collector_of_this_computer_answers_with_a_value_or_a_reason():
    facts = collect(fact_timeout_s=20, deadline_s=20)
    assert {collector.id for collector in all_collectors()} == {_owner(fact.id) for fact in facts}
    for fact in facts:
        assert bool(fact.value) == (fact.status is FactStatus.OK)
        assert fact.value or fact.note
    by_id = {fact.id: fact for fact in facts}
    assert "GiB" in by_id["memory.main"].value
    assert by_id["os.name"].status is FactStatus.OK
    assert len({fact.id for fact in facts}) == len(facts)


def _owner(fact_id):
    return next(
        collector.id
        for collector in sorted(all_collectors(), key=lambda each: -len(each.id))
        if fact_id == collector.id or fact_id.startswith(collector.id + ".")
    )


def test_the_report_fits_its_message():
    facts = collect(fact_timeout_s=20, deadline_s=20)
    report = DiagnosticsReport(collected_at_ms=1, facts=facts, event_seq=2)
    assert decode_diagnostics(encode(report)) == report


def test_nothing_that_names_this_computer_is_in_the_report():
    seeds = seeds_of_this_computer()
    gate = Redactor(seeds)
    for fact in collect(fact_timeout_s=20, deadline_s=20):
        assert not gate.leaks(fact.value + " " + fact.note + " " + fact.label), fact.id


def test_displays_are_listed_from_the_screen():
    with virtual_display(1024, 600) as name:
        source = MssSource(name)
        facts = collect(collectors=all_collectors(source.displays), fact_timeout_s=20, deadline_s=20)
        source.close()
    assert next(fact.value for fact in facts if fact.id == "displays.display_1") == "1024 x 600, primary"


def test_what_hangs_becomes_a_timeout_and_delays_nothing_else():
    release = threading.Event()

    def hang():
        release.wait(60)
        yield Finding("too late")

    hanging = _collector(hang, "hanging")
    quick = _collector(lambda: [Finding("here")], "quick")
    seen = []
    facts = collect(seen.append, 0.3, collectors=[hanging, quick], redactor=Redactor(CANARIES))
    release.set()
    assert [(fact.id, fact.status, fact.value) for fact in facts] == [
        ("hanging", FactStatus.TIMEOUT, ""),
        ("quick", FactStatus.OK, "here"),
    ]
    assert [fact.id for fact in seen] == ["quick", "hanging"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (unsupported("not on this system"), FactStatus.UNSUPPORTED),
        (PermissionError("/home/canaryuser42"), FactStatus.DENIED),
        (psutil.AccessDenied(1), FactStatus.DENIED),
        (OSError("canaryhost42"), FactStatus.ERROR),
        (ValueError("canaryuser42"), FactStatus.ERROR),
    ],
)
def test_a_failure_becomes_its_status_with_a_note_and_no_private_text(error, status):
    fact = _one(_raising(error))
    assert fact.status is status
    assert fact.value == ""
    assert fact.note
    assert "canary" not in fact.note


def test_what_was_found_before_a_failure_is_kept():
    def find():
        yield Finding("first", key="one")
        raise PermissionError

    facts = collect(collectors=[_collector(find)], redactor=Redactor(CANARIES))
    assert [(fact.id, fact.status) for fact in facts] == [
        ("made_up.one", FactStatus.OK),
        ("made_up", FactStatus.DENIED),
    ]


@pytest.mark.parametrize("findings", [[], [Finding("")], [Finding("  ")]])
def test_a_blank_answer_is_an_error_never_a_silent_blank(findings):
    fact = _one(lambda: findings)
    assert fact.status is FactStatus.ERROR
    assert fact.note


def test_canaries_planted_in_values_notes_and_labels_never_appear():
    facts = collect(
        collectors=[
            _collector(
                lambda: [
                    Finding("canaryhost42 CANARYUSER42 canaryh", key="a", label="of canaryuser42"),
                    Finding(status=FactStatus.DENIED, note="canaryuser42 may not", key="b"),
                ]
            )
        ],
        redactor=Redactor(CANARIES),
    )
    assert [fact.value for fact in facts] == ["<host-1> <user-1> <host-1>", ""]
    assert "canary" not in repr(facts).casefold()


class ForgetfulRedactor(Redactor):
    """A redactor whose patterns are broken."""

    def redact(self, text):
        return text


def test_the_last_gate_holds_back_what_redaction_missed():
    (fact,) = collect(
        collectors=[_collector(lambda: [Finding("at canaryhost42")])], redactor=ForgetfulRedactor(CANARIES)
    )
    assert fact.status is FactStatus.ERROR
    assert fact.value == ""
    assert "private" in fact.note


def test_very_long_values_are_cut_to_what_a_message_carries():
    assert len(_one(lambda: [Finding("x" * 9000)]).value) == 4000


def test_without_a_display_the_displays_are_unsupported():
    def none():
        raise EnvironmentFault("none", code="display_gone")

    facts = collect(collectors=[each for each in all_collectors(none) if each.id == "displays"])
    assert facts[0].status is FactStatus.UNSUPPORTED


def test_every_collector_is_versioned_and_says_what_it_reads():
    collectors = all_collectors()
    assert len({collector.id for collector in collectors}) == len(collectors) >= 12
    assert all(collector.version >= 1 and collector.reads and collector.label for collector in collectors)


def test_process_facts_never_hold_command_lines(tmp_path):
    facts = collect(fact_timeout_s=20, deadline_s=20)
    programs = next(fact for fact in facts if fact.id == "processes")
    assert str(os.getpid()) not in programs.value
    assert "--" not in programs.value


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (3 * 2**40, "3.0 TiB"), (2**50, "1024.0 TiB")]
)
def test_sizes_are_written_with_binary_units(size, text):
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5, "less than a minute"), (60, "1 minute"), (7260, "2 hours 1 minute"), (90000, "1 day 1 hour")],
)
def test_durations_are_written_in_two_units(seconds, text):
    assert duration_text(seconds) == text
