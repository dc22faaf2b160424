"""Packs do what docs/packs.md says: its tables are those of the files, and each of its worked examples comes true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from schemas.derived import SlaBreached
from services.config.folder import SHIPPED
from services.sla_monitor.domain.policy.policy_matching import PolicyBook
from services.sla_monitor.settings import load_policy_book
from tests.sla_monitor import stories
from tests.sla_monitor.stories import Desk

PACKS = SHIPPED.parent / "packs"
NAMES = sorted(folder.name for folder in PACKS.iterdir())
PAGE = (Path(__file__).parents[2] / "docs" / "packs.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))
ZONES = {"cn-banking-insurance": "Asia/Shanghai", "fca-disp": "Europe/London", "psd2": "Europe/Dublin"}
MINUTE = "%a %Y-%m-%d %H:%M"
EVENTS = {
    "reply": lambda when: stories.replied(when, kind="reply"),
    "holding": lambda when: stories.replied(when, kind="holding"),
    "final": lambda when: stories.replied(when, kind="final"),
    "resolved": stories.resolved,
    "closed": stories.closed,
}


def rows(pack: str, column: str) -> Iterator[dict[str, str]]:
    """The rows of the pack's table on the page that has this column, by the names of the columns."""
    for table in re.findall(r"(?:^\|.*\n)+", SECTIONS[pack], re.MULTILINE):
        header, _, *lines = ([cell.strip(" `") for cell in line.strip("|").split("|")] for line in table.splitlines())
        if column in header:
            yield from (dict(zip(header, line, strict=True)) for line in lines)


def policies(pack: str) -> dict[str, Any]:
    text = (PACKS / pack / "policies.yaml").read_text(encoding="utf-8")
    return {policy["name"]: policy for policy in yaml.safe_load(text)["policies"]}


def book(pack: str) -> PolicyBook:
    return load_policy_book(PACKS / pack / "policies.yaml")


def instant(text: str, pack: str) -> datetime:
    """``Thu 2026-04-09 17:00`` or ``end of Thu 2026-04-09``, in the pack's zone. A wrong day of the week is refused."""
    ends = text.removeprefix("end of ")
    minute = ends if ends == text else f"{ends} 00:00"
    read = datetime.strptime(minute, MINUTE).replace(tzinfo=ZoneInfo(ZONES[pack]))
    assert read.strftime(MINUTE) == minute
    return read + timedelta(days=ends != text)


def test_each_pack_has_its_section_on_the_page() -> None:
    assert sorted(SECTIONS) == NAMES
    assert set(re.findall(r"`([a-z0-9-]+)`", PAGE.partition("##")[0])) >= set(NAMES)


@pytest.mark.parametrize("pack", NAMES)
def test_the_page_names_every_clock_with_its_start_stops_and_target(pack: str) -> None:
    described = {
        (row["policy"], row["clock"]): (row["starts"], row["stops"], row["target"]) for row in rows(pack, "target")
    }
    assert described == {
        (name, clock): (", ".join(fields["starts"]), stops(fields["stops"]), fields["target"])
        for name, policy in policies(pack).items()
        for clock, fields in policy["clocks"].items()
    }


def stops(events: list[str] | dict[str, int]) -> str:
    counts = events if isinstance(events, dict) else dict.fromkeys(events, 1)
    return ", ".join(f"{count} × {event}" if count > 1 else event for event, count in counts.items())


@pytest.mark.parametrize("pack", NAMES)
def test_every_clock_cites_its_rule_in_the_comment_above_it(pack: str) -> None:
    text = (PACKS / pack / "policies.yaml").read_text(encoding="utf-8")
    cited = re.findall(r"((?:^      # .*\n)+)      (\w+):$", text, re.MULTILINE)
    clocks = list(rows(pack, "rule"))
    assert [clock for _, clock in cited] == [row["clock"] for row in clocks]
    for (comment, _), row in zip(cited, clocks, strict=True):
        assert row["rule"] in comment


EXAMPLES = [(pack, row) for pack in NAMES for row in rows(pack, "outcome")]


@pytest.mark.parametrize(("pack", "example"), EXAMPLES, ids=lambda part: part if isinstance(part, str) else part["due"])
def test_each_worked_example_comes_true(pack: str, example: dict[str, str]) -> None:
    received = stories.received(instant(example["received"], pack), product=example.get("product"))
    reported = [] if example["reported"] == "nothing" else example["reported"].split(", ")
    events = [EVENTS[kind](instant(when, pack)) for kind, _, when in (text.partition(" ") for text in reported)]
    due = instant(example["due"], pack)

    desk = Desk(book(pack)).read(received, *events)
    desk.wait(max([due, *(event.occurred_at for event in events)]) + timedelta(days=1))

    clock = desk.clocks[example["clock"]]
    breaches = [alert for alert in desk.standing.values() if isinstance(alert, SlaBreached)]
    breached = any(alert.clock == example["clock"] and alert.occurred_at == due for alert in breaches)
    assert clock.due_at == due
    assert example["outcome"] == ("breached" if breached else clock.state)


def test_every_clock_has_an_example_that_meets_it_and_one_that_breaches_it() -> None:
    shown = {(pack, row["clock"], row["outcome"]) for pack, row in EXAMPLES}
    assert shown >= {
        (pack, row["clock"], outcome)
        for pack in NAMES
        for row in rows(pack, "target")
        for outcome in ("met", "breached")
    }


def test_payment_complaints_get_business_days_and_all_others_eight_weeks() -> None:
    received = instant("Wed 2026-12-16 11:00", "fca-disp")
    paid = Desk(book("fca-disp")).read(stories.received(received, product="e-money")).clocks
    other = Desk(book("fca-disp")).read(stories.received(received)).clocks
    assert {clock.policy for clock in paid.values()} == {"disp-payment-services"}
    assert {clock.policy for clock in other.values()} == {"disp"}
