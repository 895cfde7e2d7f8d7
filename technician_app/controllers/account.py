"""Who is signed in, on which relay, and whether the organisation has certified this device. Network thread."""

import asyncio
import hashlib
import logging
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from protocol.errors import DesksideError, LocalError, PeerError
from protocol.messages.relay_api import Account, AttachmentContent, Device, DeviceEnrolment, Organisation
from protocol.pairing.certificates import device_fingerprint, read_certificate, verify_certificate
from protocol.sealed_attachment import open_attachment
from protocol.transport.tasks import create_task
from technician_app.controllers.profile import DeviceKeys, Profile, Remembered
from technician_app.controllers.proven_relays import NotTheRelay, ProvenRelays
from technician_app.controllers.relay_api import RelayApi

_log = logging.getLogger(__name__)
CERTIFICATE_POLL_S = 10.0
"""How often the relay is asked again while the device waits to be certified."""

NOT_THE_RELAY = "This is not the relay you know"


class AccountStep(Enum):
    """How far signing in has come."""

    SIGNED_OUT = "signed_out"
    SIGNING_IN = "signing_in"
    WAITING_FOR_CERTIFICATE = "waiting_for_certificate"
    READY = "ready"


@dataclass(frozen=True)
class AccountViewState:
    """What the windows need to know about the account. `fingerprint` is this device's, for the administrator."""

    step: AccountStep
    relay_url: str = ""
    name: str = ""
    display_name: str = ""
    organisation: str = ""
    fingerprint: str = ""
    problem: str = ""
    alarm: str = ""
    """What stands in red above the problem: this is no failure that goes away."""


@dataclass(frozen=True)
class Identity:
    """All a session needs to know about who opens it. `certificate` is empty while the device is not certified."""

    api: RelayApi
    account: Account
    organisation: Organisation
    certificate: bytes


