"""How the bench comes from what it saw to a figure."""

from __future__ import annotations

from random import Random

import pytest

from bench.cluster import Look, Outputs
from bench.load import id_of, instant_of
from bench.measure import rate
from bench.spread import number, reached, spread
from bench.workload import complaints
from schemas.topics import COMPLAINT_EVENTS

PLACE = ("complaints-routed", 0)


def outputs(decided: list[float]) -> Outputs:
    return Outputs({PLACE: list(range(len(decided)))}, decided)


def test_a_rate_runs_from_the_first_fifth_decided_until_all_are_visible() -> None:
    decided = [100.0 + number / 10 for number in range(100)]  # ten a second
    looks = [Look(at, {PLACE: min(100, int((at - 100) * 10))}) for at in range(100, 121)]
    # Of those after the 21st, decided at 102.0 s, all 79 are visible at 110 s.
    assert rate(looks, outputs(decided), 100) == pytest.approx(79 / 8)


def test_work_that_is_shown_late_counts_as_late() -> None:
    decided = [100.0 + number / 10 for number in range(100)]
    looks = [Look(105.0, {PLACE: 0}), Look(118.0, {PLACE: 100})]
    assert rate(looks, outputs(decided), 100) == pytest.approx(79 / 16)


def test_kafkas_own_marks_in_the_log_are_no_decisions() -> None:
    found = Outputs({PLACE: [0, 1, 3, 4]}, [])
    assert found.decisions(Look(0.0, {PLACE: 3})) == 2


def test_a_complaint_of_the_load_says_when_it_was_due() -> None:
    assert instant_of(id_of(1_763_000_000.123456, Random(1))) == pytest.approx(1_763_000_000.123456, abs=1e-6)


def test_a_ratio_whose_spread_reaches_the_target_counts_as_reached() -> None:
    assert reached([0.9, 0.95, 1.02], 1.0) == "yes"
    assert reached([0.9, 0.95, 0.99], 1.0) == "no"


def test_a_spread_names_the_median_the_lowest_and_the_highest() -> None:
    assert spread([3.0, 1.0, 2.0], "{:.1f}") == "2.0 (1.0 to 3.0)"


@pytest.mark.parametrize(("value", "text"), [(0.2, "0.2"), (20, "20"), (1_000_000, "1,000,000")])
def test_a_point_of_a_curve_is_written_out(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize("length", [200, 2_000, 20_000])
def test_a_text_is_as_long_as_asked_for(length: int) -> None:
    for complaint in complaints(5, text=length):
        body = COMPLAINT_EVENTS.codec.decode(complaint.value).personal.body
        assert length - 3 <= len(body.encode()) <= length  # a character is not cut in two
