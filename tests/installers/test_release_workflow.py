"""The workflow that makes a release has never run here: at least its form is right, and nobody is trusted by name."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from installers import wheel

WORKFLOW = wheel.ROOT / ".github" / "workflows" / "release.yml"
PINNED = re.compile(r"[a-z-]+/[a-z-]+@[0-9a-f]{40}")


@pytest.fixture(scope="module")
def jobs() -> dict[str, Any]:
    return yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]


def steps(jobs: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in jobs.values():
        yield from job["steps"]


def test_it_is_a_workflow_by_its_schema() -> None:
    command = [
        Path(sys.executable).with_name("check-jsonschema"),
        "--builtin-schema",
        "vendor.github-workflows",
        WORKFLOW,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


def test_every_action_is_named_by_its_commit(jobs: dict[str, Any]) -> None:
    used = {step["uses"] for step in steps(jobs) if "uses" in step}
    assert used
    assert [name for name in used if not PINNED.fullmatch(name)] == []


def test_secrets_are_used_only_where_a_person_approves_and_rights_only_where_they_are_needed(
    jobs: dict[str, Any],
) -> None:
    with_secrets = {name for name, job in jobs.items() if "secrets." in yaml.safe_dump(job)}
    assert with_secrets == {name for name, job in jobs.items() if "environment" in job} == {"macos", "sign"}
    assert {name for name, job in jobs.items() if "write" in job["permissions"].values()} == {"sign"}


def test_what_is_signed_was_made_by_all_the_others(jobs: dict[str, Any]) -> None:
    needed, waiting = set[str](), ["sign"]
    while waiting:
        asked = jobs[waiting.pop()].get("needs", [])
        waiting += [asked] if isinstance(asked, str) else asked
        needed.update(waiting)
    assert needed == set(jobs) - {"sign"}
