from __future__ import annotations

from datetime import timedelta

from schemas.events import AgentReplied
from schemas.ids import derived_id
from schemas.topics import COMPLAINT_EVENTS, SLA_ALERTS
from services.runtime.processor import Unprocessable
from services.runtime.stage import Application, Stage
from services.runtime.testing import NOON, TopologyTestDriver


class Reminder:
    """Reminds of a complaint a minute after each reply, by publishing the reply again."""

    def on_event(self, context, topic, event):
        if event.agent_id == "nobody":
            raise Unprocessable("unknown_agent", "/agent_id")
        context.put(event.complaint_id.encode(), event.event_id.encode(), due=context.now + timedelta(minutes=1))

    def on_due(self, context, key, due):
        reminder = reply(context.row(key).decode()).model_copy(update={"occurred_at": due})
        context.publish(SLA_ALERTS, key.decode(), reminder)
        context.put(key, b"done")

    def on_time(self, context):
        pass

    def close(self):
        pass


def reply(name: str, agent: str = "ann") -> AgentReplied:
    return AgentReplied(
        event_id=derived_id(name),
        complaint_id=derived_id("complaint"),
        occurred_at=NOON,
        recorded_at=NOON,
        agent_id=agent,
    )


def flow() -> TopologyTestDriver:
    stage = Stage("complaints", (COMPLAINT_EVENTS,), (COMPLAINT_EVENTS,), Reminder)
    return TopologyTestDriver(Application("reminder", (stage,), (SLA_ALERTS,)))


def test_a_due_row_fires_once_when_the_clock_reaches_it():
    driver = flow()
    driver.advance()
    driver.send(COMPLAINT_EVENTS, reply("first"))
    driver.advance(timedelta(seconds=59), step=timedelta(seconds=1))
    assert driver.records(SLA_ALERTS) == []
    driver.advance(timedelta(seconds=2))
    driver.advance(timedelta(hours=2))
    assert len(driver.records(SLA_ALERTS)) == 1


def test_a_timer_survives_a_restart_and_fires_after_it_for_the_instant_at_which_it_was_due():
    driver = flow()
    driver.advance()
    driver.send(COMPLAINT_EVENTS, reply("first"))
    driver.settle()
    driver.stop("reminder")
    driver.advance(timedelta(hours=1))
    assert driver.records(SLA_ALERTS) == []
    driver.start("reminder")
    driver.advance()
    (reminder,) = driver.records(SLA_ALERTS)
    assert COMPLAINT_EVENTS.codec.decode(reminder.value).occurred_at == NOON + timedelta(minutes=1)


def test_bad_bytes_and_broken_rules_become_dead_letters_and_the_records_after_them_are_processed():
    driver = flow()
    home = driver.home(derived_id("complaint"))
    driver.send(COMPLAINT_EVENTS, b"\xff\x00 not json", "x", partition=home)
    driver.send(COMPLAINT_EVENTS, reply("second", agent="nobody"))
    driver.send(COMPLAINT_EVENTS, reply("third"))
    driver.settle()
    letters = driver.events(COMPLAINT_EVENTS.dead_letters)
    assert [(letter.reason, letter.offset) for letter in letters] == [("malformed_json", 0), ("unknown_agent", 1)]
    assert letters[0].value == b"\xff\x00 not json"
    assert letters[0].group == "redress-reminder"
    assert len(driver.rows("reminder", "complaints")) == 1


def test_a_hundred_bad_records_in_a_row_pause_their_partition_and_no_other():
    driver = flow()
    for _ in range(150):
        driver.send(COMPLAINT_EVENTS, b"{", partition=0)
    driver.send(COMPLAINT_EVENTS, b"{", partition=1)
    driver.settle()
    assert driver.paused("reminder") == {"complaint-events-0"}
    assert len(driver.records(COMPLAINT_EVENTS.dead_letters)) == 101


