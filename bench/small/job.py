"""The small job: its models, its input, what becomes of it, and where it reads and writes."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from uuid import UUID

from pydantic import BaseModel

from bench.cluster import Job
from bench.workload import SEED, Complaint
from redress.topics.declared import CHANGELOG_CONFIG
from schemas.topics import Topic
from services.runtime.names import changelog_name

NAME = "bench"
"""The short name of the worker that does it on our runtime."""
STAGE = "small"
CATEGORIES = ("billing", "delivery", "technical", "account")
SEVERITIES = ("low", "medium", "high", "critical")
URGENT = frozenset(("high", "critical"))
BODY = "The parcel came late, the box was open and nobody answers the phone. " * 3
VALUE_BYTES = 484


class SmallComplaint(BaseModel):
    """What is read."""

    complaint_id: str
    customer_id: str
    channel: str
    category: str
    severity: str
    subject: str
    body: str
    received_at: str


class SmallDecision(BaseModel):
    """What is written."""

    complaint_id: str
    queue: str
    reason: str
    priority: int
    decided_by: str = "bench"


SOURCE: Topic[SmallComplaint] = Topic("bench-small", SmallComplaint, ("complaint_id",), "The small job's input.")
DECIDED: Topic[SmallDecision] = Topic(
    "bench-small-decided", SmallDecision, ("complaint_id",), "The small job's output."
)
SMALL = Job(
    SOURCE.name,
    DECIDED.name,
    own=(
        (SOURCE.name, {}),
        (DECIDED.name, {}),
        (SOURCE.dead_letters.name, {}),
        (changelog_name(NAME, STAGE), CHANGELOG_CONFIG),
    ),
)


def decided(complaint: SmallComplaint) -> SmallDecision:
    """What becomes of a complaint."""
    urgent = complaint.severity in URGENT
    return SmallDecision(
        complaint_id=complaint.complaint_id,
        queue="urgent" if urgent else complaint.category,
        reason=f"its severity is {complaint.severity}" if urgent else f"its category is {complaint.category}",
        priority=90 if urgent else 10,
    )


def small_complaints(count: int) -> Iterator[Complaint]:
    """The input, from a seed; each value is VALUE_BYTES long."""
    random = Random(SEED)
    for number in range(count):
        complaint = SmallComplaint(
            complaint_id=str(UUID(int=random.getrandbits(128))),
            customer_id=f"customer-{random.randrange(10**8):08d}",
            channel="web",
            category=random.choice(CATEGORIES),
            severity=random.choice(SEVERITIES),
            subject=f"Parcel number {number:08d} came late",
            body="",
            received_at="2026-11-02T09:00:00Z",
        )
        missing = VALUE_BYTES - len(complaint.model_dump_json())
        value = complaint.model_copy(update={"body": (BODY * 2)[:missing]}).model_dump_json()
        yield Complaint(complaint.complaint_id.encode(), value.encode(), [])
