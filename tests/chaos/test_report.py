"""The page about a run: what was counted, and nothing else."""

from __future__ import annotations

from collections import Counter

from chaos.checker import Verdict, Violation
from chaos.report import page
from chaos.run import Result
from chaos.schedule import Kind

FAULTS: dict[Kind, int] = {"worker killed": 20, "broker killed": 3, "all brokers killed": 1, "broker frozen": 2}


def result(seed: int, *violations: Violation) -> Result:
    verdict = Verdict(Counter({"rows compared": 1_000}), [0.5, 2.5], list(violations))
    return Result(seed, Counter(FAULTS), 19, verdict)


def test_counts_of_all_runs_are_added_and_faults_are_told_by_seed():
    written = page([result(3), result(4)], 90)
    assert "--seed 3 --seed 4 --seconds 90" in written
    assert "**Violations: 0.** Services killed: 40. Brokers killed: 6 times one of three, 2 times all;" in written
    assert "frozen: 4 times one of three, 0 times all." in written
    assert "| fault | all | 3 | 4 |" in written
    assert "| worker killed | 40 | 20 | 20 |" in written
    assert "| network cut | 0 | 0 | 0 |" in written
    assert "| processes started again by the supervisor | 38 | 19 | 19 |" in written
    assert "| rows compared | 2,000 |" in written
    assert "a median of\n  1.5 s after their deadline, and at most 2.5 s" in written


def test_violations_are_counted():
    assert "**Violations: 1.**" in page([result(3, Violation("twice", ("one",)))], 90)
