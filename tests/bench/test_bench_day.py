"""How the bench comes from what it saw of an ordinary day to costs, ages, what is held, and targets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from bench.day.deployed import BROKER
from bench.day.figures import FEW, MANY, STREAMS, Alerts, Day
from bench.day.http_load import COMPLAINT, Answers, HttpLoad, answers
from bench.day.loads import Load
from bench.day.processor_time import Used, used
from bench.day.report import PROCESSES, part
from bench.day.saturation import Saturation, Step, search
from bench.day.section import LONG_AGO, STREAMS_COMMANDS
from bench.day.seen import OUTPUTS, Progress, Seen
from bench.day.targets import targets
from bench.running import BenchError
from schemas.topics import COMPLAINTS_ROUTED, SLA_CLOCKS
from services.intake.domain.request_models import Complaint

ROUTED, CLOCKS = COMPLAINTS_ROUTED.name, SLA_CLOCKS.name


def seen(count: int, age: Callable[[int], float], *, rate: float = 10.0) -> Seen:
    """Complaints at an even rate; each is visible everywhere once it is so many seconds old."""
    accepted = {str(number).encode(): 1_000 + number / rate for number in range(count)}
    visible = {key: at + age(number) for number, (key, at) in enumerate(accepted.items())}
    return Seen(accepted, {topic: dict(visible) for topic in OUTPUTS})


def load(percent: float, age: float = 0.1) -> Load:
    """A load in which each process used that share of a core."""
    return Load(
        Used(dict.fromkeys(PROCESSES, percent / 10), 10.0),
        Answers([1_000, 1_001, 1_002, 1_003], [0.002, 0.002, 0.004, 0.009]),
        seen(100, lambda _: age),
    )


def step(accepted: float, *, grows: float = 0.0) -> Step:
    """A load that is behind by some complaints at a third, and by more at its end."""
    return Step(accepted, accepted, accepted, 100.0, 100.0 + grows)


def day(percent: float, *, age: float = 0.1, held: float = 2_400.0) -> Day:
    """A day in which every load costs the same."""
    loads = {rate: [load(percent, age)] for rate in (50.0, 200.0, 800.0)}
    alerts = Alerts([load(percent, age).seen], [load(percent, age).seen])
    idle = [Used(dict.fromkeys(PROCESSES, 0.1), 10.0)]
    return Day(loads, idle, Saturation(step(3_000, grows=9_000), step(held)), [load(percent, age)], alerts)


def test_an_age_runs_from_acceptance_until_the_output_is_visible() -> None:
    assert seen(100, lambda number: number / 1_000).age_ms(ROUTED, 0.5) == pytest.approx(50)


def test_an_output_of_a_complaint_of_an_earlier_load_has_no_age() -> None:
    looked = seen(10, lambda _: 0.1)
    looked.visible[ROUTED][b"earlier"] = 1_000.0
    assert len(looked.ages_ms(ROUTED)) == 10
    assert len(Progress(looked).visible(ROUTED)) == 10


def test_a_load_is_seen_once_every_complaint_has_each_output() -> None:
    looked = seen(10, lambda _: 0.1)
    assert looked.has(10, [ROUTED, CLOCKS])
    del looked.visible[CLOCKS][b"3"]
    assert looked.has(10, [ROUTED])
    assert not looked.has(10, [ROUTED, CLOCKS])


def test_workers_that_keep_up_hold_the_load() -> None:
    steady = Step.of(seen(3_000, lambda _: 0.2, rate=100.0))
    assert steady.accepted == steady.routed == steady.clocks == pytest.approx(100, rel=0.01)
    assert [steady.behind_at_third, steady.behind_at_end] == pytest.approx([20, 20], abs=1)
    assert steady.held


def test_workers_that_fall_behind_do_not_hold_the_load() -> None:
    late = Step.of(seen(3_000, lambda number: 0.2 + number / 1_000, rate=100.0))
    assert late.routed < 0.95 * late.accepted
    assert not late.held


def test_one_output_that_falls_behind_is_enough() -> None:
    looked = seen(3_000, lambda _: 0.2, rate=100.0)
    looked.visible[CLOCKS] = seen(3_000, lambda number: 0.2 + number / 1_000, rate=100.0).visible[CLOCKS]
    found = Step.of(looked)
    assert found.clocks < found.routed
    assert not found.held


def test_what_is_held_is_searched_below_what_is_answered() -> None:
    asked: list[float] = []

    def even(rate: float) -> Step:
        asked.append(rate)
        return step(rate, grows=0.0 if rate <= 1_200 else 5_000.0)

    found = search(lambda: step(1_600, grows=9_000), even)
    assert asked == [800, 1_200, 1_400, 1_300]
    assert found.rate == 1_200


def test_a_deployment_that_answers_no_more_than_its_workers_hold_needs_no_search() -> None:
    def even(_: float) -> Step:
        raise AssertionError

    assert search(lambda: step(900), even).rate == 900


def test_a_deployment_that_holds_nothing_has_no_saturation() -> None:
    with pytest.raises(BenchError, match="fall behind at 100 "):
        search(lambda: step(1_600, grows=9_000), lambda rate: step(rate, grows=9_000))


def test_h2loads_log_becomes_answers() -> None:
    found = answers("1700000000000000\t202\t2500\n1700000000500000\t202\t1500\n1700000001000000\t202\t1000\n")
    assert found.rate == pytest.approx(2)
    assert found.seconds == pytest.approx([0.0025, 0.0015, 0.001])


@pytest.mark.parametrize("log", ["", "1700000000000000\t202\t2500\n1700000000500000\t503\t1500\n"])
def test_a_load_that_is_refused_is_no_measurement(log: str) -> None:
    with pytest.raises(BenchError, match="were not answered 202"):
        answers(log)


def test_a_missing_h2load_is_named_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BenchError, match="apt-get install nghttp2-client"):
        HttpLoad("127.0.0.1:1", tmp_path, COMPLAINT)


def test_intake_takes_the_complaint_as_a_fresh_one_each_time() -> None:
    for body in (COMPLAINT, LONG_AGO):
        assert Complaint.model_validate_json(json.dumps(body)).external_ref is None


def test_processor_time_is_that_of_the_block_in_and_out_of_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    told = iter([(7.0, 3.0, 99.0, 99.0), (7.5, 3.25, 199.0, 199.0)])
    process = psutil.Process()
    monkeypatch.setattr(process, "cpu_times", lambda: next(told))
    with used({"this": process}) as found:
        pass
    assert found.by == {"this": 0.75}
    assert found.percent("this") == pytest.approx(75 / found.seconds)
    assert found.each_ms("this", 10) == 75


def test_a_day_within_its_targets_reaches_all() -> None:
    assert {row[-1] for row in targets({FEW: day(5.0), MANY: day(6.0)})} == {"yes"}


def test_a_day_beyond_its_targets_says_which_it_misses() -> None:
    many = day(10.0)
    many.loads[200.0][0].used.by[BROKER] = 1.4
    rows = targets({FEW: day(10.0, age=0.3, held=1_900), MANY: many})
    missed = {(row[0].split(",")[0], row[1]) for row in rows if row[-1] == "no"}
    assert missed == {
        ("router at 200/s", "4"),
        ("sla_monitor at 200/s", "4"),
        ("feedback at 200/s", "4"),
        ("the most that broker or worker uses at 200/s", "16"),
        ("held", "4"),
        ("accepted to routed at 200/s", "4"),
        ("accepted to routed at half of saturation", "4"),
    }


def test_the_part_shows_every_process_at_every_load() -> None:
    streams = load(0.0)
    streams.used.by = {BROKER: 2.0, STREAMS: 0.3}
    text = part("benchmarks", 1, {FEW: day(5.0), MANY: day(6.0)}, [streams])
    assert text.count("| 50/s | 200/s | 800/s | half of saturation (1,200/s) |") == 6
    for name in PROCESSES:
        assert text.count(f"\n| {name} |") == 4
    assert "| % of a core | 5.0 | 3.0 |" in text
    assert "| accepted to routed, p99, ms | 100.0 | 100.0 |" in text


def test_kafka_streams_stands_in_the_routers_place_and_is_not_asked_whether_it_is_ready() -> None:
    assert set(STREAMS_COMMANDS) == {"intake", "sla_monitor", "feedback", STREAMS}
