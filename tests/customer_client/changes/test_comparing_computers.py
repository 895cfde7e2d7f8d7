"""What a session's receipt says about changes, from files of a computer made for the test."""

import hashlib
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from customer_client.changes.collectors import collectors_of_this_computer, take_snapshot
from customer_client.changes.comparing import ComputerComparison
from customer_client.changes.difference import compare
from customer_client.changes.linux_collectors import linux_collectors
from customer_client.changes.snapshot import MOST_ENTRIES, ChangeKind, Entries, Snapshot, bounded

DPKG = "Package: {name}\nStatus: install ok installed\nVersion: {version}\n\n"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def snapshot(root: Path) -> Snapshot:
    collectors = linux_collectors(root, root / "home")
    mine = {kind: [each for each in several if not _asks_a_program(each)] for kind, several in collectors.items()}
    return take_snapshot(mine)


def _asks_a_program(collector) -> bool:
    return getattr(collector, "__name__", "") in {"_own_jobs", "_proxy_of_the_desktop"}


def a_computer(root: Path) -> None:
    write(root / "var/lib/dpkg/status", DPKG.format(name="bash", version="5.2") + DPKG.format(name="vim", version="9"))
    write(root / "etc/hosts", "127.0.0.1 localhost\n# a remark\n")
    write(root / "etc/resolv.conf", "nameserver 192.0.2.1\n")
    write(root / "etc/environment", "LANG=C\n")
    write(root / "etc/ssl/certs/Good_Root.pem", "cert")
    write(root / "home/.config/autostart/player.desktop", "Exec=player")
    write(root / "etc/systemd/system/backup.service", "[Unit]")


def test_each_kind_of_change_is_found_and_said_in_words(tmp_path):
    a_computer(tmp_path)
    before = snapshot(tmp_path)
    assert before.incomplete == frozenset()
    write(
        tmp_path / "var/lib/dpkg/status",
        DPKG.format(name="bash", version="5.3") + DPKG.format(name="anydesk", version="6"),
    )
    write(tmp_path / "etc/hosts", "127.0.0.1 localhost\n203.0.113.9  bank.example # hi\n")
    write(tmp_path / "etc/resolv.conf", "nameserver 203.0.113.53\n")
    write(tmp_path / "etc/environment", "LANG=C\nhttp_proxy=http://anna:secret@proxy.example:3128\n")
    write(tmp_path / "etc/ssl/certs/Evil_Root.pem", "cert")
    write(tmp_path / "home/.config/autostart/player.desktop", "Exec=other")
    write(tmp_path / "home/.config/systemd/user/miner.service", "[Unit]")
    write(tmp_path / "home/.mozilla/firefox/abc.default/extensions/coupon@example.xpi", "x")
    write(tmp_path / "home/.config/chromium/Default/Extensions/abcdef/1.0_0/manifest.json", "{}")
    write(tmp_path / "etc/cron.d/often", "* * * * * root evil")
    difference = compare(before, snapshot(tmp_path))
    assert set(difference.kinds) == set(ChangeKind)
    assert difference.kinds[ChangeKind.PROGRAMS].added == ("anydesk 6", "bash 5.3")
    assert difference.kinds[ChangeKind.PROGRAMS].removed == ("bash 5.2", "vim 9")
    assert difference.kinds[ChangeKind.HOSTS].added == ("203.0.113.9 bank.example",)
    assert difference.kinds[ChangeKind.EXTENSIONS].added == ("Firefox: coupon@example", "chromium: abcdef")
    assert difference.kinds[ChangeKind.STARTUP].changed == (str(tmp_path / "home/.config/autostart/player.desktop"),)
    report = difference.report()
    assert "secret" not in report
    assert "New proxy settings: http_proxy=http://proxy.example:3128.\n" in report
    assert "New programs: anydesk 6, bash 5.3." in difference.lines()
    body = difference.body()
    assert body["counts"]["hosts"] == {"added": 1, "removed": 0, "changed": 0}
    assert body["sha256"] == hashlib.sha256(difference.details()).hexdigest()
    assert "bank.example" not in json.dumps(body)


def test_an_unchanged_computer_says_so(tmp_path):
    a_computer(tmp_path)
    difference = compare(snapshot(tmp_path), snapshot(tmp_path))
    assert difference.kinds == {}
    assert difference.lines() == (
        "Nothing changed in programs, services, start-up entries, network settings or certificates.",
    )


def test_what_cannot_be_read_or_takes_too_long_is_incomplete_and_never_taken_for_unchanged():
    def fails(left):
        raise PermissionError

    now = [0.0]

    def slow(left):
        now[0] += 5.0
        return Entries({"a": ""})

    collectors = {ChangeKind.HOSTS: [fails], ChangeKind.DNS: [slow], ChangeKind.PROXY: [slow]}
    taken = take_snapshot(collectors, clock=lambda: now[0])
    assert taken.incomplete == {ChangeKind.HOSTS, ChangeKind.PROXY}
    assert "Not everything could be compared" in compare(taken, taken).lines()[-1]


def test_a_kind_has_a_limit():
    found = bounded((str(number), "") for number in range(MOST_ENTRIES + 5))
    assert len(found.found) == MOST_ENTRIES
    assert not found.complete


STATES = st.dictionaries(st.text(max_size=4), st.text(max_size=2), max_size=6)


@given(STATES, STATES)
def test_a_difference_tells_one_state_from_the_other(before, after):
    kind = ChangeKind.PROGRAMS
    found = compare(Snapshot({kind: before}), Snapshot({kind: after})).kinds.get(kind)
    added, removed, changed = (found.added, found.removed, found.changed) if found else ((), (), ())
    made = {name: state for name, state in before.items() if name not in removed}
    made |= {name: after[name] for name in (*added, *changed)}
    assert made == after


def test_this_computer_can_be_looked_at():
    taken = take_snapshot(collectors_of_this_computer())
    assert set(taken.entries) == set(ChangeKind)


async def test_the_comparison_runs_beside_the_session_and_can_be_asked_more_than_once():
    states = iter([Snapshot({ChangeKind.DNS: {"a": ""}}), Snapshot({ChangeKind.DNS: {"b": ""}})])
    comparison = ComputerComparison(lambda: next(states))
    assert await comparison.finish() is None
    comparison.begin()
    comparison.begin()
    found = await comparison.finish()
    assert found is not None
    assert found.kinds[ChangeKind.DNS].added == ("b",)
    assert await comparison.finish() is found
