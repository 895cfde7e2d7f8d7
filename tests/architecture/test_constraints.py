"""constraints.txt: exact versions, nothing that names a place, and everything pyproject.toml asks for."""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.source_tree import ROOT

LINE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[0-9][A-Za-z0-9.+!]*(; [a-z_]+ [!=<>]+ \"[A-Za-z0-9._]+\")?")


def pinned_lines() -> list[str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def requirements() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    return [Requirement(line) for group in groups for line in group if not line.startswith(f"{project['name']}[")]


def test_every_line_is_a_name_and_an_exact_version() -> None:
    assert [line for line in pinned_lines() if not LINE.fullmatch(line)] == []


def test_no_comment_names_an_address() -> None:
    assert not re.search(r"://|\bfile:|@|--hash|--index|-f ", (ROOT / "constraints.txt").read_text(encoding="utf-8"))


def test_every_requirement_has_a_version_that_satisfies_it() -> None:
    pins = {canonicalize_name(pin.name): pin for pin in map(Requirement, pinned_lines())}
    unsatisfied = [
        str(wanted)
        for wanted in requirements()
        if (pin := pins.get(canonicalize_name(wanted.name))) is None
        or not wanted.specifier.contains(str(pin.specifier).removeprefix("=="))
    ]
    assert unsatisfied == []


def test_no_package_is_pinned_twice() -> None:
    names = [canonicalize_name(Requirement(line).name) for line in pinned_lines()]
    assert sorted(names) == sorted(set(names))
