"""Examples and topics govern each other: every event has an example, and every example says what it should."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from redress.publishing.documents import TOPICS
from redress.publishing.json_schema import topic_schema
from redress.publishing.parties import readers, writers
from schemas.codec import DecodeError, encode
from schemas.events import LIFECYCLE_RANK
from schemas.topics import ALL, COMPLAINT_EVENTS, SURVEY_RESPONSES, Topic

EXAMPLES = {path.stem: path for path in sorted((Path(__file__).parents[2] / "schemas" / "examples").iterdir())}
CARRIED = [(topic, model.model_fields["type"].default) for topic in TOPICS for model in topic.events]
WRONG = (
    None,
    True,
    -1,
    1.5,
    2**53,
    "",
    "x",
    "a\0",
    "x" * 201,
    [],
    [None],
    {},
    {"": 1},
    {"a": None},
    {"a\0": 1},
    {"a": 1},
)

every_carried_event = pytest.mark.parametrize(
    ("topic", "event_type"), [pytest.param(topic, name, id=f"{topic.name}/{name}") for topic, name in CARRIED]
)
formats = FormatChecker(formats=())


@formats.checks("date-time", raises=ValueError)
def _is_aware(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def example(event_type: str) -> Any:
    return json.loads(EXAMPLES[event_type].read_text(encoding="utf-8"))


def validator(topic: Topic[Any]) -> Draft202012Validator:
    return Draft202012Validator(topic_schema(topic), format_checker=formats)


def validator_of_event(topic: Topic[Any], event_type: str) -> Draft202012Validator:
    """The one branch of the topic's schema: trying all of them for every wrong value takes half a minute."""
    schema = topic_schema(topic)
    branch = schema.get("discriminator", {}).get("mapping", {}).get(event_type)
    alone = schema if branch is None else {"$ref": branch, "$defs": schema["$defs"]}
    return Draft202012Validator(alone, format_checker=formats)


def texts_in(value: Any) -> list[str]:
    """Every text in a JSON value, however deep."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts_in(inner)]
    return [value] if value else []


def decodes(topic: Topic[Any], event: object) -> bool:
    try:
        topic.codec.decode(json.dumps(event).encode())
    except DecodeError:
        return False
    return True


def test_every_event_has_an_example_and_every_example_is_an_event_s() -> None:
    assert set(EXAMPLES) == {event_type for _, event_type in CARRIED}
    assert all(path.suffix == ".json" for path in EXAMPLES.values())


@every_carried_event
def test_an_example_decodes_under_its_topic_and_encodes_to_itself(topic: Topic[Any], event_type: str) -> None:
    event = topic.codec.decode(EXAMPLES[event_type].read_bytes())
    assert event.type == event_type
    assert json.loads(encode(event)) == example(event_type)


@every_carried_event
def test_an_example_is_valid_under_the_schema_of_its_topic(topic: Topic[Any], event_type: str) -> None:
    validator(topic).validate(example(event_type))


@every_carried_event
def test_schema_and_decoder_agree_on_what_a_field_may_be(topic: Topic[Any], event_type: str) -> None:
    schema = validator_of_event(topic, event_type)
    for field in example(event_type).keys() - {"value"}:  # of a dead letter: base64 is nothing that a schema checks
        for wrong in WRONG:
            event = example(event_type) | {field: wrong}
            assert schema.is_valid(event) == decodes(topic, event), (field, wrong)


@every_carried_event
def test_schema_and_decoder_agree_on_what_may_be_missing(topic: Topic[Any], event_type: str) -> None:
    schema = validator_of_event(topic, event_type)
    for field in example(event_type).keys() - {"type"}:
        event = {name: value for name, value in example(event_type).items() if name != field}
        assert schema.is_valid(event) == decodes(topic, event), field


@every_carried_event
def test_every_published_event_names_its_type(topic: Topic[Any], event_type: str) -> None:
    event = {name: value for name, value in example(event_type).items() if name != "type"}
    assert not validator(topic).is_valid(event)


def test_only_what_customers_wrote_can_name_a_person() -> None:
    """Derived events carry nothing personal, so nothing of the examples' people may be found in them."""
    written = [example(name)["personal"] for name in EXAMPLES if "personal" in example(name)]
    words = [word for personal in written for word in texts_in(personal)]
    assert words
    for name, path in EXAMPLES.items():
        text = path.read_text(encoding="utf-8")
        assert "personal" in example(name) or not any(word in text for word in words)


