from __future__ import annotations

from services.runtime.dead_letter_limit import RATIO_LIMIT, RATIO_WINDOW, RUN_LIMIT, DeadLetterLimit

OFFSET = 500


def test_a_run_of_bad_records_passes_the_limit_at_its_last_and_a_good_record_begins_it_anew():
    limit = DeadLetterLimit()
    assert not any(limit.bad(OFFSET) for _ in range(RUN_LIMIT - 1))
    limit.good(1)
    assert not any(limit.bad(OFFSET) for _ in range(RUN_LIMIT - 1))
    assert limit.bad(OFFSET)


def test_scattered_bad_records_pass_the_limit_once_their_share_of_the_last_ten_thousand_is_too_large():
    limit = DeadLetterLimit()
    every = int(1 / RATIO_LIMIT) - 1
    passed = []
    for _ in range(RATIO_WINDOW):
        limit.good(every - 1)
        passed.append(limit.bad(OFFSET))
    assert not any(passed[: RATIO_WINDOW // every - 1])
    assert passed[-1]


def test_a_share_below_the_limit_never_passes_it():
    limit = DeadLetterLimit()
    for _ in range(5_000):
        limit.good(30)
        assert not limit.bad(OFFSET)


def test_a_few_bad_records_at_the_start_are_no_ratio_yet():
    limit = DeadLetterLimit()
    assert not any(limit.bad(OFFSET) for _ in range(50))


def test_bad_records_before_an_allowed_offset_count_against_nothing_and_those_from_it_on_do():
    limit = DeadLetterLimit(allowed_until=OFFSET)
    assert not any(limit.bad(offset) for offset in range(OFFSET))
    assert [limit.bad(offset) for offset in range(OFFSET, OFFSET + RUN_LIMIT)] == [False] * (RUN_LIMIT - 1) + [True]
