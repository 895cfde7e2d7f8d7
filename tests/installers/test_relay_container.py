"""The relay's container: its recipe and compose file judged, and (long) really built, run, exchanged and removed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from installers import package
from installers.container import FOLDER, HERE
from tests.support import container_tools
from tests.support.answering_relay import free_port, is_healthy
from tests.support.container_tools import BASE, ContainerTools
from tests.support.debian_computer import base_archive, until

LIMITS = ("--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096")
"""Podman asks for more than every computer has to give."""

BESIDE_THIS_PYTHON = Path(sys.executable).parent


def test_hadolint_has_nothing_to_say_about_the_recipe() -> None:
    command = [BESIDE_THIS_PYTHON / "hadolint", HERE / "Containerfile"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_compose_file_is_one_by_its_schema() -> None:
    command = [BESIDE_THIS_PYTHON / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", HERE / "compose.yml"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ContainerTools]:
    if container_tools.lacking():
        pytest.skip(container_tools.lacking())
    folder = tmp_path_factory.mktemp("containers")
    made = ContainerTools(folder)
    try:
        archive = base_archive(folder / "base.tar", "python3", "python3-venv", "ca-certificates")
        made.make_base(archive)
        archive.unlink()
        package.make("container", folder)
        recipe = ["--file", str(folder / FOLDER / "Containerfile"), "--format", "docker", str(folder / FOLDER)]
        made.buildah("build", "--network", "none", "--build-arg", f"BASE={BASE}", "--tag", "deskside-relay", *recipe)
        yield made
    finally:
        made.close()


@pytest.mark.long
def test_the_container_serves_without_rights_on_a_read_only_system_and_its_data_outlives_it(
    tools: ContainerTools,
) -> None:
    port = free_port()
    started = ["run", "--detach", "--name", "relay", "--network", "host", "--volume", "data:/data", "--no-healthcheck"]
    started += ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    started += [*LIMITS, "localhost/deskside-relay", "serve", "--port", str(port)]
    tools.podman(*started)
    until(lambda: is_healthy(port), "the relay's answer")
    assert tools.podman("exec", "relay", "id", "--user") == "10001\n"
    status = tools.podman("exec", "relay", "cat", "/proc/1/status").split("\n")
    assert {"CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"} <= set(status)
    add = 'echo "correct horse battery" | deskside-relay user add tess --display-name Tess --role technician'
    tools.podman("exec", "relay", "sh", "-c", f"{add} --password-stdin")

    tools.podman("stop", "--time", "20", "relay")
    assert tools.podman("inspect", "relay", "--format", "{{.State.ExitCode}}") == "0\n"
    tools.podman("rm", "relay")
    tools.podman(*started)
    until(lambda: is_healthy(port), "the answer of the container that took its place")
    assert "tess" in tools.podman("exec", "relay", "deskside-relay", "user", "list")
    tools.podman("rm", "--force", "--time", "20", "relay")
    tools.podman("volume", "rm", "data")


@pytest.mark.long
def test_the_images_own_check_of_its_health_tells_a_relay_from_none(tools: ContainerTools) -> None:
    image = json.loads(tools.podman("image", "inspect", "localhost/deskside-relay"))[0]
    kind, *check = image["Healthcheck"]["Test"]
    assert kind == "CMD"
    assert image["User"] == "10001:10001"
    quiet = ["--detach", "--network", "none", "--no-healthcheck", *LIMITS]
    tools.podman("run", "--name", "checked", *quiet, "localhost/deskside-relay")
    until(lambda: succeeds(tools, "exec", "checked", *check), "a healthy container")
    tools.podman("rm", "--force", "--time", "20", "checked")
    tools.podman("run", "--name", "idle", *quiet, "--entrypoint", "sleep", "localhost/deskside-relay", "600")
    assert not succeeds(tools, "exec", "idle", *check)
    tools.podman("rm", "--force", "--time", "2", "idle")


def succeeds(tools: ContainerTools, *arguments: str) -> bool:
    try:
        tools.podman(*arguments)
    except AssertionError:
        return False
    return True
