"""The worker's two stages over topics in memory, with real bytes and a clock moved by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from prometheus_client import REGISTRY

from schemas.events import ClockAdvanced
from schemas.ids import derived_id
from schemas.survey_token import verify
from schemas.topics import (
    COMPLAINT_EVENTS,
    COMPLAINTS_ROUTED,
    FEEDBACK_BY_DIMENSION,
    FEEDBACK_SUMMARIES,
    SURVEY_REQUESTS,
    SURVEY_RESPONSES,
)
from services.feedback.app import build
from services.feedback.settings import Settings
from services.runtime.testing import TopologyTestDriver
from tests.feedback.stories import (
    COMPLAINT,
    KEYS,
    TEN,
    answered,
    at,
    closed,
    event_id,
    received,
    reopened,
    resolved,
    routed,
)

TOPICS = {"complaint_routed": COMPLAINTS_ROUTED, "survey_answered": SURVEY_RESPONSES}
PARTITIONS = 2
DAY = timedelta(days=1)
YEARS_LATER = TEN + 4_000 * DAY


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A deployment in wall time that asks after ten minutes."""
    files = {
        "feedback.yaml": {
            "version": "1",
            "metric": "csat",
            "ask_after": "10m",
            "sample": "1",
            "windows": ["1d"],
            "zone": "UTC",
            "lateness": "1h",
        },
        "channels.yaml": {"version": "1", "channels": [{"name": "web", "reply_window": "14d"}]},
        "queues.yaml": {"version": "1", "queues": [{"name": "billing"}]},
        "survey-keys.yaml": KEYS.model_dump(),
    }
    for name, content in files.items():
        (tmp_path / name).write_text(yaml.safe_dump(content))
    return Settings(home=tmp_path, config=tmp_path, partitions=PARTITIONS)


@pytest.fixture
def flow(settings: Settings) -> TopologyTestDriver:
    """The worker at ten o'clock, caught up with empty topics."""
    flow = TopologyTestDriver(build(settings), partitions=PARTITIONS, start=TEN)
    flow.advance()
    return flow


def tell(flow: TopologyTestDriver, *events) -> None:
    for event in events:
        flow.send(TOPICS.get(event.type, COMPLAINT_EVENTS), event)


def score(dimension: str, value: str) -> float | None:
    return REGISTRY.get_sample_value(
        "redress_feedback_score", {"metric": "csat", "dimension": dimension, "value": value}
    )


def total(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"redress_feedback_{name}_total", labels) or 0.0


def complaint(number: int) -> str:
    return derived_id("complaint", str(number))


def summaries(flow: TopologyTestDriver) -> dict[str, tuple[int, float | None]]:
    return {
        f"{summary.dimension} {summary.value}": (summary.n, summary.score)
        for summary in flow.latest(FEEDBACK_SUMMARIES).values()
    }


def advance_stream(flow: TopologyTestDriver, minutes: float, partitions: Iterable[int] = range(PARTITIONS)) -> None:
    for topic in COMPLAINT_EVENTS, COMPLAINTS_ROUTED, SURVEY_RESPONSES:
        for partition in partitions:
            moved = ClockAdvanced(
                event_id=derived_id(topic.name, str(minutes), str(partition)),
                occurred_at=at(minutes),
                recorded_at=at(minutes),
                to=at(minutes),
            )
            flow.send(topic, moved, partition=partition)
    flow.settle()


def test_a_customer_is_asked_ten_minutes_after_the_resolution_in_the_complaints_partition(flow):
    tell(flow, received(), routed(0, "billing"), resolved(0))
    flow.advance(timedelta(minutes=9, seconds=59), step=timedelta(minutes=1))
    assert flow.records(SURVEY_REQUESTS) == []
    flow.advance(timedelta(seconds=1))
    (asked,) = flow.events(SURVEY_REQUESTS)
    (record,) = flow.records(SURVEY_REQUESTS)
    assert record.key == COMPLAINT.encode()
    assert flow.logs[SURVEY_REQUESTS.name, flow.home(COMPLAINT)] == [record]
    assert (asked.complaint_id, asked.attribution.queue) == (COMPLAINT, "billing")
    assert verify(asked.survey_id, KEYS, flow.now).cycle == asked.cycle == event_id("received")


def test_answers_become_summaries_per_queue_and_for_all(flow):
    for number, given in enumerate([5, 4, 4, 1]):
        queue, of = ("billing" if number < 3 else "general"), complaint(number)
        tell(flow, received(of=of), routed(0, queue, of=of), resolved(0, of=of), answered(1, given, of=of))
    flow.advance(timedelta(seconds=1))
    assert summaries(flow) == {"queue billing": (3, 1.0), "queue general": (1, 0.0), "all all": (4, 0.75)}