def test_the_example_of_a_dead_letter_is_one() -> None:
    letter = example("dead_letter")
    with pytest.raises(DecodeError) as caught:
        COMPLAINT_EVENTS.codec.decode(b64decode(letter["value"]))
    assert (caught.value.reason, caught.value.detail) == (letter["reason"], letter["detail"])


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_says_who_writes_it_who_reads_it_and_why(topic: Topic[Any]) -> None:
    assert re.fullmatch(r"(redress-[a-z]+-(by-[a-z]+|commands)|[a-z]+-([a-z]+|{name})|{topic}-dlq)", topic.name)
    assert writers(topic)
    assert readers(topic)
    assert topic.description.endswith(".")
    assert topic.key


def test_no_two_topics_share_a_name() -> None:
    names = [topic.name for topic in TOPICS]
    assert len(names) == len(set(names))


def test_an_event_type_names_one_model() -> None:
    models = {model for topic in TOPICS for model in topic.events}
    assert len(models) == len({model.model_fields["type"].default for model in models}) == len(EXAMPLES)


def test_events_of_one_instant_fold_in_the_order_of_the_lifecycle() -> None:
    """Ids and folds of every service depend on it."""
    assert sorted(LIFECYCLE_RANK, key=LIFECYCLE_RANK.__getitem__) == [
        "complaint_received",
        "complaint_acknowledged",
        "agent_released",
        "agent_assigned",
        "agent_replied",
        "reply_delivered",
        "customer_replied",
        "complaint_paused",
        "complaint_resumed",
        "complaint_classified",
        "complaint_reclassified",
        "complaint_escalated",
        "deadline_extended",
        "promise_made",
        "cause_found",
        "complaint_linked",
        "complaint_unlinked",
        "complaint_referred",
        "external_decision",
        "suggestion_accepted",
        "complaint_resolved",
        "complaint_reopened",
        "complaint_closed",
        "complaint_withdrawn",
        "customer_erased",
        "clock_advanced",
    ]
    assert set(LIFECYCLE_RANK) == {event_type for topic, event_type in CARRIED if topic is COMPLAINT_EVENTS}


FIRST_VOCABULARY = (
    "complaint_received",
    "complaint_acknowledged",
    "agent_assigned",
    "agent_replied",
    "customer_replied",
    "complaint_paused",
    "complaint_resumed",
    "complaint_reclassified",
    "complaint_escalated",
    "deadline_extended",
    "suggestion_accepted",
    "complaint_resolved",
    "complaint_reopened",
    "complaint_closed",
    "complaint_withdrawn",
    "clock_advanced",
)


def test_a_new_type_of_event_stands_between_others_and_moves_none_of_them_past_another() -> None:
    """Complaints that are folded already would fold in another order, and their alerts get other ids."""
    assert tuple(name for name in LIFECYCLE_RANK if name in FIRST_VOCABULARY) == FIRST_VOCABULARY


def test_the_words_of_people_stand_in_personal_and_nowhere_else() -> None:
    """A text that is no name, no code and no id is one that a person wrote."""
    for topic in (COMPLAINT_EVENTS, SURVEY_RESPONSES):
        for model in topic.events:
            for name, field in model.model_json_schema()["properties"].items():
                kinds = field.get("anyOf", [field])
                assert all(kind.get("maxLength", 0) < 100_000 for kind in kinds), (model.__name__, name)


def test_queues_are_compacted_and_dead_letters_go_after_a_month() -> None:
    kept = {topic.name: topic.config for topic in TOPICS}
    assert kept["queue-{name}"] == {"cleanup.policy": "compact"}
    assert kept["{topic}-dlq"]["retention.ms"] == str(30 * 86_400_000)
    assert kept["complaint-events"] == {"cleanup.policy": "delete", "retention.ms": "-1"}
    assert kept["sla-clocks"]["min.compaction.lag.ms"] == str(30 * 86_400_000)


def test_a_dead_letter_topic_takes_a_record_as_large_as_any_topic_takes_in_base64() -> None:
    largest = 1_048_588  # Kafka's default max.message.bytes
    assert all(int(topic.dead_letters.config["max.message.bytes"]) > largest * 4 / 3 + 10_000 for topic in ALL)
