"""Who is let in where requests hold much, and who has to make room."""

from __future__ import annotations

import pytest

from services.intake import admission
from services.intake.admission import REQUEST_BYTES, Admission
from services.intake.domain.refusals import RequestRefused


class Request:
    """One that is so many seconds late."""

    def __init__(self, late: float = 0.0) -> None:
        self.bulk = False
        self.held = 0
        self.late = late
        self.makes_room = False

    def seconds_late(self) -> float:
        return self.late

    def make_room(self) -> None:
        self.makes_room = True


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> Admission:
    """Takes three requests without a body, or two bulk requests."""
    monkeypatch.setattr(admission, "MOST_BYTES_HELD", 3 * REQUEST_BYTES)
    monkeypatch.setattr(admission, "MOST_BULK", 2)
    return Admission()


def enter(admission: Admission, *requests: Request) -> None:
    for request in requests:
        admission.enter(request)


def test_one_too_many_is_refused_where_nobody_is_late(three: Admission) -> None:
    enter(three, Request(), Request(), Request())
    with pytest.raises(RequestRefused, match="busy"):
        three.enter(Request())


def test_whoever_left_and_whoever_was_refused_takes_no_place(three: Admission) -> None:
    first, refused = Request(), Request()
    enter(three, first, Request(), Request())
    with pytest.raises(RequestRefused):
        three.enter(refused)
    three.leave(refused)
    three.leave(first)
    three.leave(first)
    three.enter(Request())
    with pytest.raises(RequestRefused):
        three.enter(Request())


def test_the_latest_makes_room_for_a_new_one(three: Admission) -> None:
    late, later = Request(late=1), Request(late=2)
    enter(three, late, Request(), later, Request())
    assert (late.makes_room, later.makes_room) == (False, True)


def test_who_holds_more_than_there_is_room_for_is_refused_or_has_the_late_make_room(three: Admission) -> None:
    late, growing = Request(late=1), Request()
    enter(three, late, growing)
    three.hold(growing, REQUEST_BYTES + 1)
    assert late.makes_room
    with pytest.raises(RequestRefused, match="busy"):
        three.hold(growing, REQUEST_BYTES)


def test_who_made_room_holds_nothing_whatever_it_still_reads(three: Admission) -> None:
    late = Request(late=1)
    enter(three, late, Request(), Request(), Request())
    three.hold(late, 10 * REQUEST_BYTES)
    three.leave(late)
    with pytest.raises(RequestRefused):
        three.enter(Request())


def test_bulk_requests_have_a_number_of_their_own(three: Admission) -> None:
    bulk = [Request(), Request(late=1), Request()]
    enter(three, *bulk)
    for request in bulk:
        three.enter_bulk(request)
    assert [request.makes_room for request in bulk] == [False, True, False]
    bulk[1].late = 0
    three.enter(last := Request())
    with pytest.raises(RequestRefused, match="busy"):
        three.enter_bulk(last)
