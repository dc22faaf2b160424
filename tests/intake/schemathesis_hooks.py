"""What schemathesis has to be told of intake (SCHEMATHESIS_HOOKS): NDJSON, mails, a survey that exists, and the clock.

SURVEY_TOKEN is the token of a survey.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import RejectedPositiveData

NDJSON = "application/x-ndjson"
BEYOND_JSON_SCHEMA = {"urn:redress:problem:in-the-future", "urn:redress:problem:test-key"}
"""Problems of a request that is as described: no schema says what time it is, nor whose key it comes with."""
OPEN = {"/v1/cloudevents", "/v1/channels/{channel}/email"}
"""Calls whose bodies are described in part: no schema says what a mail is, and an event's data is that of its type."""
MAILS = sorted((Path(__file__).parent / "mail" / "corpus").glob("*/*.eml"))

schemathesis.openapi.media_type(
    "message/rfc822", st.one_of(st.sampled_from(MAILS).map(Path.read_bytes), st.binary(max_size=2_000))
)


@schemathesis.serializer(NDJSON)
def write_line(_: schemathesis.SerializationContext, line: Any) -> bytes:
    return line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n"


@schemathesis.serializer("message/rfc822")
def write_mail(_: schemathesis.SerializationContext, mail: Any) -> bytes:
    return mail if isinstance(mail, bytes) else str(mail).encode()


@schemathesis.hook
def before_call(_: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Half of the answers go to a survey that exists: one that is drawn never does."""
    if "survey_id" in case.path_parameters and case.meta is not None and case.meta.generation.mode.is_positive:
        case.path_parameters["survey_id"] = os.environ["SURVEY_TOKEN"]


@schemathesis.hook
def filter_failure(
    _: schemathesis.HookContext, failure: Any, case: schemathesis.Case, response: schemathesis.Response
) -> bool:
    """Whether it is one. A bulk request is taken whatever its lines are: which are refused, their results say."""
    if case.operation.path in OPEN and isinstance(failure, RejectedPositiveData | AcceptedNegativeData):
        return response.status_code not in (202, 400, 422)
    if isinstance(failure, RejectedPositiveData):
        return response.json()["type"] not in BEYOND_JSON_SCHEMA
    if isinstance(failure, AcceptedNegativeData):
        results = read_lines(response) if response.status_code == 200 else [{"status": response.status_code}]
        return any(result["status"] == 202 for result in results)
    return True


@schemathesis.check
def results_of_lines(_: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case) -> None:
    """Each is as described, and none refuses a line that is."""
    if case.media_type != NDJSON or response.status_code != 200:
        return
    document = case.operation.schema.raw_schema
    (described,) = document["paths"][case.operation.path]["post"]["responses"]["200"]["content"].values()
    validator = Draft202012Validator({**document, **described["schema"]})
    for result in read_lines(response):
        validator.validate(result)
        if case.meta is not None and case.meta.generation.mode.is_positive:
            assert result["status"] == 202 or result["type"] in BEYOND_JSON_SCHEMA, result


def read_lines(response: schemathesis.Response) -> list[dict[str, Any]]:
    return [json.loads(line) for line in response.content.splitlines()]
