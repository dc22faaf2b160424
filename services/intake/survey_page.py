"""The page on which a customer answers a survey. A link shows it, and only its button votes.

Mail providers open the links of a mail to look for harm: a link that voted would let them vote. The page has no
scripts, and nothing of it comes from elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from schemas.survey_token import SurveyClaims
from services.intake.domain.refusals import Reason
from services.intake.domain.survey_answers import SCORES
from services.intake.problems import PROBLEMS

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 20
LONGEST_COMMENT = 10_000

_FOLDER = Path(__file__).parent / "pages"
_TEXTS = json.loads((_FOLDER / "survey.json").read_text(encoding="utf-8"))
_STYLE = (_FOLDER / "survey.css").read_text(encoding="utf-8").strip()
_TEMPLATE = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
).get_template("survey.html")

STYLE_SOURCE = "'sha256-" + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode() + "'"
"""What a Content-Security-Policy has to allow for the page's own style, and no other."""


def show_form(claims: SurveyClaims, language: str, key: str, asked: dict[str, str], *, error: bool = False) -> Response:
    """The page with its form. ``asked`` are a link's or a form's fields, such as the score that a link preselects."""
    lowest, highest = SCORES[claims.metric]
    score = asked.get("score", "")
    page = _TEMPLATE.render(
        texts=_TEXTS[language],
        style=_STYLE,
        said="",
        error=error,
        key=key,
        metric=claims.metric,
        scores=range(lowest, highest + 1),
        chosen=int(score) if score.isascii() and score.isdecimal() and len(score) < 4 else None,
        comment=asked.get("comment", ""),
        longest_comment=LONGEST_COMMENT,
    )
    return HTMLResponse(page, 422 if error else 200)


def show_thanks(language: str) -> Response:
    """The answer has been kept."""
    return _say("thanks", language, 200)


def show_refusal(reason: Reason, language: str) -> Response:
    """Why there is nothing to answer, or why the answer was not kept."""
    status, _ = PROBLEMS[reason]
    return _say(reason if reason in _TEXTS[language] else "later", language, status)


def read_fields(query: bytes) -> dict[str, str]:
    """The fields of a form or of a link, the first of each name. Raises ValueError for what is neither."""
    found = parse_qs(query.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    return {name: values[0] for name, values in found.items()}


def _say(text: str, language: str, status: int) -> Response:
    texts = _TEXTS[language]
    return HTMLResponse(_TEMPLATE.render(texts=texts, style=_STYLE, said=texts[text]), status)
