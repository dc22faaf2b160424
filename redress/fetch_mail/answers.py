"""What intake answered to a mail goes in; what becomes of the mail comes out, with the reason. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

from schemas.primitives import UUID_PATTERN

Fate = Literal["taken", "refused", "left", "wait"]
"""taken: intake keeps it. refused: it never will. left: not now; others go first. wait: no mail gets through now."""

_EVENT_ID = re.compile(UUID_PATTERN)
_PROBLEM = re.compile(r"urn:redress:problem:([a-z-]{1,40})")
_SECONDS = re.compile(r"[0-9]{1,5}")

MISDIRECTED = {"not-found", "method-not-allowed", "unknown-channel", "unsupported-media-type"}
"""Problems that every mail would have: the call is wrong, not the mail."""
OF_THE_KEY = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
PASSING = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
LONGEST_WAIT_SECONDS = 300
"""However long Retry-After says: somebody may have mended it meanwhile."""


@dataclass(frozen=True)
class Answer:
    """What came back. ``status`` 0: nothing did. ``problem`` is intake's own word for what is wrong, if it is one."""

    status: int
    problem: str | None = None
    event_id: str | None = None
    retry_after: int | None = None


@dataclass(frozen=True)
class Decision:
    """``reason`` is of a closed set, or a problem of intake, and holds nothing of the mail."""

    fate: Fate
    reason: str
    wait_seconds: int = 0


def read_answer(status: int, retry_after: str | None, body: bytes) -> Answer:
    """An answer over HTTP; whatever else its body says is left out."""
    content = _read_object(body)
    problem = _PROBLEM.fullmatch(str(content.get("type")))
    event_id = _EVENT_ID.fullmatch(str(content.get("event_id")))
    return Answer(
        status,
        problem=problem[1] if problem else None,
        event_id=event_id[0] if event_id else None,
        retry_after=int(retry_after) if retry_after and _SECONDS.fullmatch(retry_after) else None,
    )


def decide(answer: Answer) -> Decision:
    """What becomes of the mail.

    Only intake itself refuses a mail for good, and only for what is wrong with that mail: with a wrong URL, channel or
    key, or behind a proxy that answers in intake's place, every mail waits. An exception is 413, which is about this
    body whoever says it. A defect of intake (500) may be met by this mail alone, so the ones behind it are tried.
    """
    status, wait_seconds = answer.status, min(answer.retry_after or 0, LONGEST_WAIT_SECONDS)
    if status == HTTPStatus.ACCEPTED and answer.event_id:
        return Decision("taken", "accepted")
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return Decision("refused", answer.problem or "too-large")
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return Decision("left", "internal")
    if status == 0:
        return Decision("wait", "no-answer")
    if status in PASSING:
        return Decision("wait", answer.problem or "unavailable", wait_seconds)
    if status in OF_THE_KEY:
        return Decision("wait", answer.problem or "key-refused")
    if 400 <= status < 500 and answer.problem and answer.problem not in MISDIRECTED:
        return Decision("refused", answer.problem)
    return Decision("wait", answer.problem or "not-intake")


def _read_object(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
