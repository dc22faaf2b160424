"""From what was sent, what a read_committed reader found and what it must lead to, to counts and violations; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median
from types import MappingProxyType
from typing import Any

from chaos.fold import Folded, said
from chaos.reading import Kept, Reading
from chaos.sent import Sent
from schemas.codec import Codec
from schemas.derived import ComplaintRouted, DeadLetter, QueueItem
from schemas.primitives import Event
from schemas.topics import (
    COMPLAINT_EVENTS,
    COMPLAINTS_ROUTED,
    FEEDBACK_SUMMARIES,
    SLA_ALERTS,
    SURVEY_REQUESTS,
    SURVEY_RESPONSES,
    Topic,
    queue_topic,
)
from schemas.views.standing_alerts import StandingAlerts
from schemas.views.summaries import Summaries
from services.feedback.domain.scores import count_score
from services.runtime.names import changelog_name

NAMED = 5
"""How many ids a message names."""
QUEUE_ITEM: Codec[QueueItem] = queue_topic("any").codec
NOTHING: Mapping[str, Iterable[str]] = MappingProxyType({})
PAUSES = "pauses that an operator ended"
OVERRUN = "an offset beyond the end of its log"
PAUSED = "a partition paused that was not given too much poison"
FEEDBACK_COMPLAINTS = changelog_name("feedback", "complaints")


@dataclass(frozen=True)
class Violation:
    """A promise that did not hold, and of what."""

    promise: str
    ids: tuple[str, ...]

    def __str__(self) -> str:
        """The promise, how often it was broken, and the first few ids."""
        more = ", ..." if len(self.ids) > NAMED else ""
        return f"{self.promise}: {len(self.ids)} ({', '.join(self.ids[:NAMED])}{more})"


@dataclass
class Verdict:
    """``counts`` of what was compared, by subject; ``late`` is how many seconds after its deadline each alert came."""

    counts: Counter[str] = field(default_factory=Counter)
    late: list[float] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)

    @property
    def lateness(self) -> str:
        """Median and greatest lateness."""
        return f"median {median(self.late):.1f} s, at most {max(self.late):.1f} s" if self.late else "none"

    def demand(self, promise: str, broken: Iterable[Hashable]) -> None:
        """Note as a violation whatever ``broken`` holds."""
        ids = tuple(sorted(map(str, broken)))
        if ids:
            self.violations.append(Violation(promise, ids))


def check(sent: Sent, reading: Reading, folded: Folded, seen: Mapping[str, Iterable[str]] = NOTHING) -> Verdict:
    """All promises about the services in ``folded``. ``seen`` is, by promise, what broke it already in the run."""
    verdict = Verdict()
    for promise, broken in seen.items():
        verdict.demand(promise, broken)
    _accepted_is_kept(verdict, sent, reading)
    for topic in sorted(folded.published.keys() | reading.records.keys()):
        judge = EXACTLY_ONCE.get(topic, _queue if topic.startswith("queue-") else None)
        if judge is not None:
            found = [record for record in reading.records.get(topic, ()) if record.value not in sent.poison]
            judge(verdict, topic, found, folded.published.get(topic, ()))
    _dead_letters(verdict, sent, reading, folded)
    _tables(verdict, reading, folded)
    if FEEDBACK_COMPLAINTS in folded.tables:
        _summaries(verdict, reading, folded)
    _offsets(verdict, reading, folded)
    return verdict


def _accepted_is_kept(verdict: Verdict, sent: Sent, reading: Reading) -> None:
    for topic in (COMPLAINT_EVENTS, SURVEY_RESPONSES):
        records = [record for record in reading.records[topic.name] if record.value not in sent.poison]
        kept = _ids(topic, records)
        verdict.counts[f"records in {topic.name}"] += kept.total()
        verdict.counts[f"accepted events of {topic.name}"] += len(sent.accepted[topic.name])
        verdict.demand(f"accepted, but not in {topic.name}", sent.accepted[topic.name] - kept.keys())


def _decisions(verdict: Verdict, topic: str, found: Iterable[Kept], wanted: Iterable[Kept]) -> None:
    _once(verdict, topic, _ids(COMPLAINTS_ROUTED, found, ComplaintRouted), _ids(COMPLAINTS_ROUTED, wanted))


def _surveys(verdict: Verdict, topic: str, found: Iterable[Kept], wanted: Iterable[Kept]) -> None:
    _once(verdict, topic, _ids(SURVEY_REQUESTS, found), _ids(SURVEY_REQUESTS, wanted))


def _once(verdict: Verdict, topic: str, found: Counter[str], wanted: Counter[str]) -> None:
    verdict.counts[f"effects in {topic}"] += found.total()
    verdict.demand(f"twice in {topic}", (one for one, times in found.items() if times > 1))
    verdict.demand(f"missing in {topic}", wanted.keys() - found.keys())
    verdict.demand(f"in {topic} without a cause", found.keys() - wanted.keys())


def _queue(verdict: Verdict, topic: str, found: Iterable[Kept], wanted: Iterable[Kept]) -> None:
    """The same entries and tombstones, in the same order for each complaint."""
    stood, stands = _list_by_key(found), _list_by_key(wanted)
    verdict.counts["queue entries and tombstones"] += sum(map(len, stood.values()))
    verdict.demand(f"{topic} tells another story of", _different(stood, stands))


def _alerts(verdict: Verdict, topic: str, found: Iterable[Kept], wanted: Iterable[Kept]) -> None:
    """Each publication once; those that stand in the end are those that the events and the time lead to."""
    found = list(found)
    published = _ids(SLA_ALERTS, found)
    stand, should = _standing(found).alerts, _standing(wanted).alerts
    verdict.counts["alerts published"] += published.total()
    verdict.counts["alerts that stand"] += len(stand)
    verdict.late += [alert.lag_seconds for alert in stand.values()]
    verdict.demand(f"twice in {topic}", (one for one, times in published.items() if times > 1))
    verdict.demand("deadline passed without an alert", should.keys() - stand.keys())
    verdict.demand("alert for a deadline that did not pass", stand.keys() - should.keys())


EXACTLY_ONCE: dict[str, Callable[[Verdict, str, Iterable[Kept], Iterable[Kept]], None]] = {
    COMPLAINTS_ROUTED.name: _decisions,
    SURVEY_REQUESTS.name: _surveys,
    SLA_ALERTS.name: _alerts,
}


def _dead_letters(verdict: Verdict, sent: Sent, reading: Reading, folded: Folded) -> None:
    """Every group that reads a poisoned record has one dead letter of it, and no other record has any."""
    for group, sources in folded.sources.items():
        poisoned = {
            (record.topic, record.partition, record.offset): record.value
            for topic in sources
            for record in reading.records[topic]
            if record.value in sent.poison
        }
        letters = [letter for topic in sources for letter in _letters(reading, topic) if letter.group == group]
        found = Counter((letter.topic, letter.partition, letter.offset) for letter in letters)
        verdict.counts[f"dead letters of {group}"] += found.total()
        verdict.demand(f"poison without a dead letter of {group}", poisoned.keys() - found.keys())
        verdict.demand(f"two dead letters of {group}", (one for one, times in found.items() if times > 1))
        verdict.demand(f"a dead letter of {group} that is no poison", found.keys() - poisoned.keys())
    kept = {record.value for records in reading.records.values() for record in records}
    verdict.counts[PAUSES] += sent.pauses
    verdict.counts["poison sent"] += len(sent.poison)
    verdict.demand("poison that was not kept", map(repr, sent.poison - kept))


def _letters(reading: Reading, topic: str) -> Iterator[DeadLetter]:
    for record in reading.records.get(f"{topic}-dlq", ()):
        yield COMPLAINT_EVENTS.dead_letters.codec.decode(record.value)


def _tables(verdict: Verdict, reading: Reading, folded: Folded) -> None:
    for changelog, should in folded.tables.items():
        rows = said(changelog, reading.table(changelog))
        verdict.counts["rows compared"] += len(should)
        verdict.demand(f"{changelog} is not the fold of its input, at", _different(rows, should))


def _summaries(verdict: Verdict, reading: Reading, folded: Folded) -> None:
    """The last of each window says what the answers that stand, window by window, add up to."""
    sums: dict[str, Counter[str]] = {}
    for followed in folded.tables[FEEDBACK_COMPLAINTS].values():
        for window, score in followed.counted:
            sums.setdefault(window.text, Counter()).update(count_score(score))
    published = Summaries()
    for record in reading.records[FEEDBACK_SUMMARIES.name]:
        event = None if record.value is None else FEEDBACK_SUMMARIES.codec.decode(record.value)
        published.add((record.key or b"").decode(), event)
    summaries = published.by_key
    verdict.counts["summaries that stand"] += len(summaries)
    verdict.counts["answers that count"] += sum(one.n for one in summaries.values() if one.dimension == "all")
    say = {key: Counter(summary.counts) for key, summary in summaries.items()}
    verdict.demand("a summary is not the sum of its answers", _different(say, sums))


def _offsets(verdict: Verdict, reading: Reading, folded: Folded) -> None:
    """Everything is read, and nothing is committed that is not there."""
    for group, sources in folded.sources.items():
        offsets = {source: reading.committed[group].get(source, 0) for source in reading.ends if source[0] in sources}
        verdict.counts["committed offsets compared"] += len(offsets)
        unread = [source for source, offset in offsets.items() if offset < reading.ends[source]]
        beyond = [source for source, offset in offsets.items() if offset > reading.ends_after[source]]
        verdict.demand(f"{group} has not read all of", unread)
        verdict.demand(OVERRUN, beyond)


def _decode(topic: Topic[Any], records: Iterable[Kept]) -> Iterator[Any]:
    for record in records:
        if record.value is not None:
            yield topic.codec.decode(record.value)


def _ids(topic: Topic[Any], records: Iterable[Kept], kind: type[Event] = Event) -> Counter[str]:
    return Counter(event.event_id for event in _decode(topic, records) if isinstance(event, kind))


def _standing(records: Iterable[Kept]) -> StandingAlerts:
    standing = StandingAlerts()
    for event in _decode(SLA_ALERTS, records):
        standing.add(event.complaint_id, event)
    return standing


def _list_by_key(records: Iterable[Kept]) -> dict[str, list[str | None]]:
    """The ids under each key in their order, None for a tombstone: what was published, not only what is left of it."""
    story: dict[str, list[str | None]] = {}
    for record in records:
        item = None if record.value is None else QUEUE_ITEM.decode(record.value)
        story.setdefault((record.key or b"").decode(), []).append(None if item is None else item.event_id)
    return story


def _different(found: Mapping[Any, object], wanted: Mapping[Any, object]) -> list[Any]:
    return [key for key in found.keys() | wanted.keys() if found.get(key) != wanted.get(key)]
