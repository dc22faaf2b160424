"""Forms: JSON that is written once for many events says of each what its model would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from schemas.derived import QueueItem
from schemas.ids import derived_id
from schemas.instants import rfc3339
from schemas.rendering import Form
from schemas.topics import queue_topic

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
OWN = {
    "event_id": derived_id("event"),
    "occurred_at": NOON,
    "recorded_at": NOON + timedelta(seconds=1),
    "cause_event_id": derived_id("cause"),
    "complaint_id": derived_id("complaint"),
    "entered_at": NOON - timedelta(microseconds=1),
}

names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(
    queue=names, channel=names, language=st.none() | names, skills=st.dictionaries(names, st.integers(1, 10) | names)
)
def test_a_filled_form_says_what_the_event_says(queue, channel, language, skills) -> None:
    shared = {"queue": queue, "priority": 1, "channel": channel, "language": language, "skills": skills}
    shared["state"] = "waiting"
    example = {**dict.fromkeys(OWN, derived_id("example")), **dict.fromkeys(("occurred_at", "recorded_at"), NOON)}
    form = Form(QueueItem, shared, {**example, "entered_at": NOON})
    own = [value if isinstance(value, str) else rfc3339(value) for value in OWN.values()]

    assert queue_topic("any").codec.decode(form.filled(*own)) == QueueItem(**shared, **OWN)


def test_one_instant_has_one_text_whatever_its_zone() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=8)))

    assert rfc3339(elsewhere) == rfc3339(NOON) == "2026-11-02T12:00:00Z"
    assert rfc3339(NOON.replace(microsecond=1)) == "2026-11-02T12:00:00.000001Z"
