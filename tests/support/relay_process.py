"""A real relay in a process of its own, with a technician, an organisation and a certified device.

    with running_relay() as relay:
        opened = relay.open_session()
        socket = websockets.connect(relay.mailbox_url)

`RelayProcess.kill()` is `kill -9`; `start()` then starts the same relay again on the same data and the same port.
"""

import functools
import json
import os
import select
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from protocol.messages.relay_api import Device, DeviceEnrolment, NewTicket, OpenedSession, Organisation, SignedIn
from protocol.pairing.certificates import root_id

REPOSITORY = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 60.0
GONE_WITHIN_S = 30.0

ORGANISATION = "Acme IT"
TECHNICIAN = "tess"
TECHNICIAN_NAME = "Tess Technician"
ADMINISTRATOR = "ada"
PASSWORD = "correct horse battery"

_DATA_FOLDER, _KEY_FILE = "data", "root.pem"


def relay_command(*arguments: str, data_dir: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run one `deskside-relay` housekeeping command to its end and return what it did."""
    return subprocess.run(
        [sys.executable, "-m", "relay.app", *arguments, "--data", str(data_dir)],
        cwd=REPOSITORY,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=READY_WITHIN_S,
        check=False,
    )


def must(completed: subprocess.CompletedProcess[str]) -> str:
    """Return the stdout of a command that succeeded."""
    assert completed.returncode == 0, completed.stderr
    return completed.stdout


@dataclass
class RelayProcess:
    """One relay. `url` is its origin (`http://127.0.0.1:port`) and `port` where it listens, once it has started."""

    data_dir: Path
    extra_arguments: tuple[str, ...] = ()
    url: str = ""
    log_path: Path = field(default_factory=Path)
    _process: subprocess.Popen[bytes] | None = None
    port: int = 0

    @property
    def mailbox_url(self) -> str:
        """The WebSocket address of the mailboxes."""
        return self.url.replace("http", "ws", 1) + "/ws/mailbox"

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the relay (again) and wait until it says it is ready."""
        assert self._process is None, "it runs already"
        self.log_path = self.data_dir.with_name(self.data_dir.name + ".log")
        arguments = ["serve", "--data", str(self.data_dir), "--port", str(self.port), "--joins-per-minute", "10000"]
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "relay.app", *arguments, *self.extra_arguments],
                cwd=REPOSITORY,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self.url = self._wait_until_ready()

    def stop(self) -> int:
        """Ask it to stop (SIGTERM) and return its exit code; an already stopped one gives 0."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it without warning (SIGKILL)."""
        self._end(signal.SIGKILL)

    def log_text(self) -> str:
        """Everything it wrote to stderr so far."""
        return self.log_path.read_text()

    def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(number)
        try:
            return process.wait(GONE_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(GONE_WITHIN_S)
            raise
        finally:
            assert process.stdout is not None
            process.stdout.close()

    def _wait_until_ready(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        deadline = time.monotonic() + READY_WITHIN_S
        line = b""
        descriptor = self._process.stdout.fileno()
        while not line.endswith(b"\n"):
            readable, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(descriptor, 4096) if readable else b""
            if not chunk:
                self.kill()
                raise AssertionError(f"the relay did not start:\n{self.log_text()}")
            line += chunk
        words = line.decode().split()
        assert words[:4] == ["Deskside", "relay", "ready", "at"], line
        self.port = int(words[words.index("port") + 1].rstrip(","))
        return words[4]


@dataclass
class PreparedRelay(RelayProcess):
    """A running relay with one technician whose device is certified, and one administrator."""

    key_path: Path = field(default_factory=Path)
    root_key: bytes = b""
    token: str = ""
    administrator_token: str = ""
    technician_id: str = ""
    signing_key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    sealing_key: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)
    certificate: bytes = b""

    @property
    def root_id(self) -> bytes:
        """`org_root_id`: 32 bytes."""
        return root_id(self.root_key)

    def client(self, token: str | None = None) -> httpx.Client:
        """Return an HTTP client that is signed in as the technician (or with `token`; "" for nobody)."""
        bearer = self.token if token is None else token
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, trust_env=False)

    def request(
        self, method: str, path: str, body: msgspec.Struct | None = None, *, token: str | None = None
    ) -> httpx.Response:
        """Make one request as the technician (or with `token`; "" for nobody)."""
        content = None if body is None else msgspec.json.encode(body)
        with self.client(token) as client:
            return client.request(method, path, content=content)

    def sign_in(self, name: str, password: str = PASSWORD) -> SignedIn:
        """Sign an account in."""
        body = json.dumps({"name": name, "password": password}).encode()
        with self.client("") as client:
            return msgspec.json.decode(accepted(client.post("/api/v1/sign-in", content=body)), type=SignedIn)

    def new_ticket(self, subject: str = "Printer is on fire", customer: str = "Carla Customer") -> str:
        """Make a ticket and return its number."""
        answer = self.request("POST", "/api/v1/tickets", NewTicket(subject=subject, customer=customer))
        number: str = json.loads(accepted(answer))["number"]
        return number

    def open_session(
        self, ticket: str | None = None, *, reason: str = "Look at the printer", spoken: bool = False
    ) -> OpenedSession:
        """Open a session as the technician, on a new ticket unless one is given."""
        path = f"/api/v1/tickets/{ticket or self.new_ticket()}/sessions"
        with self.client() as client:
            answer = client.post(path, json={"reason": reason, "spoken": spoken})
        return msgspec.json.decode(accepted(answer), type=OpenedSession)


