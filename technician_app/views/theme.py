"""Colours, palette and style sheet: one calm look, light and dark."""

from dataclasses import asdict, dataclass
from string import Template

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget


@dataclass(frozen=True)
class Colours:
    """One scheme; values are `#rrggbb`."""

    window: str
    base: str
    text: str
    muted: str
    border: str
    hover: str
    accent: str
    on_accent: str
    selection: str
    danger: str
    on_danger: str
    warning_back: str
    warning_text: str
    good: str


LIGHT = Colours(
    window="#f4f5f7",
    base="#ffffff",
    text="#1a1f26",
    muted="#5a6472",
    border="#d5dae1",
    hover="#e9ecf1",
    accent="#2456c4",
    on_accent="#ffffff",
    selection="#dbe6fd",
    danger="#b3261e",
    on_danger="#ffffff",
    warning_back="#fff1c9",
    warning_text="#5f4600",
    good="#1c7544",
)
DARK = Colours(
    window="#1a1d22",
    base="#21252b",
    text="#e6e9ee",
    muted="#9ba5b3",
    border="#363d47",
    hover="#2b3038",
    accent="#7aa7ff",
    on_accent="#0d1524",
    selection="#2c3f66",
    danger="#ff8078",
    on_danger="#2a0b09",
    warning_back="#3b3115",
    warning_text="#f4d78f",
    good="#62cf95",
)


def follow_system_theme(application: QApplication) -> None:
    """Style `application` in the system's scheme, now and whenever it changes."""
    hints = application.styleHints()
    hints.colorSchemeChanged.connect(lambda scheme: apply_theme(application, dark=scheme is Qt.ColorScheme.Dark))
    apply_theme(application, dark=hints.colorScheme() is Qt.ColorScheme.Dark)


def apply_theme(application: QApplication, *, dark: bool) -> None:
    """Style the whole application."""
    colours = DARK if dark else LIGHT
    application.setStyle("Fusion")
    application.setPalette(_palette(colours))
    application.setStyleSheet(_style_sheet(colours))


def colours_of(widget: QWidget) -> Colours:
    """Return the scheme `widget` is shown in."""
    return DARK if widget.palette().color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def restyle(widget: QWidget, name: str, value: str | bool) -> None:
    """Set a property the style sheet selects on, and have the widget drawn by it."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def _palette(colours: Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for target, value in (
        (role.Window, colours.window),
        (role.WindowText, colours.text),
        (role.Base, colours.base),
        (role.AlternateBase, colours.window),
        (role.Text, colours.text),
        (role.Button, colours.base),
        (role.ButtonText, colours.text),
        (role.BrightText, colours.danger),
        (role.Highlight, colours.selection),
        (role.HighlightedText, colours.text),
        (role.Accent, colours.accent),
        (role.Link, colours.accent),
        (role.PlaceholderText, colours.muted),
        (role.ToolTipBase, colours.base),
        (role.ToolTipText, colours.text),
        (role.Mid, colours.border),
    ):
        palette.setColor(target, QColor(value))
    for target in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, target, QColor(colours.muted))
    return palette


def _style_sheet(colours: Colours) -> str:
    return Template(_SHEET).substitute(asdict(colours))


_SHEET = """
QWidget { font-size: 10pt; }
QLabel[kind="title"] { font-size: 15pt; font-weight: 600; }
QLabel[kind="heading"] { font-weight: 600; }
QLabel[kind="muted"] { color: $muted; }
QLabel[kind="eyebrow"] { color: $muted; font-size: 9pt; }
QLabel[kind="problem"] { color: $danger; }
QLabel[kind="good"] { color: $good; }
QLabel[kind="alarm"] { background: $danger; color: $on_danger; font-weight: 600; padding: 10px 16px; }
QLabel[kind="code"] { font-family: monospace; font-size: 22pt; font-weight: 600; }
QLabel[kind="banner"] { background: $warning_back; color: $warning_text; padding: 7px 12px; }
QLabel[kind="onair"] { background: $danger; color: $on_danger; font-weight: 600; padding: 2px 8px; border-radius: 4px; }
QFrame[kind="banner"] { background: $warning_back; }
QFrame[kind="banner"] QLabel { color: $warning_text; }
QFrame[kind="card"] { background: $base; border: 1px solid $border; border-radius: 6px; }
QFrame[kind="mine"] { background: $selection; border-radius: 6px; margin-left: 28px; }
QFrame[kind="theirs"] { background: $base; border: 1px solid $border; border-radius: 6px; margin-right: 28px; }
QFrame[kind="bar"] { background: $base; border-bottom: 1px solid $border; }
QFrame[kind="line"] { background: $border; max-height: 1px; border: none; }
QLabel[step="done"] { color: $good; }
QLabel[step="now"] { color: $accent; font-weight: 600; }
QLabel[step="later"] { color: $muted; }

