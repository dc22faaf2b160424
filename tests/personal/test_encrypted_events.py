"""An event whose personal part is encrypted is read by every service as before, and by nobody what people wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas.codec import encode
from schemas.topics import COMPLAINT_EVENTS, SURVEY_RESPONSES
from services.config.personal_keys import PersonalKeys
from services.personal.encryption import Encryption
from services.personal.events import decrypt_event, encrypt_event, key_id_of

ENCRYPTION = Encryption(PersonalKeys(current="1", keys={"1": "11" * 32}, pseudonyms="aa" * 32))
EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
CANARY = "canary-4711"
TOPIC_OF = {
    event.model_fields["type"].default: (topic, event)
    for topic in (COMPLAINT_EVENTS, SURVEY_RESPONSES)
    for event in topic.events
    if "personal" in event.model_fields
}


def event_of(event_type: str, personal: dict[str, object]):
    example = json.loads((EXAMPLES / f"{event_type}.json").read_bytes())
    return TOPIC_OF[event_type][0].codec.decode(json.dumps({**example, "personal": personal}).encode())


def words_of(event_type: str) -> dict[str, object]:
    fields = TOPIC_OF[event_type][1].model_fields["personal"].annotation.model_fields
    texts = {name: CANARY for name in fields if name not in ("representative", "attributes")}
    return texts | ({"attributes": {"note": CANARY}, "representative": {"name": CANARY}} if len(fields) > 3 else {})


@pytest.mark.parametrize("event_type", sorted(TOPIC_OF))
def test_its_words_are_not_in_its_bytes_and_come_back_with_its_key(event_type: str) -> None:
    event = event_of(event_type, words_of(event_type))
    value, encrypted = encrypt_event(event, ENCRYPTION)
    assert CANARY.encode() in encode(event)
    assert CANARY.encode() not in value
    read = json.loads(value)
    assert key_id_of(read) == encrypted.key_id
    assert decrypt_event(read, encrypted.key, ENCRYPTION) == json.loads(encode(event))


@pytest.mark.parametrize("event_type", sorted(TOPIC_OF))
def test_services_read_all_else_of_it(event_type: str) -> None:
    event = event_of(event_type, words_of(event_type))
    value, _ = encrypt_event(event, ENCRYPTION)
    read = TOPIC_OF[event_type][0].codec.decode(value)
    assert read.model_dump(exclude={"personal"}) == event.model_dump(exclude={"personal"})


def test_an_event_in_which_nobody_wrote_anything_needs_no_key() -> None:
    assert encrypt_event(event_of("agent_replied", {}), ENCRYPTION) is None
    assert key_id_of(json.loads(encode(event_of("agent_replied", {})))) is None
