"""What a customer's browser asks for: the page of a survey, and its form sent back. The survey's token is the key."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import monotonic_ns

from starlette.responses import Response

from services.intake.bodies import Incoming
from services.intake.domain.arrivals import Accepted, Arrival, Sender
from services.intake.domain.rate_limit import SECOND, Rate, take
from services.intake.domain.refusals import InvalidField, RateExceeded, RequestRefused
from services.intake.domain.request_models import SURVEY_ANSWER
from services.intake.domain.survey_answers import Surveys, accept_survey_answer, verify_survey
from services.intake.survey_page import FORM, LONGEST_COMMENT, read_fields, show_form, show_refusal, show_thanks

FORMS = Rate(per_second=0.1, burst=5)
"""Of one survey: somebody changes their mind now and then, and nobody fills a topic with one link."""
MOST_SURVEYS = 10_000
"""Of which the last forms are known; the longest unused is forgotten."""


class SurveyCalls:
    """Shows surveys, and keeps what is answered by ``keep``."""

    def __init__(
        self, surveys: Surveys, anybody: Sender, keep: Callable[[Accepted, Incoming], Awaitable[Response]]
    ) -> None:
        self._surveys = surveys
        self._anybody = anybody
        self._keep = keep
        self._paid_until: OrderedDict[str, int] = OrderedDict()

    async def show(self, request: Incoming, survey_id: str) -> Response:
        """The page. Opening it changes nothing."""
        try:
            claims = verify_survey(survey_id, self._surveys.keys, datetime.now(UTC))
            return show_form(claims, request.language, self._anybody.fresh_id(), _read(request.url.query.encode()))
        except RequestRefused as refused:
            return show_refusal(refused.reason, request.language)

    async def vote(self, request: Incoming, survey_id: str) -> Response:
        """The form that was sent. The same form again is the same answer."""
        try:
            claims = verify_survey(survey_id, self._surveys.keys, datetime.now(UTC))
            request.require_media_type(FORM)
            fields = _read(await request.whole())
            try:
                accepted = self._accept(fields, survey_id)
            except InvalidField:
                return show_form(claims, request.language, self._anybody.fresh_id(), fields, error=True)
            self._let_pass(f"{claims.complaint_id} {claims.cycle}")
            await self._keep(accepted, request)
        except RequestRefused as refused:
            return show_refusal(refused.reason, request.language)
        return show_thanks(request.language)

    def _accept(self, fields: dict[str, str], survey_id: str) -> Accepted:
        score = fields.get("score", "")
        if not (score.isascii() and score.isdecimal() and len(score) < 4):
            raise InvalidField("/score", "this field is required")
        comment = fields.get("comment", "").strip()[:LONGEST_COMMENT].replace("\0", "")
        given = SURVEY_ANSWER.validate_python({"score": int(score), "comment": comment or None})
        key = fields.get("key", "")[:200] or self._anybody.fresh_id()
        return accept_survey_answer(given, survey_id, self._surveys, Arrival(self._anybody, (key,), datetime.now(UTC)))

    def _let_pass(self, survey: str) -> None:
        paid_until, wait = take(FORMS, self._paid_until.pop(survey, 0), monotonic_ns())
        self._paid_until[survey] = paid_until
        while len(self._paid_until) > MOST_SURVEYS:
            self._paid_until.popitem(last=False)
        if wait:
            raise RateExceeded(-(-wait // SECOND))


def _read(fields: bytes) -> dict[str, str]:
    try:
        return read_fields(fields)
    except ValueError:
        raise RequestRefused("malformed_request", "These are no fields of a form") from None
