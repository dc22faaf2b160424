"""The simulated contact centre: the same for a seed, in the order of time, and as the door wants it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from redress.commands.simulate import simulate
from redress.simulate.arrivals import draw_arrivals
from redress.simulate.complaints import CATEGORIES, FLAGS, LANGUAGES
from redress.simulate.contact_centre import simulate_contact_centre
from redress.simulate.texts import load_texts, write_letter
from services.config.channels import ChannelsFile
from services.config.yaml_files import load
from services.intake.domain.arrivals import Sender
from services.intake.domain.bulk_lines import accept_bulk_line
from services.intake.domain.request_models import BULK_LINE, parse_body

MONDAY = datetime(2026, 1, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
SHIPPED = Path(__file__).parents[2] / "services" / "config" / "default"
AFTERWARDS = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def lines():
    return list(simulate_contact_centre(2_000, seed=7, days=14, start=MONDAY))


def occurred_at(line):
    return datetime.fromisoformat((line.get("complaint") or line["event"])["occurred_at"])


def test_a_seed_gives_the_same_lines_and_another_seed_others(lines):
    assert list(simulate_contact_centre(2_000, seed=7, days=14, start=MONDAY)) == lines
    assert list(islice(simulate_contact_centre(2_000, seed=8, days=14, start=MONDAY), 10)) != lines[:10]


def test_lines_come_in_the_order_of_time(lines):
    assert [occurred_at(line) for line in lines] == sorted(occurred_at(line) for line in lines)


def test_every_line_is_accepted_at_the_door_and_has_an_id_of_its_own(lines):
    channels = frozenset(channel.name for channel in load(SHIPPED / "channels.yaml", ChannelsFile).channels)
    sender = Sender("local", channels, fresh_id=lambda: pytest.fail("a line has no identity of its own"))
    accepted = [
        accept_bulk_line(parse_body(BULK_LINE, json.dumps(line).encode()), sender, AFTERWARDS) for line in lines
    ]
    assert all(one.duplicate_safe for one in accepted)
    assert len({one.event.event_id for one in accepted}) == len(lines)


def test_there_are_as_many_complaints_as_asked_for_within_the_days(lines):
    received = [occurred_at(line) for line in lines if "complaint" in line]
    assert len(received) == 2_000
    assert MONDAY <= received[0] <= received[-1] < MONDAY + timedelta(days=14)


def test_an_event_follows_the_complaint_it_names(lines):
    known = set()
    for line in lines:
        if "complaint" in line:
            known.add((line["complaint"]["channel"], line["complaint"]["external_ref"]))
        else:
            assert (line["channel"], line["external_ref"]) in known


def test_mornings_and_mondays_are_busier_than_nights_and_sundays():
    found = list(draw_arrivals(7_000, MONDAY, 7, Random(1)))
    by_hour, by_day = Counter(at.hour for at in found), Counter(at.weekday() for at in found)
    assert by_hour[10] > 5 * by_hour[3]
    assert by_day[0] > 1.5 * by_day[6]


def test_customers_come_back_and_say_so(lines):
    by_customer = Counter(line["complaint"]["customer"]["id"] for line in lines if "complaint" in line)
    again = sum(times - 1 for times in by_customer.values())
    assert 0.1 < again / 2_000 < 0.3
    said = [sentence for language in LANGUAGES for sentence in load_texts(language).repeated if "{" not in sentence]
    bodies = [line["complaint"]["body"] for line in lines if "complaint" in line]
    assert any(sentence in body for body in bodies for sentence in said)


def test_three_scripts_are_spoken(lines):
    languages = Counter(line["complaint"]["customer"]["language"] for line in lines if "complaint" in line)
    assert set(languages) == {"zh-Hans", "zh-Hant", "en"}
    assert min(languages.values()) > 200


def test_every_lifecycle_the_design_names_happens(lines):
    assert {line["event"]["type"] for line in lines if "event" in line} == {
        "complaint_acknowledged", "complaint_reclassified", "agent_assigned", "agent_released", "agent_replied",
        "customer_replied",
        "complaint_paused", "complaint_resumed", "complaint_escalated", "complaint_resolved", "complaint_reopened",
        "complaint_closed", "complaint_withdrawn",
    }  # fmt: skip


def test_only_the_agent_who_holds_a_complaint_acts_on_it_hands_it_over_or_gives_it_back(lines):
    holders, agents, released = {}, defaultdict(set), set()
    for line in lines:
        event, complaint = line.get("event", {}), line.get("external_ref")
        if event.get("type") == "complaint_reopened":
            holders[complaint] = None
        elif event.get("type") == "agent_assigned":
            assert event.get("replaces") == holders.get(complaint) != event["agent_id"]
            holders[complaint] = event["agent_id"]
            agents[complaint].add(event["agent_id"])
        elif event.get("type") == "agent_released":
            assert event["agent_id"] == holders.pop(complaint)
            released.add(complaint)
        elif "agent_id" in event and event["type"] != "complaint_reclassified":
            assert event["agent_id"] == holders[complaint]
    several = sum(len(those) > 1 for those in agents.values())
    assert 0.08 < several / len(agents) < 0.25
    assert 0.02 < len(released) / len(agents) < 0.1


def test_a_complaint_is_solved_before_it_is_closed_and_resumed_after_it_was_paused(lines):
    stories = defaultdict(list)
    for line in lines:
        if "event" in line:
            stories[line["external_ref"]].append(line["event"]["type"])
    for story in stories.values():
        if "complaint_closed" in story:
            assert "complaint_resolved" in story[: story.index("complaint_closed")]
        assert story.count("complaint_paused") == story.count("complaint_resumed")
        assert story.count("complaint_reopened") <= max(0, story.count("complaint_resolved") - 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_know_every_category_and_flag_and_leave_no_gap(language):
    assert set(load_texts(language).categories) == set(CATEGORIES)
    assert set(FLAGS) <= set(load_texts(language).flags)
    random = Random(1)
    for category in CATEGORIES:
        for _ in range(50):
            written = write_letter(language, category, list(FLAGS), random, repeated=True)
            assert not set("{}") & set(written.subject + written.body)


def test_the_command_prints_ndjson_of_as_many_complaints(lines):
    result = CliRunner().invoke(simulate, ["--complaints", "2000", "--seed", "7", "--days", "14"])
    assert result.exit_code == 0
    assert [json.loads(line) for line in result.stdout.splitlines()] == lines


@pytest.mark.parametrize("start", ["0001-01-01", "1970-01-01", "2199-12-31", "9999-12-31"])
def test_a_start_whose_complaints_intake_would_refuse_is_refused(start):
    result = CliRunner().invoke(simulate, ["--complaints", "1", "--start", start])
    assert result.exit_code == 2
    assert "from 1971-01-01 to 2180-01-01" in result.output
