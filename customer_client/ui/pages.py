"""Makes the page a state names. A page is imported when it is first shown, so the first one waits for no other."""

import tkinter as tk
from collections.abc import Callable

from customer_client.session.state import CustomerViewState, Page
from customer_client.ui.page import PAGE_WIDTH, PageContext, PageView
from protocol.errors import LocalError


def width_of(page: Page, state: CustomerViewState) -> int:
    """Return how wide `page` is, in pixels at 100 %."""
    if page is not Page.CONSENT:
        return PAGE_WIDTH
    from customer_client.ui.consent_page import page_width

    return page_width(state.question)


def make_page(parent: tk.Misc, context: PageContext, page: Page, state: CustomerViewState) -> PageView:
    """Return `page`, which `state` asks for, as a child of `parent`; it does not show the state yet.

    Raises:
        LocalError: the consent page without a question.
    """
    if page is Page.CONTACT:
        from customer_client.ui.contact_page import contact_page

        return contact_page(parent, context, state.contact)
    if page is Page.RELAY:
        from customer_client.ui.relay_page import relay_page

        return relay_page(parent, context, state.relay_asked)
    if page is Page.CONSENT:
        return _consent_page(parent, context, state)
    return _plain_page(page)(parent, context)


def _plain_page(page: Page) -> Callable[[tk.Misc, PageContext], PageView]:
    """Return the class of a page that is made of nothing but its context."""
    if page is Page.ROUTE:
        from customer_client.ui.route_page import RoutePage

        return RoutePage
    if page is Page.CONNECTING:
        from customer_client.ui.connecting_page import ConnectingPage

        return ConnectingPage
    if page is Page.PIN:
        from customer_client.ui.pin_page import PinPage

        return PinPage
    if page is Page.DIAGNOSTICS:
        from customer_client.ui.diagnostics_page import DiagnosticsPage

        return DiagnosticsPage
    if page is Page.MONEY:
        from customer_client.ui.money_page import MoneyPage

        return MoneyPage
    if page is Page.ENDED:
        from customer_client.ui.ended_page import EndedPage

        return EndedPage
    if page is Page.REPORT:
        from customer_client.ui.report_page import ReportPage

        return ReportPage
    if page is Page.SYSTEM_DIALOG:
        from customer_client.ui.system_dialog_page import SystemDialogPage

        return SystemDialogPage
    from customer_client.ui.problem_page import ProblemPage

    return ProblemPage


def _consent_page(parent: tk.Misc, context: PageContext, state: CustomerViewState) -> PageView:
    from customer_client.ui.consent_page import ConsentPage

    if state.question is None:
        raise LocalError("the consent page needs a question", code="question_missing")
    early = state.chat is not None and state.bar is None
    return ConsentPage(parent, context, state.question, state.relay, can_write=early, tools=state.tools)
