"""The customer's words for each permission: the question, what it means, and its line in a list. Plain English."""

from dataclasses import dataclass

from protocol.messages.consent import Capability


@dataclass(frozen=True)
class PermissionWords:
    """`question` heads the page that asks, `meaning` stands below it; `name` and `remark` are one line of a list."""

    question: str
    meaning: str
    name: str
    remark: str


WORDS = {
    Capability.SEE: PermissionWords(
        "Someone asks to see your screen",
        "They will SEE your screen. They can NOT use your mouse or keyboard.",
        "See your screen",
        "without using anything",
    ),
    Capability.POINT: PermissionWords(
        "They ask to point at your screen",
        "An arrow and lines of theirs appear on your screen. They click and change nothing.",
        "Point at your screen",
        "an arrow that clicks nothing",
    ),
    Capability.CONTROL: PermissionWords(
        "They ask to USE your mouse and keyboard",
        "They can click and type for you. Moving your own mouse always wins.",
        "USE your mouse and keyboard",
        "your own mouse always wins",
    ),
    Capability.CLIPBOARD_TO_CUSTOMER: PermissionWords(
        "They ask to give you text to paste",
        "They can put text on your clipboard. They can NOT read what you have copied.",
        "Give you text to paste",
        "text only",
    ),
    Capability.CLIPBOARD_TO_TECHNICIAN: PermissionWords(
        "They ask for text you copy",
        "Text you copy for them is sent to them. Do not copy passwords while this is allowed.",
        "Get text you copy",
        "not for passwords",
    ),
    Capability.FILES_TO_CUSTOMER: PermissionWords(
        "They ask to send you files",
        "Each file is shown to you first, and nothing is opened by itself.",
        "Send you files",
        "you see each one first",
    ),
    Capability.FILES_TO_TECHNICIAN: PermissionWords(
        "They ask for files of yours",
        "Only files you choose yourself are sent. They can NOT look through your folders.",
        "Get files from you",
        "only those you choose",
    ),
    Capability.DIAGNOSTICS: PermissionWords(
        "They ask for facts about this computer",
        "You will see every fact first. Nothing is sent until you say so.",
        "Read facts about this computer",
        "you see each one first",
    ),
    Capability.VOICE: PermissionWords(
        "They would like to talk with you through the computer",
        "You will hear them. Your microphone stays off until you press Talk.",
        "Talk with you",
        "microphone off until you press Talk",
    ),
    Capability.CHAT: PermissionWords(
        "They ask to write to you",
        "You can write to each other. Everything written is shown to you.",
        "Write to you",
        "text only",
    ),
    Capability.RECORDING: PermissionWords(
        "They ask to RECORD this session",
        "They keep what they see, and what you say and write, for people of their organisation who check their work.",
        "Record this session",
        "you can end it at any time",
    ),
}

TIME_LIMITED = frozenset(Capability) - {Capability.DIAGNOSTICS, Capability.CHAT, Capability.RECORDING}
"""Where a time limit is offered. A report is one act, words do no harm, and half a recording proves little."""
