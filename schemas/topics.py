"""Every topic: its name, its event, its key, how long it keeps, and who outside Redress writes and reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, Field

from schemas import agents, derived, events, operating, personal_keys
from schemas.codec import Codec

E = TypeVar("E", bound=BaseModel)

DeadLetters = Annotated[derived.DeadLetter | operating.DeadLetterRetried, Field(discriminator="type")]

KeyField = Literal[
    "complaint_id",
    "key_id",
    "held",
    "agent_id",
    "dimension",
    "value",
    "window_start",
    "window_end",
    "group",
    "topic",
    "partition",
]
"""The fields that keys are made of."""

DAY_MS = 86_400_000
FOREVER = -1


@dataclass(frozen=True, eq=False)
class Topic(Generic[E]):
    """One topic, of which there is one object: two that look alike are not equal.

    ``event`` is a model, or a union of models by ``type``. ``key`` names the event's fields that make the record's key.
    Which services write and read the topic is in ``services.registry``; ``outside_writers`` and ``outside_readers`` are
    everybody else, in words. ``retention_ms`` is FOREVER or milliseconds; it binds where ``cleanup`` deletes.
    """

    name: str
    event: Any
    key: tuple[KeyField, ...]
    description: str
    outside_writers: tuple[str, ...] = ()
    outside_readers: tuple[str, ...] = ()
    cleanup: Literal["delete", "compact", "compact,delete"] = "delete"
    retention_ms: int = FOREVER
    settings: tuple[tuple[str, str], ...] = ()
    codec: Codec[E] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "codec", Codec(self.event))

    @property
    def events(self) -> tuple[type[BaseModel], ...]:
        """The models of what the topic carries, in their order."""
        return get_args(get_args(self.event)[0]) if get_origin(self.event) is Annotated else (self.event,)

    @property
    def config(self) -> dict[str, str]:
        """The topic's settings as Kafka names them."""
        kept = {"retention.ms": str(self.retention_ms)} if "delete" in self.cleanup else {}
        return {"cleanup.policy": self.cleanup, **kept, **dict(self.settings)}

    @cached_property
    def dead_letters(self) -> Topic[Any]:
        """Where a record of this topic goes that cannot be processed, and where its retries are noted."""
        return Topic(
            name=f"{self.name}-dlq",
            event=DeadLetters,
            key=self.key,
            description=f"What could not be read from {self.name}, with its origin and the reason.",
            outside_writers=("operators",),
            outside_readers=("operators",),
            retention_ms=30 * DAY_MS,
            # The record may be as large as its topic takes (1 MiB), and grows by a third in base64.
            settings=(("max.message.bytes", str(2 * 1024 * 1024)),),
        )


