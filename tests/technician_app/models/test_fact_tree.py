from PySide6.QtTest import QAbstractItemModelTester

from protocol.messages.diagnostics import Fact, FactStatus
from technician_app.models.fact_tree import FactFilter, FactTreeModel, detail_text, value_text


def fact(id: str, group: str, label: str, value: str = "", status: FactStatus = FactStatus.OK, note: str = "") -> Fact:
    return Fact(id, group, label, status, value, note, 3)


FACTS = (
    fact("os.name", "System", "Operating system", "Ubuntu"),
    fact("disk.free", "Disks", "Free space", "41 GB"),
    fact("os.kernel", "System", "Kernel", "6.8"),
    fact("host.name", "System", "Computer name", status=FactStatus.WITHHELD),
)
FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal


def _shown(model) -> dict:
    groups = {}
    for row in range(model.rowCount()):
        group = model.index(row, 0)
        groups[group.data()] = [model.index(child, 0, group).data() for child in range(model.rowCount(group))]
    return groups


def test_facts_stand_under_their_group_in_order_of_arrival(qtbot, qtmodeltester):
    model = FactTreeModel()
    tester = QAbstractItemModelTester(model, FATAL)
    model.set_facts(FACTS)
    qtmodeltester.check(model)
    assert tester is not None
    assert _shown(model) == {"System": ["Operating system", "Kernel", "Computer name"], "Disks": ["Free space"]}
    model.set_facts(())
    assert model.rowCount() == 0


def test_searching_keeps_matching_facts_and_their_groups(qtbot):
    model = FactTreeModel()
    found = FactFilter(model)
    tester = QAbstractItemModelTester(found, FATAL)
    model.set_facts(FACTS)
    found.search("ubuntu")
    assert _shown(found) == {"System": ["Operating system"]}
    found.search("DISK.free 41")
    assert _shown(found) == {"Disks": ["Free space"]}
    found.search("no such thing")
    assert _shown(found) == {}
    found.search(" ")
    assert len(_shown(found)) == 2
    assert tester is not None


def test_a_blank_is_never_silent():
    assert value_text(FACTS[3]) == "(withheld by the customer)"
    timed_out = fact("a.b", "A", "B", status=FactStatus.TIMEOUT, note="no answer in 5 s")
    assert value_text(timed_out) == "(took too long: no answer in 5 s)"
    assert "a.b" in detail_text(timed_out)


def test_every_status_has_words():
    for status in FactStatus:
        assert value_text(fact("a.b", "A", "B", "value", status))


def test_received_values_are_shown_safely(qtbot):
    model = FactTreeModel()
    model.set_facts((fact("a.b", "G\u202e", "L\x1b", "<i>v</i>\x07"),))
    group = model.index(0, 0)
    assert group.data() == "G⟨U+202E⟩"
    assert model.index(0, 0, group).data() == "L␛"
    assert model.index(0, 1, group).data() == "<i>v</i>␇"
