"""The feedback worker: a stage that follows complaints and asks customers, and one that adds up their answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from schemas.derived import DimensionCounted
from schemas.events import ClockAdvanced
from schemas.ids import derived_id, is_test_id
from schemas.survey_token import SurveyKeys
from schemas.topics import (
    FEEDBACK_BY_DIMENSION,
    FEEDBACK_SUMMARIES,
    SURVEY_REQUESTS,
    Topic,
)
from services.config.survey_keys import load_survey_keys
from services.feedback import metrics
from services.feedback.domain.complaint import Complaint
from services.feedback.domain.complaint_stage import add_event, decide_due_surveys
from services.feedback.domain.invalid_event import InvalidEvent
from services.feedback.domain.rows import (
    COMPLAINT_ROW_FORMAT,
    WINDOW_ROW_FORMAT,
    append_event,
    decode_complaint_row,
    decode_window_row,
    encode_complaint_row,
    encode_window_row,
    peek_complaint_row,
)
from services.feedback.domain.rules import Rules
from services.feedback.domain.window import WindowKey
from services.feedback.domain.window_summaries import add_counts, find_expiry, summarise
from services.feedback.score_gauge import ScoreGauge
from services.feedback.settings import Settings, load_queues, load_rules
from services.lifecycle import effects
from services.lifecycle.event_bytes import encode_event
from services.lifecycle.event_kinds import CHANGES, KINDS, ROUTED
from services.lifecycle.stored_event import make_stored_event
from services.registry import FEEDBACK
from services.runtime.processor import ProcessorContext, Unprocessable
from services.runtime.stage import Application, declared_stage
from services.worktime.instants import microseconds

REMARKS = effects.REMARKS | {"answer_held", "duplicate", "no_answer", "resolved_by_another", "too_many_events"}
"""What is counted of events that had no effect, or another than was asked."""
ANNOUNCE_EVERY = timedelta(seconds=10)
"""How often a partition tells its time to the dimension stage, in wall time."""


def build(settings: Settings) -> Application:
    """The worker's two stages. Raises ConfigError naming what to write, file and line."""
    rules = load_rules(settings)
    keys = load_survey_keys(settings.survey_keys, settings.home)
    announce_every = ANNOUNCE_EVERY if settings.time == "wall" else timedelta(0)
    stream_time = settings.time == "stream"
    return Application(
        name=FEEDBACK.name,
        stages=(
            declared_stage(
                FEEDBACK,
                "complaints",
                partial(Complaints, rules, keys, settings.partitions, announce_every, stream_time=stream_time),
                row_formats=(COMPLAINT_ROW_FORMAT,),
            ),
            declared_stage(
                FEEDBACK,
                "dimensions",
                partial(Dimensions, rules.lateness, ScoreGauge(rules, load_queues(settings))),
                row_formats=(WINDOW_ROW_FORMAT,),
                clock="origins",
            ),
        ),
        publishes=(SURVEY_REQUESTS, FEEDBACK_BY_DIMENSION, FEEDBACK_SUMMARIES),
    )


