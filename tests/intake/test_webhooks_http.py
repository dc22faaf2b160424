"""Webhooks over HTTP: what a sender reads, what is kept, and that no API key is asked for."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from hashlib import sha1
from urllib.parse import urlencode

import httpx
import pytest
import structlog
from prometheus_client import REGISTRY

from schemas.topics import COMPLAINT_EVENTS
from services.intake.app import build
from services.intake.callers import Keyring
from services.intake.domain.arrivals import Sender
from services.intake.domain.identity import derive_complaint_id
from services.intake.domain.signatures import HmacHeader, StandardWebhooks, TelegramToken, Twilio, WeChat
from services.intake.domain.survey_answers import Surveys
from services.intake.domain.webhooks import Challenge, Success, Webhook
from services.intake.fresh_id import uuid7
from services.intake.sender_description import read_sender
from tests.intake.conftest import KEYS, FakeKafka
from tests.intake.test_intake_http import assert_problem
from tests.intake.test_webhook_senders import CREATED, STATUS, TEXT, wechat, whatsapp
from tests.intake.test_webhook_signatures import hmac_headers, standard_headers, twilio_headers
from tests.intake.test_wechat_encryption import ENCRYPTED, TOKEN, encrypt

pytestmark = pytest.mark.asyncio

KEY = b"0123456789abcdef0123456789abcdef"
URL = "https://shop.example/v1/channels/twilio/webhook"
VERIFICATIONS = {
    "whatsapp": HmacHeader((KEY,), "X-Hub-Signature-256", prefix="sha256="),
    "twilio": Twilio((KEY,), URL),
    "wechat": WeChat((KEY,)),
    "wechat-encrypted": ENCRYPTED,
    "telegram": TelegramToken((KEY,)),
    "standard-webhooks": StandardWebhooks((KEY,)),
}
CHALLENGES = {"whatsapp": Challenge("hub.verify_token", "hub.challenge", (b"a-token-of-ours", b"the-one-before"))}


def webhook_of(sender):
    described = read_sender(sender.removesuffix("-encrypted"))
    return Webhook(
        channel=sender,
        owner="shop",
        verification=VERIFICATIONS[sender],
        body_kind=described.body,
        mapping=described.mapping(),
        success=Success(**described.success.model_dump()),
        challenge=CHALLENGES.get(sender),
    )


@pytest.fixture(scope="module")
def hooked():
    """Every sender has a channel of its own name, and callers of everything else have to show a key."""
    kafka = FakeKafka()
    sender = Sender("local", frozenset(VERIFICATIONS), uuid7)
    webhooks = {name: webhook_of(name) for name in VERIFICATIONS}
    return build(sender, Surveys(KEYS, stream_time=False), kafka, Keyring({}), webhooks=webhooks), kafka


@pytest.fixture
def kafka(hooked):
    hooked[1].__init__()
    return hooked[1]


@pytest.fixture
def post(hooked, kafka):
    async def post(channel, body, headers=None, query=None):
        transport = httpx.ASGITransport(hooked[0])
        async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
            path = f"/v1/channels/{channel}/webhook"
            return await client.post(path, content=body, headers=headers, params=query)

    return post


@pytest.fixture
def ask(hooked, kafka):
    async def ask(channel, query):
        transport = httpx.ASGITransport(hooked[0])
        async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
            return await client.get(f"/v1/channels/{channel}/webhook", params=query)

    return ask


def signed_now(nonce="42"):
    seconds = str(int(datetime.now(UTC).timestamp()))
    signature = sha1("".join(sorted([KEY.decode(), seconds, nonce])).encode()).hexdigest()  # noqa: S324
    return {"signature": signature, "timestamp": seconds, "nonce": nonce}


def of(sender):
    """Body, headers and query of a call that is right at this moment."""
    seconds = str(int(datetime.now(UTC).timestamp()))
    form = {"MessageSid": "SM1", "From": "+14155550100", "To": "+14155550199", "Body": "Charged twice", "NumMedia": "0"}
    created = json.dumps(CREATED).encode()
    message = {"message": {"date": 1749416383, "chat": {"id": 7}, "from": {"id": 7}, "text": "x"}, "update_id": 1}
    return {
        "whatsapp": (whatsapp(TEXT), hmac_headers(KEY, whatsapp(TEXT)), None),
        "twilio": (urlencode(form).encode(), twilio_headers(KEY, URL, form), None),
        "wechat": (wechat("text", "<Content>x</Content><MsgId>1</MsgId>"), None, signed_now()),
        "wechat-encrypted": (b"<xml><Encrypt>AAAA</Encrypt></xml>", None, {"timestamp": seconds, "nonce": "42"}),
        "telegram": (json.dumps(message).encode(), {"X-Telegram-Bot-Api-Secret-Token": KEY.decode()}, None),
        "standard-webhooks": (created, standard_headers(KEY, created, seconds=seconds), None),
    }[sender]


@pytest.mark.parametrize(
    ("sender", "status", "media_type", "body"),
    [
        ("whatsapp", 200, None, ""),
        ("twilio", 200, "text/xml; charset=utf-8", "<Response/>"),
        ("wechat", 200, "text/plain; charset=utf-8", "success"),
        ("telegram", 200, None, ""),
        ("standard-webhooks", 204, None, ""),
    ],
)
async def test_a_call_is_kept_and_its_sender_reads_what_it_expects(kafka, post, sender, status, media_type, body):
    answers = [await post(sender, *of(sender)) for _ in range(2)]
    for answer in answers:
        assert (answer.status_code, answer.headers.get("content-type"), answer.text) == (status, media_type, body)
    first, again = (COMPLAINT_EVENTS.codec.decode(record.value) for record in kafka.records)
    assert (first.type, first.channel) == ("complaint_received", sender)
    assert (first.event_id, first.complaint_id) == (again.event_id, again.complaint_id)
    assert kafka.records[0].key.decode() == first.complaint_id


@pytest.mark.parametrize("sender", VERIFICATIONS)
async def test_a_call_without_its_signature_is_refused_and_no_key_is_asked_for(kafka, post, sender):
    answer = await post(sender, of(sender)[0])
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:redress:problem:missing-signature")
    assert "www-authenticate" not in answer.headers
    assert kafka.records == []


@pytest.mark.parametrize("sender", VERIFICATIONS)
async def test_an_api_key_does_not_stand_in_for_a_signature(post, sender):
    answer = await post(sender, of(sender)[0], {"Authorization": "Bearer x"})
    assert answer.json()["type"] == "urn:redress:problem:missing-signature"


async def test_a_signature_is_over_the_bytes_that_came_and_is_looked_at_before_they_are_read(post):
    broken = b'{"entry": '
    wrong = await post("whatsapp", broken, hmac_headers(KEY, whatsapp(TEXT)))
    right = await post("whatsapp", broken, hmac_headers(KEY, broken))
    assert_problem(wrong, 403, "wrong-signature")
    assert_problem(right, 400, "malformed-json", "")
    spaced = json.dumps(json.loads(whatsapp(TEXT)), indent=3).encode()
    assert (await post("whatsapp", spaced, hmac_headers(KEY, spaced))).status_code == 200
    packed = {**hmac_headers(KEY, spaced), "Content-Encoding": "gzip"}
    assert (await post("whatsapp", gzip.compress(spaced), packed)).status_code == 200


async def test_receipts_are_acknowledged_counted_and_dropped(kafka, post):
    def counted():
        labels = {"channel": "whatsapp", "reason": "delivery_status"}
        return REGISTRY.get_sample_value("redress_intake_ignored_total", labels) or 0.0

    before, body = counted(), whatsapp(statuses=[STATUS, STATUS])
    assert (await post("whatsapp", body, hmac_headers(KEY, body))).status_code == 200
    assert kafka.records == []
    assert counted() == before + 2


async def test_what_the_mapping_does_not_fit_is_refused_and_the_operator_is_told_without_personal_data(kafka, post):
    body = whatsapp(TEXT, TEXT | {"id": "wamid.E==", "text": {"body": ["Ann Example"]}})
    with structlog.testing.capture_logs() as logs:
        answer = await post("whatsapp", body, hmac_headers(KEY, body))
    assert_problem(answer, 422, "invalid", "/body")
    assert len(kafka.records) == 1
    (line,) = logs
    assert (line["channel"], line["reason"], line["places"]) == ("whatsapp", "invalid", ["/body"])
    assert "Ann" not in str(line)
    nothing = b'{"object": "page"}'
    with structlog.testing.capture_logs() as logs:
        assert_problem(await post("whatsapp", nothing, hmac_headers(KEY, nothing)), 422, "unmapped")
    assert [one["reason"] for one in logs] == ["unmapped"]


async def test_a_stranger_writes_no_line_of_log(post):
    with structlog.testing.capture_logs() as logs:
        await post("whatsapp", b"{}", hmac_headers(b"x", b"{}"))
        await post("twilio", b"%FF=", {"x-twilio-signature": "x"})
    assert logs == []


async def test_while_kafka_is_away_a_sender_is_asked_to_come_back(kafka, post):
    kafka.ready = False
    assert_problem(await post("whatsapp", *of("whatsapp")), 503, "kafka-away")
    receipts = whatsapp(statuses=[STATUS])
    assert (await post("whatsapp", receipts, hmac_headers(KEY, receipts))).status_code == 200


async def test_meta_s_challenge_is_answered_to_who_knows_the_token(ask):
    def query(token):
        return {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444"}

    for token in ("a-token-of-ours", "the-one-before"):
        answer = await ask("whatsapp", query(token))
        assert (answer.status_code, answer.text) == (200, "1158201444")
        assert answer.headers["content-type"].startswith("text/plain")
    for token in ("another", "", "a-token-of-our", "ü"):
        refused = await ask("whatsapp", query(token))
        assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (403, "hub.verify_token")
        assert "1158201444" not in refused.text


async def test_wechat_s_challenge_is_answered_to_who_signs_it(ask):
    answer = await ask("wechat", signed_now() | {"echostr": "5837397520"})
    assert (answer.status_code, answer.text) == (200, "5837397520")
    wrong = await ask("wechat", signed_now() | {"echostr": "5837397520", "nonce": "43"})
    assert_problem(wrong, 403, "wrong-signature")
    unsigned = await ask("wechat", {"echostr": "<script>"})
    assert (unsigned.status_code, "<script>" in unsigned.text) == (403, False)


async def test_in_encrypted_mode_a_message_is_kept_and_one_in_clear_is_not(kafka, post):
    body = wechat("text", "<Content>Charged twice</Content><MsgId>1</MsgId>")
    seconds = str(int(datetime.now(UTC).timestamp()))
    text = encrypt(body)
    signed = sha1("".join(sorted([TOKEN.decode(), seconds, "42", text])).encode()).hexdigest()  # noqa: S324
    query = {"timestamp": seconds, "nonce": "42", "msg_signature": signed, "encrypt_type": "aes"}
    answer = await post("wechat-encrypted", f"<xml><Encrypt>{text}</Encrypt></xml>", query=query)
    assert (answer.status_code, answer.text) == (200, "success")
    (record,) = kafka.records
    assert COMPLAINT_EVENTS.codec.decode(record.value).personal.body == "Charged twice"
    clear = await post("wechat-encrypted", body, query=query)
    assert_problem(clear, 403, "missing-signature")
    assert len(kafka.records) == 1


async def test_who_asks_no_challenge_and_a_channel_without_a_webhook_have_nothing_there(ask, post):
    for answer in (await ask("twilio", {}), await ask("fax", {}), await post("fax", b"{}")):
        assert answer.json()["type"] == "urn:redress:problem:not-found"


async def test_the_owner_of_a_webhook_s_complaints_is_the_one_in_its_file(kafka, post):
    await post("standard-webhooks", *of("standard-webhooks"))
    event = COMPLAINT_EVENTS.codec.decode(kafka.records[0].value)
    assert event.complaint_id == derive_complaint_id("shop", "standard-webhooks", "A-1")
