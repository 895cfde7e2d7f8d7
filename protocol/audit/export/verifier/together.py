"""What records say about each other: a session, and those of colleagues who joined it (section 8)."""

from typing import NamedTuple

from protocol.audit.export.verifier.basics import At, Findings, Json
from protocol.audit.export.verifier.session import Session


class Ties(NamedTuple):
    """What one record says that concerns others; texts are empty where it is withheld or missing."""

    session: str
    joins: str
    joined: list[tuple[str, str]]
    certificate: str
    customer: str
    ticket: str
    tells_all: bool


def opening_of(session: Session) -> Json:
    """Return what an opening says, lane C's before lane T's; {} when neither is there."""
    return next((lane[0]["fields"] for lane in session.lanes.values() if 0 in lane and lane[0]["fields"]), {})


def ties_of(session: Session) -> Ties:
    """Return what the record of a session says that concerns others."""
    opening = opening_of(session)
    joins = {
        lane: [event for event in events.values() if event["type"] == "colleague.joined"]
        for lane, events in session.lanes.items()
    }
    bodies = [event["fields"] for event in joins["C"] or joins["T"] if event["fields"] is not None]
    whole = session.last("C").get("seq", -1) + 1 == len(session.lanes["C"]) and session.sealed("C")
    return Ties(
        session.id,
        opening.get("joins", ""),
        [(fields["session"], fields["certificate_sha256"]) for fields in bodies],
        opening.get("certificate_sha256", ""),
        opening.get("customer_key", ""),
        opening.get("ticket", ""),
        whole and all(event["fields"] is not None for event in joins["C"]),
    )


def check_together(records: list[Ties], findings: Findings) -> None:
    """Add where records of one export contradict each other; one whose other half is not there is passed over."""
    known = {ties.session: ties for ties in records}
    for ties in records:
        if ties.joins in known:
            for words in differences(known[ties.joins], ties):
                findings.add("wrong", words, At(session=ties.session))
        for sid, _ in ties.joined:
            if sid in known and known[sid].customer and known[sid].joins != ties.session:
                findings.add(
                    "wrong", "The record does not say that it joins the session that names it.", At(session=sid)
                )


def differences(first: Ties, joining: Ties) -> list[str]:
    """Return in words how a record and the one it joins differ."""
    named = next((certificate for sid, certificate in first.joined if sid == joining.session), "")
    pairs = (
        (named, joining.certificate, "The session it joins names another colleague."),
        (first.customer, joining.customer, "It is of another customer than the session it joins."),
        (first.ticket, joining.ticket, "It is about another ticket than the session it joins."),
    )
    words = [text for ours, theirs, text in pairs if ours and theirs and ours != theirs]
    return words if named or not first.tells_all else ["The session it joins does not name this one.", *words]
