"""Events that services know and do not act on yet: what is published is the same with them and without."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from schemas.ids import derived_id
from schemas.topics import ALL, COMPLAINT_EVENTS, COMPLAINTS_ROUTED
from services.runtime.testing import NOON
from tests.flow.all_services import all_services
from tests.short_config import write_config

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
MINUTE = timedelta(minutes=1)


def published_after(folder: Path, *event_types: str) -> dict[str, list[bytes]]:
    """What the services publish of one complaint, to which these events happen one after the other."""
    folder.mkdir()
    write_config(folder, first_response="1h", resolution="8h")
    driver = all_services(folder)
    for number, event_type in enumerate(event_types):
        if event_type:
            happened = {
                "event_id": derived_id("example", str(number)),
                "complaint_id": derived_id("one"),
                "occurred_at": (NOON + number * MINUTE).isoformat(),
                "recorded_at": driver.now.isoformat(),
            }
            written = json.loads((EXAMPLES / f"{event_type}.json").read_text(encoding="utf-8"))
            driver.send(COMPLAINT_EVENTS, COMPLAINT_EVENTS.codec.decode(json.dumps(written | happened).encode()))
        driver.advance(MINUTE)
    driver.advance(timedelta(hours=3), step=10 * MINUTE)
    topics = [topic for topic in ALL if topic is not COMPLAINT_EVENTS] + [topic.dead_letters for topic in ALL]
    return {topic.name: [record.value for record in driver.records(topic)] for topic in topics}


@pytest.mark.parametrize(
    "event_type",
    [
        "agent_released",
        "reply_delivered",
        "complaint_classified",
        "promise_made",
        "cause_found",
        "complaint_linked",
        "complaint_unlinked",
        "complaint_referred",
        "external_decision",
        "suggestion_accepted",
        "customer_erased",
    ],
)
def test_an_event_that_no_service_acts_on_changes_nothing_that_is_published(tmp_path: Path, event_type: str) -> None:
    with_it = published_after(tmp_path / "with", "complaint_received", "agent_assigned", event_type, "agent_replied")
    without = published_after(tmp_path / "without", "complaint_received", "agent_assigned", "", "agent_replied")
    assert without[COMPLAINTS_ROUTED.name]
    assert with_it == without