def accepted(answer: httpx.Response) -> bytes:
    """Return the content of an answer that is not an error."""
    assert answer.is_success, f"{answer.status_code}: {answer.text}"
    return answer.content


@contextmanager
def running_relay(data_dir: Path | None = None, *extra_arguments: str) -> Iterator[PreparedRelay]:
    """Start a relay with a technician, an administrator, an organisation and a certified device; stop it afterwards.

    Without `data_dir` everything is in a temporary folder. `extra_arguments` go to `deskside-relay serve`.
    """
    with ExitStack() as stack:
        if data_dir is None:
            data_dir = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="deskside-relay-"))) / "data"
        relay = PreparedRelay(data_dir, extra_arguments, key_path=data_dir.with_name(data_dir.name + ".root.pem"))
        _make_accounts(relay)
        stack.callback(relay.stop)
        relay.start()
        _enrol_and_certify(relay)
        yield relay


@dataclass(frozen=True)
class _MadeFile:
    """A file of the accounts that are made once: nothing of them stays on the disk between relays."""

    content: bytes
    mode: int


def _make_accounts(relay: PreparedRelay) -> None:
    """Give the relay the accounts and the organisation, which are made once for all relays of this test run."""
    relay.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, made in _made_once().items():
        path = relay.key_path if name == _KEY_FILE else relay.data_dir / Path(name).relative_to(_DATA_FOLDER)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made.content)
        path.chmod(made.mode)


@functools.cache
def _made_once() -> dict[str, _MadeFile]:
    """Return the root key's file and those of a data folder, by their paths in a folder that is gone again.

    Worker processes of a drill or a test run end without their exit handlers, and would leave a folder behind.
    """
    with tempfile.TemporaryDirectory(prefix="deskside-accounts-") as name:
        folder = Path(name)
        _make_organisation(folder / _DATA_FOLDER, folder / _KEY_FILE)
        return {
            path.relative_to(folder).as_posix(): _MadeFile(path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }


def _make_organisation(data_dir: Path, key_path: Path) -> None:
    for name, display_name, role in (
        (TECHNICIAN, TECHNICIAN_NAME, "technician"),
        (ADMINISTRATOR, "Ada Administrator", "administrator"),
    ):
        must(
            relay_command(
                *("user", "add", name, "--display-name", display_name, "--role", role, "--password-stdin"),
                data_dir=data_dir,
                stdin=PASSWORD + "\n",
            )
        )
    must(relay_command("org", "init", "--name", ORGANISATION, "--key-out", str(key_path), data_dir=data_dir))


def _enrol_and_certify(relay: PreparedRelay) -> None:
    signed_in = relay.sign_in(TECHNICIAN)
    relay.token, relay.technician_id = signed_in.token, signed_in.account.id
    relay.administrator_token = relay.sign_in(ADMINISTRATOR).token
    organisation = _get(relay, "/api/v1/organisation", Organisation)
    relay.root_key = organisation.root_key
    enrolment = DeviceEnrolment(
        signing_key=relay.signing_key.public_key().public_bytes_raw(),
        sealing_key=relay.sealing_key.public_key().public_bytes_raw(),
        label="Tess's laptop",
    )
    accepted(relay.request("PUT", "/api/v1/device", enrolment))
    must(relay_command("org", "certify", "--org-key", str(relay.key_path), "--all-pending", data_dir=relay.data_dir))
    relay.certificate = _get(relay, "/api/v1/device", Device).certificate


def _get(relay: PreparedRelay, path: str, expected: Any) -> Any:
    return msgspec.json.decode(accepted(relay.request("GET", path)), type=expected)