def test_a_pause_outlives_a_restart_and_ends_when_an_operator_allows_what_it_stands_at():
    driver = flow()
    good = driver.home(derived_id("complaint"))
    for _ in range(150):
        driver.send(COMPLAINT_EVENTS, b"{", partition=good)
    driver.send(COMPLAINT_EVENTS, reply("after"))
    driver.settle()
    driver.restart("reminder")
    driver.advance(timedelta(hours=1))
    assert driver.paused("reminder") == {f"complaint-events-{good}"}
    assert len(driver.records(COMPLAINT_EVENTS.dead_letters)) == 100
    driver.allow("reminder", COMPLAINT_EVENTS, partition=good, until=99)
    assert driver.paused("reminder") == {f"complaint-events-{good}"}
    driver.allow("reminder", COMPLAINT_EVENTS, partition=good, until=100)
    driver.settle()
    assert driver.paused("reminder") == set()
    assert len(driver.records(COMPLAINT_EVENTS.dead_letters)) == 150
    assert len(driver.rows("reminder", "complaints")) == 1
    driver.restart("reminder")
    assert driver.paused("reminder") == set()


def test_what_a_rule_refuses_is_a_dead_letter_each_and_pauses_nothing():
    driver = flow()
    for number in range(300):
        driver.send(COMPLAINT_EVENTS, reply(f"{number}", "nobody"))
    driver.settle()
    assert [letter.reason for letter in driver.events(COMPLAINT_EVENTS.dead_letters)] == ["unknown_agent"] * 300
    assert driver.paused("reminder") == set()


def test_a_hundred_records_under_wrong_keys_pause_their_partition_alone():
    driver = flow()
    home = driver.home(derived_id("complaint"))
    for number in range(150):
        driver.send(COMPLAINT_EVENTS, reply(f"{number}"), key=derived_id("other"), partition=home)
    driver.settle()
    assert driver.paused("reminder") == {f"complaint-events-{home}"}


def test_what_an_operator_allowed_once_lets_no_later_pause_end():
    driver = flow()
    for _ in range(300):
        driver.send(COMPLAINT_EVENTS, b"{", partition=0)
    driver.settle()
    driver.allow("reminder", COMPLAINT_EVENTS, partition=0, until=150)
    driver.settle()
    assert len(driver.records(COMPLAINT_EVENTS.dead_letters)) == 250
    driver.allow("reminder", COMPLAINT_EVENTS, partition=0, until=150)
    driver.settle()
    assert driver.paused("reminder") == {"complaint-events-0"}
    assert len(driver.records(COMPLAINT_EVENTS.dead_letters)) == 250


def test_a_record_outside_its_partition_or_under_anothers_key_becomes_a_dead_letter():
    driver = flow()
    home = driver.home(derived_id("complaint"))
    driver.send(COMPLAINT_EVENTS, reply("misrouted"), partition=1 - home)
    driver.send(COMPLAINT_EVENTS, reply("disguised"), key=derived_id("other"))
    driver.settle()
    letters = driver.events(COMPLAINT_EVENTS.dead_letters)
    assert sorted(letter.reason for letter in letters) == ["wrong_key", "wrong_partition"]
    assert driver.rows("reminder", "complaints") == {}


def test_a_record_under_another_complaints_key_is_refused_though_that_complaint_is_known():
    driver = flow()
    known = reply("known").model_copy(update={"complaint_id": derived_id("other")})
    driver.send(COMPLAINT_EVENTS, known)
    driver.settle()
    before = driver.rows("reminder", "complaints")
    driver.send(COMPLAINT_EVENTS, reply("disguised"), key=derived_id("other"))
    driver.settle()
    assert [letter.reason for letter in driver.events(COMPLAINT_EVENTS.dead_letters)] == ["wrong_key"]
    assert driver.rows("reminder", "complaints") == before


def test_absurd_timestamps_of_a_producer_hurt_nothing():
    driver = flow()
    home = driver.home(derived_id("complaint"))
    for timestamp in (-1, 2**62):
        driver.send(COMPLAINT_EVENTS, b"{", "x", partition=home, timestamp=timestamp)
        driver.send(COMPLAINT_EVENTS, reply("good"), timestamp=timestamp)
    driver.advance(timedelta(minutes=2))
    letters = driver.events(COMPLAINT_EVENTS.dead_letters)
    assert [letter.occurred_at.year for letter in letters] == [1970, NOON.year]
    assert len(driver.records(SLA_ALERTS)) == 1
