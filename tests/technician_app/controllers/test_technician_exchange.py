"""The technician's chat and clipboard against the customer's real permissions."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest

from protocol.audit.events import EventType
from protocol.channels import CHAT, CLIPBOARD, CURSOR, Channel
from protocol.chat import ChatLine, Mark
from protocol.errors import DesksideError, PeerError
from protocol.messages.base import Message, encode
from protocol.messages.chat import ChatAttached, ChatDelivered, ChatSent
from protocol.messages.clipboard import ClipboardPushed, text_digest
from protocol.messages.consent import Capability, CapabilityAnswered, CapabilityRevoked
from protocol.messages.picture import PicturePreset
from technician_app.bridge.session_bridge import ExchangeBridge
from technician_app.controllers.chat import transcript
from technician_app.controllers.exchange import TechnicianExchange
from technician_app.controllers.permissions import AskedPermissions, PermissionOwner
from technician_app.controllers.profile import FIRST_REPLIES, Profile
from tests.support.permission_desk import Desk, TechnicianKeeper

TO_CUSTOMER, TO_TECHNICIAN = Capability.CLIPBOARD_TO_CUSTOMER, Capability.CLIPBOARD_TO_TECHNICIAN


class Attachments:
    """Keeps what would go to the ticket."""

    ticket = "DS-2026-000001"

    def __init__(self) -> None:
        self.contents: list[bytes] = []

    async def transcript(self, content: bytes) -> None:
        self.contents.append(content)


class Link:
    """Keeps what would leave; whatever else a feature wants of its link is not there."""

    def __init__(self, sent: list[tuple[Channel, Message]]) -> None:
        self._sent = sent

    def send(self, message: Message, channel: Channel) -> None:
        self._sent.append((channel, message))

    def __getattr__(self, name: str) -> None:
        return None


class Technician:
    def __init__(self) -> None:
        self.desk = Desk()
        self.attachments = Attachments()
        self.sent: list[tuple[Channel, Message]] = []
        self.shown: dict[str, Any] = {}
        self.problems: list[str] = []
        self.work: list[Coroutine[Any, Any, object]] = []
        keeper = TechnicianKeeper(self.desk.record)
        self.permissions = AskedPermissions(keeper=keeper, send=lambda message: None, changed=lambda *_changes: None)
        self.permissions.register(PermissionOwner(), Capability.SEE)
        self.exchange = TechnicianExchange(
            attachments=self.attachments,  # type: ignore[arg-type]
            update=lambda **changes: self.shown.update(changes),
            begin=lambda work, name: self.work.append(work),
        )
        self.exchange.attach(Link(self.sent), keeper, self.permissions)  # type: ignore[arg-type]

    async def opened(self) -> "Technician":
        await self.desk.opened()
        await self.tell()
        return self

    async def tell(self) -> None:
        """Hand over what the customer's side has sent."""
        while self.desk.sent:
            message = self.desk.sent.pop(0)
            if isinstance(message, CapabilityAnswered):
                await self.permissions.answered(message)
            elif isinstance(message, CapabilityRevoked):
                await self.permissions.revoked(message)

    async def grant(self, capability: Capability) -> None:
        seq = await self.permissions.sign_ask(capability)
        ask = self.desk.permissions.signed_ask((capability,), seq)
        await self.desk.permissions.grant(ask, capability)
        await self.tell()

    async def done(self) -> None:
        for work in self.work:
            try:
                await work
            except DesksideError as error:
                self.problems.append(error.code)
        self.work.clear()
        await asyncio.sleep(0)

    def written(self, type: EventType) -> list[dict[str, object]]:
        return [body for kind, body, _ in self.desk.record.lanes["T"] if kind is type]

    def left(self, channel: Channel, kind: type) -> list[Message]:
        return [message for used, message in self.sent if used == channel and isinstance(message, kind)]


async def test_chat_is_granted_from_the_start_and_marks_come_back() -> None:
    technician = await Technician().opened()
    technician.exchange.write_chat("hello")
    await technician.done()
    assert technician.written(EventType.CHAT_SENT) == [{"id": 1, "bytes": 5, "sha256": text_digest("hello")}]
    await technician.exchange.arrived(CHAT, encode(ChatDelivered(1)))
    assert technician.shown["chat"].lines[0].mark is Mark.DELIVERED


async def test_before_the_grant_nothing_is_sent_or_taken_on_the_line() -> None:
    technician = Technician()
    technician.exchange.write_chat("early")
    technician.exchange.send_clipboard("early")
    await technician.exchange.arrived(CHAT, encode(ChatSent(1, "early", 0)))
    await technician.done()
    assert technician.sent == []
    assert technician.problems == ["clipboard_not_allowed"]


async def test_a_new_attempt_forgets_what_was_written_to_somebody_else() -> None:
    technician = Technician()
    technician.exchange.chat.open_early(lambda message: None)
    technician.exchange.chat.arrived_early(ChatSent(1, "I am somebody else", 0))
    assert technician.shown["chat"].unread == 1
    technician.exchange.chat.forget()
    assert technician.shown["chat"] is None
    technician.exchange.chat.open_early(lambda message: None)
    assert technician.shown["chat"].lines == ()


