"""Each parser that strangers reach, as a function of bytes that may raise refusals alone.

``python -m tests.fuzz.targets NAME [libFuzzer's options] [FOLDER...]`` fuzzes one, guided by the coverage of our code.
"""

from __future__ import annotations

import asyncio
import sys
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime

import atheris

with atheris.instrument_imports(include=["schemas", "services"]):
    from schemas.codec import DecodeError, encode
    from schemas.external_names import canonical_name
    from schemas.free_text import PersonalDataKind
    from schemas.headers import valid_traceparent
    from schemas.instants import ExternalInstant
    from schemas.survey_token import InvalidSurveyToken, SurveyKeys, verify
    from schemas.topics import COMPLAINT_EVENTS
    from services.intake.decompression import DECOMPRESSORS, decompress
    from services.intake.domain.api_keys import find_key
    from services.intake.domain.arrivals import Arrival, Sender
    from services.intake.domain.bulk_lines import decide_bulk_line
    from services.intake.domain.cloud_event_modes import BATCH, JSON, STRUCTURED, accept_cloud_events
    from services.intake.domain.mails import accept_mail
    from services.intake.domain.refusals import RequestRefused
    from services.intake.domain.request_models import COMPLAINT, LIFECYCLE_EVENT, parse_body
    from services.intake.domain.webhook_bodies import read_body
    from services.intake.domain.webhook_mapping import accept_webhook
    from services.intake.lines import Lines
    from services.intake.mail.parse import parse_mail
    from services.intake.masking.masker import Masker
    from services.intake.sender_description import SHIPPED, read_sender
    from services.intake.translation import LANGUAGES, choose_language
    from services.languages import canonical_language
    from services.personal.encryption import Encryption, Unreadable

from typing import get_args

from pydantic import TypeAdapter, ValidationError

from services.config.personal_keys import PersonalKeys

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
CHANNELS = frozenset({"web", "email", "chat"})
SENDER = Sender("local", CHANNELS, lambda: "0192d0a0-0000-7000-8000-000000000000")
ARRIVAL = Arrival(SENDER, None, NOW)
KEYS = SurveyKeys.first(bytes(32))
ENCRYPTION = Encryption(PersonalKeys(current="1", keys={"1": "11" * 32}, pseudonyms="aa" * 32))
MASKER = Masker(get_args(PersonalDataKind))
INSTANT: TypeAdapter[datetime] = TypeAdapter(ExternalInstant)
KINDS = ("json", "form", "xml")
MAPPINGS = [read_sender(name).mapping() for name in SHIPPED]


def mail(data: bytes) -> None:
    """An e-mail is never malformed: whatever it is, it is a complaint, a reply, or a loop."""
    parsed = parse_mail(data)
    with suppress(RequestRefused):
        encode(accept_mail(parsed, "email", ARRIVAL).event)


def webhook(data: bytes) -> None:
    """The first byte chooses the kind of body and the mapping."""
    if not data:
        return
    with suppress(RequestRefused):
        body = read_body(KINDS[data[0] % 3], data[1:])
        accept_webhook(MAPPINGS[data[0] // 3 % len(MAPPINGS)], "chat", body, "call", ARRIVAL)


def cloud_events(data: bytes) -> None:
    """The first byte chooses the mode; in binary mode the attributes are lines before the first blank one."""
    if not data:
        return
    mode = (STRUCTURED, BATCH, JSON)[data[0] % 3]
    head, _, body = data[1:].partition(b"\n\n") if mode == JSON else (b"", b"", data[1:])
    headers = [tuple(line.decode("latin-1").partition(":")[::2]) for line in head.split(b"\n")]
    with suppress(RequestRefused):
        accept_cloud_events(mode, headers, body, ARRIVAL)


def bodies(data: bytes) -> None:
    """A complaint and an event as JSON; what is accepted is read again by consumers."""
    for adapter in (COMPLAINT, LIFECYCLE_EVENT):
        with suppress(RequestRefused):
            parse_body(adapter, data, {"sender": SENDER, "now": NOW})
    with suppress(DecodeError):
        COMPLAINT_EVENTS.codec.decode(data)


def bulk(data: bytes) -> None:
    """NDJSON in pieces of 7 bytes."""
    lines, found = Lines(), []
    with suppress(RequestRefused):
        for start in range(0, len(data), 7):
            found += lines.feed(data[start : start + 7])
        found += lines.end()
    for number, line in enumerate(found, 1):
        if line is not None:
            decided = decide_bulk_line(line, number, "key", SENDER, NOW)
            if not isinstance(decided, RequestRefused):
                encode(decided.event)


def compressed(data: bytes) -> None:
    """gzip and zstd, of whatever these bytes are and of what they become when they are compressed."""

    async def expand(encoding: str, body: bytes) -> None:
        async def received() -> AsyncIterator[bytes]:
            yield body

        with suppress(RequestRefused):
            async for _ in decompress(received(), encoding):
                pass

    for encoding in DECOMPRESSORS:
        asyncio.run(expand(encoding, data))
    asyncio.run(expand("gzip", zlib.compress(data, wbits=31)[: len(data) + 10]))


def headers(data: bytes) -> None:
    """What stands in headers and in paths: keys, languages, traces, names, instants, survey tokens."""
    text = data.decode("latin-1")
    assert find_key(text, {}) is None
    assert choose_language(text) in LANGUAGES
    valid_traceparent(data)
    with suppress(ValueError):
        assert canonical_name(canonical_name(text)) == canonical_name(text)
    with suppress(ValueError):
        canonical_language(text)
    with suppress(ValidationError):
        INSTANT.validate_python(text)
    with suppress(InvalidSurveyToken):
        verify(text, KEYS, NOW)
    with suppress(Unreadable):
        ENCRYPTION.key_id_of(text)


def masking(data: bytes) -> None:
    """A text that was masked is masked."""
    masked = MASKER.mask(data.decode("utf-8", "replace")).text
    assert MASKER.mask(masked).text == masked


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (mail, webhook, cloud_events, bodies, bulk, compressed, headers, masking)
}

if __name__ == "__main__":
    name, *options = sys.argv[1:]
    atheris.Setup([name, *options], TARGETS[name])
    atheris.Fuzz()