def test_all_answers_of_a_record_batch_are_one_summary_per_window(flow):
    for number in range(100):
        of = complaint(number)
        tell(flow, received(of=of), routed(0, "billing", of=of), resolved(0, of=of), answered(1, 5, of=of))
    flow.settle()
    flow.advance(timedelta(seconds=1))
    assert summaries(flow) == {"queue billing": (100, 1.0), "all all": (100, 1.0)}
    assert len(flow.records(FEEDBACK_SUMMARIES)) == 2


def test_each_window_is_counted_and_published_in_one_partition(flow):
    tell(flow, received(), routed(0, "billing"), resolved(0), answered(1, 5))
    flow.advance(timedelta(seconds=1))
    for topic in FEEDBACK_BY_DIMENSION, FEEDBACK_SUMMARIES:
        for partition in range(PARTITIONS):
            keys = {record.key for record in flow.logs[topic.name, partition]} - {None}
            assert all(flow.home(key.decode()) == partition for key in keys)
    (key,) = [key for key in flow.latest(FEEDBACK_SUMMARIES) if key.startswith("queue")]
    assert key == "queue|billing|2026-11-02T00:00:00+00:00/2026-11-03T00:00:00+00:00"


def test_a_revision_corrects_the_summary_with_a_higher_revision(flow):
    tell(flow, received(), routed(0, "billing"), resolved(0), answered(1, 1))
    flow.advance(timedelta(seconds=1))
    tell(flow, answered(2, 5, "second thoughts"))
    flow.advance(timedelta(seconds=1))
    assert summaries(flow) == {"queue billing": (1, 1.0), "all all": (1, 1.0)}
    assert {summary.revision for summary in flow.latest(FEEDBACK_SUMMARIES).values()} == {2}


def test_a_routing_read_late_takes_the_answer_out_of_the_queue_it_was_counted_in(flow):
    tell(flow, received(), routed(0, "billing"), resolved(5), answered(6, 5))
    flow.advance(timedelta(seconds=1))
    tell(flow, routed(3, "general", "moved", trigger="step", hop=1))
    flow.advance(timedelta(seconds=1))
    assert summaries(flow) == {"queue general": (1, 1.0), "all all": (1, 1.0)}


def test_everything_survives_a_restart(flow):
    tell(flow, received(), routed(0, "billing"), resolved(0), answered(1, 5))
    flow.advance(timedelta(seconds=1))
    flow.restart("feedback")
    tell(flow, answered(1, 5), answered(2, 4, "revised"))
    flow.advance(timedelta(minutes=20))
    assert summaries(flow) == {"queue billing": (1, 1.0), "all all": (1, 1.0)}
    assert len(flow.records(SURVEY_REQUESTS)) == 1


def test_a_late_worker_asks_what_fell_due_while_it_was_away_unless_the_complaint_came_back(flow):
    back, quiet = complaint(1), complaint(2)
    tell(flow, received(of=back), resolved(0, of=back), received(of=quiet), resolved(0, of=quiet))
    flow.settle()
    flow.stop("feedback")
    flow.advance(timedelta(minutes=5))
    tell(flow, closed(6, of=quiet))

    tell(flow, reopened(6, of=back))
    flow.advance(timedelta(hours=1))
    flow.start("feedback")
    flow.advance()
    assert [asked.complaint_id for asked in flow.events(SURVEY_REQUESTS)] == [quiet]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(answered(1, 6), "score_out_of_range"), (answered(1, 10, metric="nps"), "other_metric")],
)
def test_an_answer_that_is_no_score_goes_to_the_dead_letters_and_the_next_is_counted(flow, answer, reason):
    tell(flow, received(), routed(0, "billing"), resolved(0), answer, answered(2, 4, "good"))
    flow.advance(timedelta(seconds=1))
    (letter,) = flow.events(SURVEY_RESPONSES.dead_letters)
    assert (letter.reason, letter.topic, letter.group) == (reason, "survey-responses", "redress-feedback")
    assert summaries(flow)["all all"] == (1, 1.0)


def test_a_window_is_forgotten_a_month_after_it_closed_and_a_complaint_a_month_after_it_was_closed(flow):
    tell(flow, received(), routed(0, "billing"), resolved(0), closed(1), answered(1, 5))
    flow.advance(30 * DAY, step=DAY)
    assert len(flow.rows("feedback", "complaints")) == 1
    assert len(flow.rows("feedback", "dimensions")) == 2
    flow.advance(2 * DAY, step=DAY)
    assert flow.rows("feedback", "complaints") == flow.rows("feedback", "dimensions") == {}
    assert summaries(flow) == {"queue billing": (1, 1.0), "all all": (1, 1.0)}


def test_each_partition_tells_its_time_to_all_partitions_of_the_next_stage_at_most_every_ten_seconds(flow):
    before = len(flow.events(FEEDBACK_BY_DIMENSION))
    flow.advance(timedelta(seconds=20), step=timedelta(seconds=1))
    told = [event for event in flow.events(FEEDBACK_BY_DIMENSION) if isinstance(event, ClockAdvanced)][-99:]
    assert len(flow.events(FEEDBACK_BY_DIMENSION)) - before == 2 * PARTITIONS * PARTITIONS
    assert {event.origin for event in told} == set(range(PARTITIONS))


