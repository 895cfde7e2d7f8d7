"""What customers say afterwards: bound to their session by the mailbox token, read by administrators, on the ticket."""

import pytest

from relay.accounts.people import Role
from relay.accounts.tokens import token_hash
from relay.storage.feedback import LATEST_MS, MOST_REPORTS
from relay.storage.sessions import MailboxStore
from relay.web.feedback_routes import PER_MINUTE
from tests.support.relay_in_process import ServedRelay

TOKEN = "t" * 43
SECOND_TOKEN = "u" * 43


class Customer:
    """The customer of one session, who holds its token."""

    def __init__(self, served: ServedRelay, session: str, ticket: str, headers: dict[str, str]) -> None:
        self.served, self.session, self.ticket, self.headers = served, session, ticket, headers

    async def report(self, text: str = "They wanted money.", **changes: object):
        return await self._post("/api/v1/reports", {"text": text} | changes)

    async def survey(self, stars: int = 5, text: str = "", **changes: object):
        return await self._post("/api/v1/surveys", {"stars": stars, "text": text} | changes)

    async def _post(self, path: str, body: dict[str, object]):
        return await self.served.http.post(path, json={"session": self.session, "token": TOKEN} | body)


async def opened(served: ServedRelay, headers: dict[str, str], token: str) -> tuple[str, str]:
    ticket = await served.http.post("/api/v1/tickets", json={"subject": "a", "customer": "b"}, headers=headers)
    number = ticket.json()["number"]
    made = await served.http.post(f"/api/v1/tickets/{number}/sessions", json={"reason": "help"}, headers=headers)
    route = made.json()["route"].replace("-", "")
    now_ms = served.clock.now_ms
    claimed = await MailboxStore(served.database).claim(
        route, spoken=False, customer_token=token_hash(token), now_ms=now_ms
    )
    assert claimed is not None
    return made.json()["session"], number


@pytest.fixture
async def customer(served: ServedRelay) -> Customer:
    await served.make_organisation()
    await served.certify(await served.add_person("tess"))
    headers = await served.token_of("tess")
    return Customer(served, *await opened(served, headers, TOKEN), headers)


async def test_a_report_reaches_administrators_and_nobody_else(customer: Customer) -> None:
    sent = await customer.report()
    assert sent.status_code == 201
    await customer.served.add_person("ada", role=Role.ADMINISTRATOR)
    admin = await customer.served.token_of("ada")
    (report,) = (await customer.served.http.get("/api/v1/reports", headers=admin)).json()["reports"]
    assert report["text"] == "They wanted money."
    assert (report["session"], report["ticket"]) == (customer.session, customer.ticket)
    refused = await customer.served.http.get("/api/v1/reports", headers=customer.headers)
    assert refused.status_code == 403
    assert (await customer.served.http.get("/api/v1/reports")).status_code == 401


@pytest.mark.parametrize("changes", [{"token": SECOND_TOKEN}, {"session": "0" * 32}])
async def test_who_does_not_hold_the_sessions_token_writes_nothing(customer: Customer, changes) -> None:
    for sent in (await customer.report(**changes), await customer.survey(**changes)):
        assert (sent.status_code, sent.json()["code"]) == (401, "token_invalid")


async def test_another_sessions_token_does_not_fit(customer: Customer) -> None:
    other, _ = await opened(customer.served, customer.headers, SECOND_TOKEN)
    assert (await customer.report(session=other)).status_code == 401
    assert (await customer.report(session=other, token=SECOND_TOKEN)).status_code == 201


async def test_three_reports_of_a_session_are_enough(customer: Customer) -> None:
    answers = [(await customer.report()).status_code for _ in range(MOST_REPORTS + 1)]
    assert answers == [201] * MOST_REPORTS + [429]


async def test_one_place_cannot_try_tokens_without_end(customer: Customer) -> None:
    answers = [(await customer.report(token=SECOND_TOKEN)).status_code for _ in range(PER_MINUTE + 1)]
    assert answers == [401] * PER_MINUTE + [429]


async def test_long_after_the_session_the_token_is_worth_nothing(customer: Customer) -> None:
    customer.served.clock.now_ms += LATEST_MS + 1000
    assert (await customer.report()).status_code == 401


@pytest.mark.parametrize("body", [{"stars": 0}, {"stars": 6}, {"text": "x" * 1001}, {"extra": 1}])
async def test_malformed_answers_are_refused(customer: Customer, body) -> None:
    assert (await customer.survey(**body)).status_code == 400


async def test_answers_are_shown_on_the_ticket_and_the_last_one_counts(customer: Customer) -> None:
    assert (await customer.survey(2, "slow")).status_code == 201
    assert (await customer.survey(4, "better")).status_code == 201
    ticket = await customer.served.http.get(f"/api/v1/tickets/{customer.ticket}", headers=customer.headers)
    (survey,) = ticket.json()["surveys"]
    assert (survey["session"], survey["stars"], survey["text"]) == (customer.session, 4, "better")