COMPLAINT_EVENTS: Topic[Any] = Topic(
    name="complaint-events",
    event=events.Lifecycle,
    key=("complaint_id",),
    description="Everything that happens to complaints; one topic, because the order matters.",
)
COMPLAINTS_ROUTED: Topic[Any] = Topic(
    name="complaints-routed",
    event=derived.Routed,
    key=("complaint_id",),
    description="Every routing decision with its reason.",
)
SLA_CLOCKS: Topic[derived.SlaClocksChanged] = Topic(
    name="sla-clocks",
    event=derived.SlaClocksChanged,
    key=("complaint_id",),
    outside_readers=("desktops",),
    description="All clocks of a complaint after each change.",
    cleanup="compact,delete",
    retention_ms=90 * DAY_MS,
    settings=(("min.compaction.lag.ms", str(30 * DAY_MS)),),
)
SLA_ALERTS: Topic[Any] = Topic(
    name="sla-alerts",
    event=derived.SlaAlerts,
    key=("complaint_id",),
    outside_readers=("operations",),
    description="Warnings, breaches, what was withdrawn and what has ended.",
)
SURVEY_REQUESTS: Topic[derived.SurveyRequested] = Topic(
    name="survey-requests",
    event=derived.SurveyRequested,
    key=("complaint_id",),
    outside_readers=("front-ends",),
    description="Customers to ask, each with a signed token.",
)
SURVEY_RESPONSES: Topic[Any] = Topic(
    name="survey-responses",
    event=derived.SurveyResponses,
    key=("complaint_id",),
    description="What customers answered.",
)
FEEDBACK_BY_DIMENSION: Topic[Any] = Topic(
    name="redress-feedback-by-dimension",
    event=derived.DimensionCounts,
    key=("dimension", "value", "window_start", "window_end"),
    description="Feedback's own repartition: signed counts on their way to the worker that adds them up.",
    retention_ms=7 * DAY_MS,
)
FEEDBACK_SUMMARIES: Topic[derived.FeedbackSummary] = Topic(
    name="feedback-summaries",
    event=derived.FeedbackSummary,
    key=("dimension", "value", "window_start", "window_end"),
    outside_readers=("dashboards",),
    description="Satisfaction per dimension and window, corrected by higher revisions.",
    cleanup="compact",
)
AGENT_STATUS: Topic[agents.AgentStatusReported] = Topic(
    name="agent-status",
    event=agents.AgentStatusReported,
    key=("agent_id",),
    outside_readers=("dashboards",),
    description="What each agent does now.",
    cleanup="compact",
)
PERSONAL_KEYS: Topic[personal_keys.PersonalKeyKept] = Topic(
    name="personal-keys",
    event=personal_keys.PersonalKeyKept,
    key=("complaint_id", "key_id"),
    outside_writers=("operators",),
    outside_readers=("operators",),
    description="The key of each event's personal data, encrypted; a tombstone destroys it.",
    cleanup="compact",
    # What is destroyed is to leave the disk soon, and a segment is compacted once it is closed.
    settings=(
        ("max.compaction.lag.ms", str(DAY_MS)),
        ("segment.ms", str(DAY_MS // 4)),
        ("min.cleanable.dirty.ratio", "0.01"),
    ),
)
ERASURES: Topic[personal_keys.ComplaintErased] = Topic(
    name="complaint-erasures",
    event=personal_keys.ComplaintErased,
    key=("complaint_id",),
    outside_writers=("operators",),
    outside_readers=("operators",),
    description="Which complaints' personal data was destroyed, and when; read to destroy it again after a restore.",
    cleanup="compact",
)
LEGAL_HOLDS: Topic[personal_keys.LegalHoldPlaced] = Topic(
    name="legal-holds",
    event=personal_keys.LegalHoldPlaced,
    key=("held",),
    outside_writers=("operators",),
    outside_readers=("operators",),
    description="Complaints and customers of whom nothing may be erased; a tombstone releases one.",
    cleanup="compact",
)
OPERATOR_COMMANDS: Topic[operating.DeadLettersAllowed] = Topic(
    name="redress-operator-commands",
    event=operating.DeadLettersAllowed,
    key=("group", "topic", "partition"),
    outside_writers=("operators",),
    outside_readers=("workers",),
    description="What operators allow, read from its start by every worker outside its group.",
    cleanup="compact",
)

ALL: tuple[Topic[Any], ...] = (
    COMPLAINT_EVENTS,
    COMPLAINTS_ROUTED,
    SLA_CLOCKS,
    SLA_ALERTS,
    SURVEY_REQUESTS,
    SURVEY_RESPONSES,
    FEEDBACK_BY_DIMENSION,
    FEEDBACK_SUMMARIES,
    AGENT_STATUS,
    PERSONAL_KEYS,
    ERASURES,
    LEGAL_HOLDS,
    OPERATOR_COMMANDS,
)
"""All topics but the queues, which a deployment names, and what follows: dead letters, changelogs."""


def topic_named(name: str) -> Topic[Any]:
    """The topic of ALL that has this name. Raises KeyError."""
    return {topic.name: topic for topic in ALL}[name]


@cache
def queue_topic(queue: str) -> Topic[derived.QueueItem]:
    """The topic of one skill queue: read from the start with read_committed, it is the queue."""
    return Topic(
        name=f"queue-{queue}",
        event=derived.QueueItem,
        key=("complaint_id",),
        outside_readers=("agent desktops",),
        description=f"The skill queue {queue!r} as it stands.",
        cleanup="compact",
    )
