"""Atheris on every parser of what others send. Only PeerError may come out; time and memory are bounded."""

import importlib
import os
import pkgutil
from pathlib import Path

import pytest

import protocol.messages
from fuzz import pairing_targets, session_targets
from fuzz.catalogue import TARGETS
from fuzz.running import is_possible, kept_inputs, run_target
from fuzz.target import Target, family
from protocol.errors import PeerError

SECONDS = int(os.environ.get("FUZZ_SECONDS", "60"))
"""For each target."""


@pytest.mark.long
@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.skipif(not is_possible(), reason="Atheris has no wheel for this system")
def test_any_bytes_bring_only_peer_errors(name: str) -> None:
    found = run_target(name, seconds=SECONDS)
    assert found.crash == ""
    assert found.executions > 0


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_begins_with_inputs_of_which_one_at_least_is_good(name: str) -> None:
    good = 0
    for seed in TARGETS[name].seeds():
        try:
            TARGETS[name].run(seed)
            good += 1
        except PeerError:
            pass
    assert good or name == "route_names"


def test_every_decoder_of_the_messages_is_in_a_target() -> None:
    names = [module.name for module in pkgutil.iter_modules(protocol.messages.__path__)]
    modules = [importlib.import_module(f"protocol.messages.{name}") for name in names]
    decoders = {name for module in modules for name in vars(module) if name.startswith("decode_")}
    used = {name for module in (pairing_targets, session_targets) for name in vars(module)}
    assert decoders
    assert decoders <= used


def test_the_first_byte_chooses_the_parser_of_a_family() -> None:
    run = family([lambda data: ("first", data), lambda data: ("second", data)])
    assert (run(b"\x00ab"), run(b"\x03ab"), run(b"")) == (("first", b"ab"), ("second", b"ab"), None)


@pytest.mark.skipif(not is_possible(), reason="Atheris has no wheel for this system")
def test_an_error_that_is_no_peer_error_is_told_with_its_input(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Target(lambda data: None, list).longest_bytes == 4096
    found = run_target("no such target", seconds=1)
    assert "KeyError" in found.crash


def test_an_input_is_told_whatever_its_fault_was_and_what_is_no_input_is_not(tmp_path: Path) -> None:
    kept = {"crash-0a": b"1", "timeout-0b": b"2", "oom-0c": b"3", "leak-0d": b"4", "slow-unit-0e": b"5"}
    for name, data in {**kept, "notes-0f": b"6"}.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "corpus").mkdir()
    found = kept_inputs(tmp_path)
    assert sorted(data for _, data in found) == sorted(kept.values())
    assert ("The input that took longer than 20 s", b"2") in found
