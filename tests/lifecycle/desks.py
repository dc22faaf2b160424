"""The fold of each service behind one face: events in; what the service says of the complaint at last, out."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from services.feedback.domain.complaint import Complaint
from services.feedback.domain.complaint_stage import add_event, decide_due_surveys
from services.feedback.domain.rows import decode_complaint_row, encode_complaint_row
from services.feedback.domain.survey import SurveyDecision
from services.router.domain.decisions import Moment
from services.worktime.instants import microseconds
from tests.feedback.stories import KEYS, RULES
from tests.lifecycle.events import COMPLAINT
from tests.router.complaints import Desk as QueueDesk
from tests.sla_monitor import stories

POLICIES = stories.book(
    {
        "clocks": {
            "first_response": stories.clock("2h", warn={50: "low"}, pause_on=["third_party"]),
            "next_response": stories.clock("2h", pause_on=["customer"]),
            "resolution": stories.clock("1000d", pause_on=["customer", "third_party"], on_reopen="restart"),
        }
    }
)


class ServiceDesk(Protocol):
    """One complaint in one service."""

    def read(self, event: Any, now: datetime) -> None:
        """Read an event."""

    def wait(self, until: datetime) -> None:
        """Let time pass, looking whenever the row asked to be looked at."""

    @property
    def end(self) -> Any:
        """What the service says of the complaint, without when it said so."""


class RouterDesk:
    """Its queue item, and what would be decided next."""

    def __init__(self) -> None:
        self.desk = QueueDesk()

    def read(self, event: Any, now: datetime) -> None:
        """Read an event."""
        self.desk.moment = Moment(microseconds(now), microseconds(now))
        self.desk.take(event)

    def wait(self, until: datetime) -> None:
        """Let time pass."""
        self.desk.wait(until)

    @property
    def end(self) -> Any:
        """The queue items that stand."""
        return {queue: item.model_dump(exclude={"recorded_at"}) for queue, item in self.desk.queues.items()}


class MonitorDesk:
    """Its clocks and the alerts that stand."""

    def __init__(self) -> None:
        self.desk = stories.Desk(POLICIES, stream_time=True)

    def read(self, event: Any, now: datetime) -> None:
        """Read an event."""
        self.desk.read(event, now=now)

    def wait(self, until: datetime) -> None:
        """Let time pass."""
        self.desk.wait(until)

    @property
    def end(self) -> Any:
        """The clocks as last told, and the standing alerts."""
        return self.desk.told[:2]


class FeedbackDesk:
    """Who is asked, and why somebody is not."""

    def __init__(self) -> None:
        self.row: bytes | None = None
        self.due: datetime | None = None
        self.decisions: list[SurveyDecision] = []

    def read(self, event: Any, now: datetime) -> None:
        """Read an event."""
        complaint = self._complaint
        add_event(complaint, event, now, event.recorded_at, RULES)
        self.row, self.due = encode_complaint_row(complaint), complaint.due

    def wait(self, until: datetime) -> None:
        """Let time pass, looking at each instant that was asked for."""
        while self.row is not None and self.due is not None and self.due <= until:
            complaint = self._complaint
            now = self.due
            surveys = decide_due_surveys(complaint, now, now, RULES, KEYS)
            self.decisions += surveys.decisions
            self.row, self.due = encode_complaint_row(complaint), complaint.due
            if surveys.is_dropped:
                self.row = self.due = None

    @property
    def end(self) -> Any:
        """Each decision on a survey."""
        asked = [decision.request for decision in self.decisions if decision.request]
        refused = sorted(decision.reason for decision in self.decisions if not decision.request)
        return sorted(repr(request.model_dump(exclude={"recorded_at"})) for request in asked), refused

    @property
    def _complaint(self) -> Complaint:
        return Complaint(COMPLAINT) if self.row is None else decode_complaint_row(COMPLAINT, self.row)


SERVICES: list[type[ServiceDesk]] = [RouterDesk, MonitorDesk, FeedbackDesk]
