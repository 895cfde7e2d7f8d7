"""What macOS reads about the app, and what it says when the app wants the microphone or the local network.

Screen recording and control have no text of ours: macOS asks in its own words, and the program explains it before.
"""

IDENTIFIER = "org.deskside.customer"
OLDEST_MACOS = "12.3"
"""The first with ScreenCaptureKit."""

LANGUAGES = ("en", "de", "es", "fr")

_MICROPHONE = {
    "en": "So that you and the technician can talk, if you allow it.",
    "de": "Damit Sie und die Fachkraft miteinander sprechen können, wenn Sie es erlauben.",
    "es": "Para que usted y la persona técnica puedan hablar, si lo permite.",
    "fr": "Pour que vous et le technicien puissiez parler, si vous l’autorisez.",
}
_LOCAL_NETWORK = {
    "en": "To reach the technician directly when both computers are in one network.",
    "de": "Um die Fachkraft direkt zu erreichen, wenn beide Computer in einem Netz sind.",
    "es": "Para llegar directamente a la persona técnica si ambos equipos están en la misma red.",
    "fr": "Pour joindre directement le technicien quand les deux ordinateurs sont sur le même réseau.",
}


def information(version: str) -> dict[str, object]:
    """Return the property list of the app of this `version`.

    It claims no kind of link and no kind of file: macOS would remember that after the session.
    """
    return {
        "CFBundleIdentifier": IDENTIFIER,
        "CFBundleName": "Deskside",
        "CFBundleDisplayName": "Deskside",
        "CFBundleExecutable": "Deskside",
        "CFBundlePackageType": "APPL",
        "CFBundleInfoDictionaryVersion": "6.0",
        "CFBundleShortVersionString": version,
        "CFBundleVersion": version,
        "CFBundleDevelopmentRegion": "en",
        "CFBundleLocalizations": list(LANGUAGES),
        "LSMinimumSystemVersion": OLDEST_MACOS,
        "LSApplicationCategoryType": "public.app-category.utilities",
        "NSHighResolutionCapable": True,
        "NSSupportsAutomaticTermination": False,
        **questions("en"),
    }


def questions(language: str) -> dict[str, str]:
    """Return what macOS shows, in one of `LANGUAGES`, when it asks the person for a permission."""
    return {
        "NSMicrophoneUsageDescription": _MICROPHONE[language],
        "NSLocalNetworkUsageDescription": _LOCAL_NETWORK[language],
    }


def entitlements() -> dict[str, bool]:
    """Return what the hardened runtime has to allow: the microphone, and nothing that weakens it."""
    return {"com.apple.security.device.audio-input": True}