async def test_a_chat_the_customer_switched_off_sends_nothing_more() -> None:
    technician = await Technician().opened()
    await technician.desk.permissions.revoke(Capability.CHAT, "taken_back")
    await technician.tell()
    technician.exchange.write_chat("still there?")
    await technician.exchange.arrived(CHAT, encode(ChatSent(1, "late", 0)))
    await technician.done()
    assert technician.sent == []
    assert technician.shown["chat"].can_write is False


async def test_the_transcript_is_recorded_attached_and_told_to_the_customer() -> None:
    technician = await Technician().opened()
    technician.exchange.write_chat("hello")
    await technician.done()
    await technician.exchange.arrived(CHAT, encode(ChatSent(1, "hi\nDS-1 Technician:", 1_700_000_000_000)))
    technician.exchange.attach_chat()
    await technician.done()
    (content,) = technician.attachments.contents
    (told,) = technician.left(CHAT, ChatAttached)
    assert technician.written(EventType.CHAT_ATTACHED) == [{"messages": 2, "sha256": told.sha256}]  # type: ignore[attr-defined]
    assert b"Customer:\n    hi\n    DS-1 Technician:\n" in content
    assert b"2023-11-14 22:13:20Z Customer" in content


async def test_an_empty_conversation_is_not_attached() -> None:
    technician = await Technician().opened()
    technician.exchange.attach_chat()
    await technician.done()
    assert technician.problems == ["chat_empty"]
    assert technician.written(EventType.CHAT_ATTACHED) == []


async def test_text_goes_to_the_customer_under_its_grant_and_says_so() -> None:
    technician = await Technician().opened()
    await technician.grant(TO_CUSTOMER)
    technician.exchange.send_clipboard("ipconfig\n")
    await technician.done()
    (pushed,) = technician.left(CLIPBOARD, ClipboardPushed)
    assert pushed.text == "ipconfig"  # type: ignore[attr-defined]
    assert technician.written(EventType.CLIPBOARD_SENT) == [{"bytes": 8, "sha256": text_digest("ipconfig")}]
    shown = technician.shown["clipboard"]
    assert (shown.text, shown.came) == ("ipconfig", False)


async def test_text_of_the_customer_is_taken_only_under_the_other_grant() -> None:
    technician = await Technician().opened()
    await technician.grant(TO_CUSTOMER)
    lane = technician.desk.record.lanes["C"]
    lane.append((EventType.CLIPBOARD_SENT, {"bytes": 4, "sha256": text_digest("mine")}, -1))
    push = encode(ClipboardPushed("mine", len(lane) - 1))
    await technician.exchange.arrived(CLIPBOARD, push)
    assert "clipboard" not in technician.shown
    await technician.grant(TO_TECHNICIAN)
    await technician.exchange.arrived(CLIPBOARD, push)
    assert (technician.shown["clipboard"].text, technician.shown["clipboard"].came) == ("mine", True)
    assert technician.written(EventType.CLIPBOARD_RECEIVED) == [{"bytes": 4, "sha256": text_digest("mine")}]


@pytest.mark.parametrize("channel", [CHAT, CLIPBOARD, CURSOR])
async def test_what_no_honest_customer_sends_ends_the_session(channel: Channel) -> None:
    technician = await Technician().opened()
    with pytest.raises(PeerError):
        await technician.exchange.arrived(channel, encode(ChatAttached(1, "0" * 64)))


def test_no_line_of_a_text_can_pass_for_somebody_elses() -> None:
    lines = (ChatLine(False, 1, "x\n2026-11-22 10:00:00Z Technician:\nyes, do that", 0, Mark.SEEN),)
    heads = [line for line in transcript(lines).split("\n") if line and not line.startswith(" ")]
    assert heads == ["1970-01-01 00:00:00Z Customer:"]


def test_replies_kept_ready_are_remembered_beside_the_other_settings(tmp_path: Path) -> None:
    profile = Profile.open(tmp_path / "profile")
    assert profile.settings().replies == FIRST_REPLIES
    profile.keep_settings(msgspec.structs.replace(profile.settings(), replies=("One moment.",)))
    kept = Profile.open(tmp_path / "profile").settings()
    assert (kept.replies, kept.picture) == (("One moment.",), PicturePreset.BALANCED)


def test_what_the_window_wants_reaches_the_session() -> None:
    done: list[tuple[object, ...]] = []

    class Intents:
        def __getattr__(self, name: str) -> object:
            return lambda *arguments: done.append((name, *arguments))

    class Running:
        exchange = Intents()

    bridge = ExchangeBridge(lambda act: act(Running()))  # type: ignore[arg-type]
    bridge.write_chat("hello")
    bridge.read_chat()
    bridge.attach_chat()
    bridge.send_clipboard("text")
    assert done == [("write_chat", "hello"), ("read_chat",), ("attach_chat",), ("send_clipboard", "text")]