QPushButton, QToolButton {
    background: $base;
    border: 1px solid $border;
    border-radius: 5px;
    padding: 5px 12px;
    min-height: 18px;
}
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed { background: $border; }
QPushButton:focus, QToolButton:focus { border: 1px solid $accent; }
QPushButton:disabled { color: $muted; background: $window; }
QPushButton[kind="primary"] {
    background: $accent;
    color: $on_accent;
    border: 1px solid $accent;
    font-weight: 600;
}
QPushButton[kind="primary"]:focus { border: 2px solid $text; padding: 4px 11px; }
QPushButton[kind="primary"]:disabled {
    background: $border;
    color: $muted;
    border: 1px solid $border;
}
QPushButton[kind="danger"] { color: $danger; border: 1px solid $danger; }
QPushButton[kind="danger"]:hover, QPushButton[kind="danger"]:focus {
    background: $danger;
    color: $on_danger;
}
QPushButton:checked { background: $selection; border: 1px solid $accent; }

QLineEdit, QPlainTextEdit, QComboBox {
    background: $base;
    border: 1px solid $border;
    border-radius: 5px;
    padding: 5px 7px;
    selection-background-color: $selection;
    selection-color: $text;
}
QComboBox { min-height: 18px; padding-right: 18px; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: none; }
QLineEdit:focus, QPlainTextEdit:focus, QComboBox:focus { border: 1px solid $accent; }
QLineEdit[kind="pin"] { font-family: monospace; font-size: 26pt; padding: 8px 12px; }
QLineEdit[kind="link"] { font-family: monospace; }
QLineEdit:read-only { background: $window; }

QTableView, QTreeView {
    background: $base;
    border: 1px solid $border;
    border-radius: 6px;
    gridline-color: transparent;
    outline: 0;
    alternate-background-color: $base;
}
QTableView::item { padding: 0 8px; border-bottom: 1px solid $hover; }
QTableView::item:selected, QTreeView::item:selected { background: $selection; color: $text; }
QTreeView::item { padding: 3px 4px; }
QHeaderView { background: $base; }
QHeaderView::section {
    background: $base;
    color: $muted;
    border: none;
    border-bottom: 1px solid $border;
    padding: 6px 8px;
    font-weight: 400;
}
QTabWidget::pane { border: none; border-top: 1px solid $border; }
QTabBar::tab {
    padding: 7px 14px;
    color: $muted;
    border: none;
    border-bottom: 2px solid transparent;
}
QTabBar[kind="narrow"]::tab { padding: 7px 8px; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar::tab:focus { color: $accent; }
QListWidget[kind="lines"] { background: $base; border: 1px solid $border; border-radius: 6px; }
QListWidget[kind="lines"]::item { padding: 6px 8px; border-bottom: 1px solid $hover; color: $text; }
QListWidget[kind="lines"]::item:selected { background: $selection; color: $text; }
QScrollArea { border: none; background: transparent; }
QSplitter::handle { background: $border; }
QStatusBar { background: $base; border-top: 1px solid $border; }
QStatusBar::item { border: none; }
QDockWidget::title { background: $base; padding: 7px 10px; border-bottom: 1px solid $border; }
QToolTip { background: $base; color: $text; border: 1px solid $border; padding: 4px; }
QProgressBar { background: $border; border: none; border-radius: 2px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QScrollBar:vertical { background: transparent; width: 11px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 11px; margin: 0; }
QScrollBar::handle { background: $border; border-radius: 4px; margin: 1px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
"""
