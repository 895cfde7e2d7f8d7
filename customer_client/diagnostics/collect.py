"""Collects the diagnostics report: every collector in its own thread, redacted, within a few seconds whatever hangs."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import psutil

from customer_client.capture.source import Display
from customer_client.diagnostics.collector import Collector, Finding, NotSeen
from customer_client.diagnostics.hardware_facts import displays_now, hardware_collectors
from customer_client.diagnostics.network_facts import NETWORK_COLLECTORS
from customer_client.diagnostics.redaction import Redactor
from customer_client.diagnostics.seeds import seeds_of_this_computer
from customer_client.diagnostics.system_facts import SYSTEM_COLLECTORS
from protocol.messages.diagnostics import MAX_FACTS, Fact, FactStatus

MAX_VALUE_LENGTH = 4000
MAX_NOTE_LENGTH = 200

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Result:
    collector: Collector
    findings: tuple[Finding, ...]
    took_ms: int


def all_collectors(displays: Callable[[], tuple[Display, ...]] = displays_now) -> tuple[Collector, ...]:
    """Return every collector, in the order of the report."""
    return SYSTEM_COLLECTORS + hardware_collectors(displays) + NETWORK_COLLECTORS


def collect(
    progress: Callable[[Fact], None] | None = None,
    deadline_s: float = 3.0,
    *,
    collectors: Iterable[Collector] | None = None,
    redactor: Redactor | None = None,
    fact_timeout_s: float = 1.0,
) -> tuple[Fact, ...]:
    """Return the facts, in the order of `collectors`, redacted. Blocks up to `deadline_s`; do not call on a loop.

    Args:
        progress: called on this thread with each fact as it comes.
        deadline_s: no collector is waited for longer than this, all together.
        collectors: None is all of them.
        redactor: None makes one for this computer; hand in the same one to keep tokens stable over several reports.
        fact_timeout_s: no single collector is waited for longer than this.

    A collector that takes longer becomes a fact with status `timeout`; its thread is left behind and its result unused.
    """
    chosen = tuple(all_collectors() if collectors is None else collectors)
    redactor = redactor or Redactor(seeds_of_this_computer())
    results: queue.SimpleQueue[_Result] = queue.SimpleQueue()
    began = time.monotonic()
    give_up_at = began + min(deadline_s, fact_timeout_s)
    for collector in chosen:
        threading.Thread(target=_find, args=(collector, results), name=f"collect {collector.id}", daemon=True).start()
    facts: dict[str, list[Fact]] = {}
    while len(facts) < len(chosen):
        try:
            result = results.get(timeout=max(0.0, give_up_at - time.monotonic()))
        except queue.Empty:
            break
        facts[result.collector.id] = _reported(result, redactor, progress)
    for collector in chosen:
        if collector.id not in facts:
            late = Finding(status=FactStatus.TIMEOUT, note="the computer did not answer in time")
            took_ms = int((time.monotonic() - began) * 1000)
            facts[collector.id] = _reported(_Result(collector, (late,), took_ms), redactor, progress)
    return tuple(fact for collector in chosen for fact in facts[collector.id])[:MAX_FACTS]


def _find(collector: Collector, results: queue.SimpleQueue[_Result]) -> None:
    """Run one collector to its end; what it found before it failed is kept. Runs on its own thread."""
    began = time.monotonic()
    findings: list[Finding] = []
    try:
        for finding in collector.find():
            findings.append(finding)
        if not findings:
            raise NotSeen(FactStatus.ERROR, "nothing was found, although something should be there")
    except NotSeen as reason:
        findings.append(Finding(status=reason.status, note=reason.note))
    except (PermissionError, psutil.AccessDenied):
        findings.append(Finding(status=FactStatus.DENIED, note="the system did not allow this to be read"))
    except Exception as error:
        # The message may hold private names; its kind is enough to find the fault.
        _log.warning("collector %s failed: %s", collector.id, type(error).__name__)
        findings.append(Finding(status=FactStatus.ERROR, note=f"could not be read ({type(error).__name__})"))
    results.put(_Result(collector, tuple(findings), int((time.monotonic() - began) * 1000)))


def _reported(result: _Result, redactor: Redactor, progress: Callable[[Fact], None] | None) -> list[Fact]:
    facts = [_fact(result, finding, redactor) for finding in result.findings]
    if progress is not None:
        for fact in facts:
            progress(fact)
    return facts


def _fact(result: _Result, finding: Finding, redactor: Redactor) -> Fact:
    """Redact a finding and let it through the last gate. A blank value without a reason does not pass as ok."""
    collector = result.collector
    status, note = finding.status, redactor.redact(finding.note)
    value = redactor.redact(finding.value) if status is FactStatus.OK else ""
    label = redactor.redact(finding.label or collector.label)
    if status is FactStatus.OK and not value.strip():
        status, note = FactStatus.ERROR, "the computer gave an empty answer"
    if any(redactor.leaks(text) for text in (value, note, label)):
        status, value, label = FactStatus.ERROR, "", collector.label
        note = "held back: it still contained a private name"
    return Fact(
        id=f"{collector.id}.{finding.key}" if finding.key else collector.id,
        group=collector.group,
        label=label[:MAX_NOTE_LENGTH],
        status=status,
        value=value[:MAX_VALUE_LENGTH],
        note=note[:MAX_NOTE_LENGTH],
        took_ms=result.took_ms,
    )