@dataclass
class Complaints:
    """Follows each complaint, asks its customer once per resolution cycle, and passes on what answers count.

    ``announced`` is the time that the partition told the next stage last.
    """

    rules: Rules
    keys: SurveyKeys
    partitions: int
    announce_every: timedelta
    stream_time: bool
    announced: datetime | None = None

    def on_event(self, context: ProcessorContext, topic: Topic[Any], event: Any) -> None:
        """Add one event to its complaint."""
        key = event.complaint_id.encode()
        body = context.row(key)
        if body is not None and KINDS.get(event.type, ROUTED) not in CHANGES:  # an answer is of no kind
            stored = make_stored_event(event)
            received, due, is_full = peek_complaint_row(body)
            if received and not is_full and stored.event_id not in body:
                context.put(key, append_event(body, encode_event(stored), microseconds(context.now)), due)
                return
        known = Complaint(event.complaint_id) if body is None else decode_complaint_row(event.complaint_id, body)
        try:
            update = add_event(known, event, context.now, context.recorded_at, self.rules)
        except InvalidEvent as error:
            raise Unprocessable(error.reason, error.detail) from None
        is_counted = not is_test_id(event.complaint_id)
        if is_counted and update.reason in REMARKS:
            context.count(metrics.REMARKS, update.reason)
        if not update.is_changed:
            return
        for change in update.changes if is_counted else ():
            window = WindowKey.of(change).text
            context.publish(FEEDBACK_BY_DIMENSION, window, change, partition=context.home(window))
        context.put(key, encode_complaint_row(known), known.due)
        if is_counted and update.is_new_answer:
            context.count(metrics.ANSWERS, self.rules.metric)

    def on_due(self, context: ProcessorContext, key: bytes, due: datetime) -> None:
        """Decide on surveys whose time has come; let a complaint go that was remembered for long enough."""
        body = context.row(key)
        if body is None:
            return
        known = decode_complaint_row(key.decode(), body)
        surveys = decide_due_surveys(
            known, context.now, context.recorded_at, self.rules, self.keys, stream_time=self.stream_time
        )
        is_counted = not is_test_id(known.complaint_id)
        for decision in surveys.decisions:
            if is_counted:
                context.count(metrics.SURVEYS, decision.reason)
            if decision.request is not None:
                context.publish(SURVEY_REQUESTS, known.complaint_id, decision.request)
        if surveys.is_dropped:
            if is_counted:
                context.count(metrics.ANSWERS_EXPIRED, by=surveys.expired_answers)
            context.delete(key)
        else:
            context.put(key, encode_complaint_row(known), known.due)

    def on_time(self, context: ProcessorContext) -> None:
        """Tell every partition of the next stage how far this one has come."""
        if self.announced is not None and context.now - self.announced < self.announce_every:
            return
        self.announced = context.now
        for target in range(self.partitions):
            event = ClockAdvanced(
                event_id=derived_id("feedback", "clock", str(context.partition), str(target), context.now.isoformat()),
                occurred_at=context.now,
                recorded_at=context.recorded_at,
                to=context.now,
                origin=context.partition,
            )
            context.publish(FEEDBACK_BY_DIMENSION, None, event, partition=target)

    def close(self) -> None:
        """What was announced stands."""


@dataclass(eq=False)
class Dimensions:
    """Adds up what answers count, and publishes each window that changed once the record batch is processed."""

    lateness: timedelta
    scores: ScoreGauge

    def on_event(self, context: ProcessorContext, topic: Topic[Any], event: DimensionCounted) -> None:
        """Add one change to its window, which is due at once: a record batch with many changes ends in one summary."""
        key = WindowKey.of(event).text
        body = context.row(key.encode())
        known = None if body is None else decode_window_row(body)
        try:
            update = add_counts(known, event, context.now, self.lateness)
        except InvalidEvent as error:
            raise Unprocessable(error.reason, error.detail) from None
        context.count(metrics.COUNTS, update.reason)
        if update.reason != "too_late":
            context.put(key.encode(), encode_window_row(update.window), context.now)

    def on_due(self, context: ProcessorContext, key: bytes, due: datetime) -> None:
        """Publish a window that changed; forget one that can no longer be corrected."""
        body = context.row(key)
        if body is None:
            return
        update = summarise(decode_window_row(body), context.recorded_at)
        if update.summary is not None:
            context.publish(FEEDBACK_SUMMARIES, key.decode(), update.summary)
        elif update.reason == "emptied":
            context.tombstone(FEEDBACK_SUMMARIES, key.decode())
        if update.reason != "unchanged":
            self.scores.show(self, update.window)
        expires_at = find_expiry(update.window.key, self.lateness)
        if context.now >= expires_at:
            context.delete(key)
        else:
            context.put(key, encode_window_row(update.window), expires_at)

    def on_time(self, context: ProcessorContext) -> None:
        """Nothing follows from time alone: what was due is done."""

    def close(self) -> None:
        """The windows of this partition are shown by its next owner."""
        self.scores.drop(self)