class AccountController:
    """Signs in and out and follows the device's certificate. Publishes an AccountViewState at every change."""

    def __init__(
        self,
        *,
        profile: Profile,
        publish: Callable[[AccountViewState], None],
        make_api: Callable[[str], RelayApi] = RelayApi,
        poll_s: float = CERTIFICATE_POLL_S,
        unix_now: Callable[[], float] = time.time,
    ) -> None:
        self._profile = profile
        self._publish = publish
        self._make_api = make_api
        self._poll_s = poll_s
        self._unix_now = unix_now
        self._proven = ProvenRelays(profile)
        self._identity: Identity | None = None
        self._watch: asyncio.Task[None] | None = None
        self._state = AccountViewState(AccountStep.SIGNED_OUT)

    @property
    def identity(self) -> Identity:
        """Who is signed in.

        Raises:
            LocalError: nobody is (`not_signed_in`).
        """
        if self._identity is None:
            raise LocalError("nobody is signed in", code="not_signed_in", user_text="Please sign in first.")
        return self._identity

    @property
    def api(self) -> RelayApi:
        """The signed-in connection to the relay.

        Raises:
            LocalError: nobody is signed in (`not_signed_in`).
        """
        return self.identity.api

    async def sign_in(self, relay_url: str, name: str, password: str) -> None:
        """Sign in, enrol this device when the relay does not know it, and fetch its certificate.

        A failure is published as `problem` on the signed-out state; nothing is raised for it.
        """
        await self.close()
        self._show(AccountViewState(AccountStep.SIGNING_IN, relay_url=relay_url, name=name))
        try:
            await self._sign_in(relay_url, name, password)
        except DesksideError as error:
            await self.close()
            alarm = NOT_THE_RELAY if isinstance(error, NotTheRelay) else ""
            self._show(replace(self._state, step=AccountStep.SIGNED_OUT, problem=error.user_text, alarm=alarm))

    async def sign_out(self, problem: str = "") -> None:
        """Sign out; the relay is told when it can be reached. `problem` says why when it was not the person's wish."""
        api = self._identity.api if self._identity is not None else None
        if api is not None:
            try:
                await api.sign_out()
            except DesksideError:
                # the token is forgotten here and expires there: being offline must not keep anybody signed in
                api.token = ""
        await self.close()
        shown = AccountViewState(AccountStep.SIGNED_OUT, relay_url=self._state.relay_url, name=self._state.name)
        self._show(replace(shown, problem=problem))

    async def check_certificate(self) -> None:
        """Ask the relay once whether the device has been certified by now.

        Raises:
            DesksideError: the relay refused or could not be reached.
        """
        identity = self.identity
        device = await identity.api.device()
        certificate = self._usable_certificate(device, identity.organisation)
        if self._identity is identity and certificate:
            self._identity = replace(identity, certificate=certificate)
            self._show(replace(self._state, step=AccountStep.READY, problem=""))

    def open_attachment(self, ticket: str, sealed: AttachmentContent) -> bytes:
        """Return what a ticket's attachment holds, opened with this device's key.

        Raises:
            PeerError: it is damaged, was changed, or was not sealed to this device.
            LocalError: nobody is signed in, or the device is not certified (`device_not_certified`).
        """
        certificate = self.identity.certificate
        if not certificate:
            raise LocalError(
                "no certificate yet",
                code="device_not_certified",
                user_text="Attachments can be opened once your organisation has certified this device.",
            )
        return open_attachment(
            sealed.content,
            ticket=ticket,
            kind=sealed.attachment.kind,
            name=sealed.attachment.name,
            serial=read_certificate(certificate).serial,
            sealing_key=self._profile.device_keys().sealing,
        )

    async def close(self) -> None:
        """Forget who is signed in and close the connections."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if self._identity is not None:
            identity, self._identity = self._identity, None
            await identity.api.close()

    async def _sign_in(self, relay_url: str, name: str, password: str) -> None:
        api = self._make_api(relay_url)
        try:
            await self._proven.ask(api.base_url)  # before the password is given to whoever answers
            signed_in = await api.sign_in(name, password)
            organisation = await api.organisation()
            api.proven_root = await self._proven.meet(api.base_url, organisation.root_key)
            keys = self._profile.device_keys()
            device = await self._enrol(api, keys)
        except BaseException:
            await api.close()
            raise
        certificate = self._usable_certificate(device, organisation)
        self._identity = Identity(api, signed_in.account, organisation, certificate)
        self._profile.remember(Remembered(relay_url=api.base_url, name=name))
        self._show(
            AccountViewState(
                AccountStep.READY if certificate else AccountStep.WAITING_FOR_CERTIFICATE,
                relay_url=api.base_url,
                name=name,
                display_name=signed_in.account.display_name,
                organisation=organisation.name,
                fingerprint=device_fingerprint(keys.signing_public, keys.sealing_public),
            )
        )
        if not certificate:
            self._watch = create_task(self._watch_certificate(), name="watch device certificate")

    async def _enrol(self, api: RelayApi, keys: DeviceKeys) -> Device:
        label = (platform.node() or "this computer")[:200]
        return await api.enrol_device(
            DeviceEnrolment(signing_key=keys.signing_public, sealing_key=keys.sealing_public, label=label)
        )

    async def _watch_certificate(self) -> None:
        while self._state.step is AccountStep.WAITING_FOR_CERTIFICATE:
            await asyncio.sleep(self._poll_s)
            try:
                await self.check_certificate()
            except DesksideError as error:
                self._show(replace(self._state, problem=error.user_text))

    def _usable_certificate(self, device: Device, organisation: Organisation) -> bytes:
        """Return the device's certificate when a customer would accept it from us; empty while there is none."""
        if not device.certificate:
            return b""
        keys = self._profile.device_keys()
        root = hashlib.sha256(organisation.root_key).digest()
        try:
            certificate = verify_certificate(device.certificate, root_id=root, unix_now=self._unix_now())
        except PeerError as error:
            _log.warning("this device's certificate cannot be used: %s", error)
            return b""
        ours = certificate.signing_key == keys.signing_public and certificate.sealing_key == keys.sealing_public
        return device.certificate if ours else b""

    def _show(self, state: AccountViewState) -> None:
        self._state = state
        self._publish(state)