def test_in_stream_time_every_step_of_the_clock_is_passed_on(settings):
    stream = settings.model_copy(update={"time": "stream"})
    flow = TopologyTestDriver(build(stream), partitions=PARTITIONS, time="stream", start=YEARS_LATER)
    tell(flow, received(), routed(0, "billing"), resolved(0), answered(5, 5))
    advance_stream(flow, 9)
    assert flow.records(SURVEY_REQUESTS) == []
    advance_stream(flow, 60)
    assert [asked.occurred_at for asked in flow.events(SURVEY_REQUESTS)] == [at(10)]
    assert summaries(flow) == {"queue billing": (1, 1.0), "all all": (1, 1.0)}
    told = [event.to for event in flow.events(FEEDBACK_BY_DIMENSION) if isinstance(event, ClockAdvanced)]
    assert sorted(set(told)) == [at(9), at(60)]
    assert len(told) == 2 * PARTITIONS * PARTITIONS


def test_the_dimension_stage_is_no_further_than_the_slowest_partition_of_the_complaint_stage(settings):
    stream = settings.model_copy(update={"time": "stream"})
    flow = TopologyTestDriver(build(stream), partitions=PARTITIONS, time="stream", start=YEARS_LATER)
    tell(flow, received(), routed(0, "billing"), resolved(0), answered(5, 5))
    advance_stream(flow, 60)
    flow.advance()
    two_months = 60 * 24 * 60
    advance_stream(flow, two_months, partitions=[0])
    assert len(flow.rows("feedback", "dimensions")) == 2
    advance_stream(flow, two_months, partitions=[1])
    assert flow.rows("feedback", "dimensions") == {}


def test_what_happens_is_counted(flow):
    before = total("answers", metric="csat"), total("surveys", decision="requested"), total("answers_expired")
    tell(flow, received(), routed(0, "billing"), resolved(0), answered(1, 5), answered(1, 5), answered(2, None, "x"))
    tell(flow, answered(1, 5, of=complaint(1)))
    tell(flow, answered(1, 4, recorded_at=at(0)))  # a copy of the first that was recorded before it
    flow.advance(timedelta(minutes=10))
    flow.advance(31 * DAY, step=DAY)
    after = total("answers", metric="csat"), total("surveys", decision="requested"), total("answers_expired")
    assert [new - old for new, old in zip(after, before, strict=True)] == [2, 1, 1]


def test_a_score_is_shown_no_longer_once_its_partition_is_released(flow):
    tell(flow, received(), routed(0, "billing"), resolved(0), answered(1, 5))
    flow.advance(timedelta(seconds=1))
    home = flow.home(next(key for key in flow.latest(FEEDBACK_SUMMARIES) if key.startswith("queue")))
    flow.release("feedback", 1 - home)
    assert score("queue", "billing") == 1.0
    flow.release("feedback", home)
    assert score("queue", "billing") is None


def test_where_the_latest_window_is_released_the_one_before_is_shown(flow):
    def home(day: int) -> int:
        start = TEN.replace(hour=0) + day * DAY
        return flow.home(f"queue|billing|{start.isoformat()}/{(start + DAY).isoformat()}")

    latest = next(day for day in range(1, 30) if home(day) != home(day - 1))
    for day, given in [(latest - 1, 5), (latest, 1)]:
        of = complaint(day)
        tell(
            flow,
            received(of=of),
            routed(0, "billing", of=of),
            resolved(0, of=of),
            answered(day * 24 * 60, given, of=of),
        )
    flow.advance(timedelta(seconds=1))
    assert score("queue", "billing") == 0.0
    flow.release("feedback", home(latest))
    assert score("queue", "billing") == 1.0


def test_the_gauge_shows_the_latest_window_of_declared_queues_and_of_all(flow):
    tell(flow, received(), routed(0, "billing"), resolved(0), answered(1, 5))
    unknown = complaint(1)
    tell(flow, received(of=unknown), routed(0, "nowhere", of=unknown), resolved(0, of=unknown))
    tell(flow, answered(2, 1, of=unknown))
    flow.advance(timedelta(seconds=1))
    assert (score("queue", "billing"), score("all", "all")) == (1.0, 0.5)
    assert score("queue", "nowhere") is None
    next_day = complaint(2)
    tell(flow, received(of=next_day), routed(0, "billing", of=next_day), resolved(0, of=next_day))
    tell(flow, answered(24 * 60, 2, of=next_day))
    flow.advance(timedelta(seconds=1))
    tell(flow, answered(3, 4, "still satisfied"))
    flow.advance(timedelta(seconds=1))
    assert (score("queue", "billing"), score("all", "all")) == (0.0, 0.0)
