"""What the customer reads while their screen cannot be seen, or control cannot be given. Network thread."""

from dataclasses import replace

from customer_client.languages import marked
from customer_client.session.view import View
from protocol.errors import EnvironmentFault

_WORDS = {
    "secure_desktop": marked("Windows shows a page that no program may see. Only you can answer it."),
}
_OTHERWISE = marked("Your screen cannot be seen right now. The picture comes back by itself.")


_MISSING = {
    "macos_input_permission": marked("To allow control: System Settings, Privacy & Security, Accessibility."),
}
_TOLD_BY_OTHERS = frozenset({"money_in_front"})


def sight_lost(fault: EnvironmentFault | None) -> str:
    """Return the code both people are told; empty while the screen is seen, or others say why it is not."""
    return "" if fault is None or fault.code in _TOLD_BY_OTHERS else fault.code


def tell_customer(view: View, code: str) -> None:
    """Say on the bar why the screen cannot be seen, `code` of the fault; empty: it can again."""
    bar = view.state.bar
    if bar is None:
        return
    if code:
        view.update(bar=replace(bar, notice=_WORDS.get(code, _OTHERWISE)))
    elif bar.notice in (*_WORDS.values(), _OTHERWISE):
        view.update(bar=replace(bar, notice=""))


def tell_what_is_missing(view: View, fault: EnvironmentFault | None) -> None:
    """Say on the bar what the customer can do about `fault`, the reason why there is no control; else nothing."""
    bar = view.state.bar
    if bar is not None and fault is not None and fault.code in _MISSING:
        view.update(bar=replace(bar, notice=_MISSING[fault.code]))
