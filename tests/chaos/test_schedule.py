"""The schedule: the same for the same seed, and one that can be carried out."""

from __future__ import annotations

import pytest

from chaos.schedule import LASTING, schedule
from chaos.system_under_test import PROCESSES

WORKERS = list(PROCESSES)
SESSION_TIMEOUT_SECONDS = 10


def test_the_same_seed_gives_the_same_faults_and_another_gives_others():
    assert schedule(7, 90, WORKERS) == schedule(7, 90, WORKERS)
    assert schedule(7, 90, WORKERS) != schedule(8, 90, WORKERS)


@pytest.mark.parametrize("seed", range(20))
def test_faults_come_in_order_within_the_time_and_a_worker_that_is_away_is_left_alone(seed):
    faults = schedule(seed, 90, WORKERS)
    assert [fault.at for fault in faults] == sorted(fault.at for fault in faults)
    assert all(0 < fault.at < 90 for fault in faults)
    for number, fault in enumerate(faults):
        if fault.target in WORKERS:
            again = [later.at for later in faults[number + 1 :] if later.target == fault.target]
            assert all(at >= fault.at + fault.lasts for at in again)


@pytest.mark.parametrize("seed", range(20))
def test_brokers_and_network_fail_one_at_a_time(seed):
    of_cluster = [fault for fault in schedule(seed, 90, WORKERS) if fault.target not in WORKERS]
    ends = [fault.at + fault.lasts for fault in of_cluster]
    assert all(fault.at > end for fault, end in zip(of_cluster[1:], ends, strict=False))


def test_every_kind_of_fault_comes_and_a_frozen_worker_outlasts_its_session():
    faults = [fault for seed in range(20) for fault in schedule(seed, 90, WORKERS)]
    assert {fault.kind for fault in faults} == set(LASTING)
    assert {fault.target for fault in faults} == {*WORKERS, "", "1", "2", "3", "controller", "leader", "coordinator"}
    assert min(fault.lasts for fault in faults if fault.kind == "worker frozen") > SESSION_TIMEOUT_SECONDS


def test_a_line_of_the_schedule_says_when_what_happens_to_whom_and_for_how_long():
    lines = [str(fault) for fault in schedule(1, 40, WORKERS)]
    assert lines[0] == "   1.8 s  worker ended: router-2 for 2.4 s"
    assert "   7.5 s  broker frozen: leader for 3.3 s" in lines
    assert "   9.6 s  worker killed: feedback" in lines
    assert "  19.6 s  all brokers killed for 3.7 s" in lines
