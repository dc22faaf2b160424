"""Questions to a calendar as lines of JSON, and their answers: when is it due, how much was worked between."""

from __future__ import annotations

import json
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from schemas.codec import Codec, DecodeError
from schemas.instants import Instant, rfc3339
from services.worktime.calendar import Calendar
from services.worktime.target_text import Target


class Question(BaseModel):
    """From ``start``: when ``target`` (its text) is due, or how much is worked until ``end``."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    start: Instant
    target: str | None = None
    end: Instant | None = None


QUESTIONS: Codec[Question] = Codec(Question)


def answered(line: bytes, calendar: Calendar) -> bytes:
    """The answer to one line: ``due_at`` (RFC 3339, UTC), or ``working_seconds``, or the ``error`` in the question."""
    try:
        return _answered(QUESTIONS.decode(line), calendar)
    except DecodeError as error:
        return _error(error.detail)
    except ValueError as error:
        return _error(str(error))


def _answered(question: Question, calendar: Calendar) -> bytes:
    start, target, end = question.start, question.target, question.end
    if target is not None and end is None:
        return b'{"due_at":"%s"}' % rfc3339(calendar.due_at(start, _parsed(target))).encode()
    if end is not None and target is None:
        return b'{"working_seconds":%r}' % calendar.working_seconds(start, end)
    raise ValueError('ask with "start" and either "target" or "end"')


@lru_cache(maxsize=1_000)
def _parsed(target: str) -> Target:
    """Cached, because people ask for few targets of many instants."""
    return Target.parse(target)


def _error(text: str) -> bytes:
    return json.dumps({"error": text}, ensure_ascii=False).encode()
