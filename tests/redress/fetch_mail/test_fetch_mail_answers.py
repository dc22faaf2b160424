"""What an answer of intake, or of whatever stands in its place, means for a mail."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redress.fetch_mail.answers import Answer, Decision, decide, read_answer
from services.intake.problems import PROBLEMS


def problem(reason: str) -> bytes:
    return json.dumps({"type": f"urn:redress:problem:{reason}", "detail": "no"}).encode()


EVENT_ID = "0b9a1f0e-2c1d-5e6f-8a7b-1c2d3e4f5a6b"
KEPT = json.dumps({"complaint_id": EVENT_ID, "event_id": EVENT_ID, "duplicate_safe": True}).encode()


@pytest.mark.parametrize(
    ("status", "body", "decision"),
    [
        (202, KEPT, Decision("taken", "accepted")),
        (422, problem("mail-loop"), Decision("refused", "mail-loop")),
        (422, problem("invalid"), Decision("refused", "invalid")),
        (413, problem("too-large"), Decision("refused", "too-large")),
        (413, b"<html>413 of a proxy", Decision("refused", "too-large")),
        (500, problem("internal"), Decision("left", "internal")),
        (401, problem("expired-key"), Decision("wait", "expired-key")),
        (403, problem("wrong-channel"), Decision("wait", "wrong-channel")),
        (403, b"a proxy's page", Decision("wait", "key-refused")),
        (408, problem("upload-timeout"), Decision("wait", "upload-timeout")),
        (429, problem("rate-exceeded"), Decision("wait", "rate-exceeded")),
        (503, problem("kafka-away"), Decision("wait", "kafka-away")),
        (502, b"bad gateway", Decision("wait", "unavailable")),
        (422, problem("unknown-channel"), Decision("wait", "unknown-channel")),
        (404, problem("not-found"), Decision("wait", "not-found")),
        (404, b"<html>somebody else's 404", Decision("wait", "not-intake")),
        (415, problem("unsupported-media-type"), Decision("wait", "unsupported-media-type")),
        (202, b"", Decision("wait", "not-intake")),
        (202, b'{"event_id": "ann@example.org"}', Decision("wait", "not-intake")),
        (200, KEPT, Decision("wait", "not-intake")),
        (302, b"", Decision("wait", "not-intake")),
        (501, b"", Decision("wait", "not-intake")),
        (422, b'{"type": "urn:redress:problem:mail-loop from=a@b"}', Decision("wait", "not-intake")),
        (422, b"[" * 100_000, Decision("wait", "not-intake")),
    ],
)
def test_a_mail_is_set_apart_only_for_what_intake_says_of_that_mail(
    status: int, body: bytes, decision: Decision
) -> None:
    assert decide(read_answer(status, None, body)) == decision


@pytest.mark.parametrize(
    ("retry_after", "seconds"), [("2", 2), (None, 0), ("999", 300), ("-1", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0)]
)
def test_intake_says_how_long_to_wait_up_to_five_minutes(retry_after: str | None, seconds: int) -> None:
    assert decide(read_answer(503, retry_after, problem("kafka-away"))) == Decision("wait", "kafka-away", seconds)


def test_no_answer_at_all_is_waited_for() -> None:
    assert decide(Answer(0)) == Decision("wait", "no-answer")


@pytest.mark.parametrize("reason", PROBLEMS)
def test_every_reason_of_intake_is_read_and_none_is_taken_for_an_acceptance(reason: str) -> None:
    status, _ = PROBLEMS[reason]  # type: ignore[index]
    decision = decide(read_answer(status, None, problem(reason.replace("_", "-"))))
    assert decision.fate != "taken"
    assert decision.reason == reason.replace("_", "-")


@given(st.integers(100, 599), st.one_of(st.none(), st.text()), st.binary())
def test_whatever_comes_back_nothing_is_taken_without_an_event(
    status: int, retry_after: str | None, body: bytes
) -> None:
    answer = read_answer(status, retry_after, body)
    assert (decide(answer).fate == "taken") == (status == 202 and answer.event_id is not None)
