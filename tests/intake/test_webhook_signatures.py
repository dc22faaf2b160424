"""Who sends a webhook: for each way of signing, what is right, wrong, missing, old, or made with another secret."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from urllib.parse import urlencode

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.refusals import RequestRefused
from services.intake.domain.signatures import (
    HmacHeader,
    StandardWebhooks,
    TelegramToken,
    Twilio,
    WebhookCall,
    WeChat,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SECONDS = str(int(NOW.timestamp()))
BODY = b'{"text": "\xe9\x80\x80\xe6\xac\xbe"}'
KEY, OTHER = b"0123456789abcdef0123456789abcdef", b"another-secret-of-thirty-two-byt"
URL = "https://shop.example/v1/channels/sms/webhook?site=1"
FORM = {"Body": "Tschüß & bye", "From": "+14155550100", "MessageSid": "SM1", "Empty": ""}


def standard_headers(key=KEY, body=BODY, message_id="msg_1", seconds=SECONDS):
    mac = hmac.digest(key, b".".join([message_id.encode(), seconds.encode(), body]), "sha256")
    signature = "v1," + b64encode(mac).decode()
    return {"webhook-id": message_id, "webhook-timestamp": seconds, "webhook-signature": signature}


def hmac_headers(key=KEY, body=BODY):
    return {"x-hub-signature-256": "sha256=" + hmac.digest(key, body, "sha256").hex()}


def twilio_headers(key=KEY, url=URL, fields=None):
    signed = url + "".join(name + value for name, value in sorted((fields or FORM).items()))
    return {"x-twilio-signature": b64encode(hmac.digest(key, signed.encode(), "sha1")).decode()}


def wechat_query(key=KEY, seconds=SECONDS, nonce="42"):
    signature = sha1("".join(sorted([key.decode(), seconds, nonce])).encode()).hexdigest()  # noqa: S324
    return {"signature": signature, "timestamp": seconds, "nonce": nonce}


STANDARD = StandardWebhooks((KEY,))
HUB = HmacHeader((KEY,), "X-Hub-Signature-256", prefix="sha256=")
TWILIO = Twilio((KEY,), URL)
TELEGRAM = TelegramToken((KEY,))
WECHAT = WeChat((KEY,))
TOKEN_HEADER = "x-telegram-bot-api-secret-token"
OLD = str(int((NOW - timedelta(minutes=6)).timestamp()))
EARLY = str(int((NOW + timedelta(minutes=6)).timestamp()))
LATE_BUT_RIGHT = str(int((NOW - timedelta(minutes=4)).timestamp()))
TWO = {
    "webhook-signature": standard_headers(OTHER)["webhook-signature"] + " " + standard_headers()["webhook-signature"]
}
TAMPERED = BODY.replace(b"text", b"test")

RIGHT = {
    "standard": (STANDARD, standard_headers(), {}, BODY),
    "standard, four minutes ago": (STANDARD, standard_headers(seconds=LATE_BUT_RIGHT), {}, BODY),
    "standard, with two signatures": (STANDARD, standard_headers() | TWO, {}, BODY),
    "standard, with the second of two secrets": (StandardWebhooks((OTHER, KEY)), standard_headers(), {}, BODY),
    "standard, an empty body": (STANDARD, standard_headers(body=b""), {}, b""),
    "hmac": (HUB, hmac_headers(), {}, BODY),
    "hmac, with the second of two secrets": (
        HmacHeader((OTHER, KEY), HUB.header, HUB.prefix), hmac_headers(), {}, BODY,
    ),
    "hmac, sha1 in base64 without a prefix": (
        HmacHeader((KEY,), "X-Signature", digest="sha1", encoding="base64"),
        {"x-signature": b64encode(hmac.digest(KEY, BODY, "sha1")).decode()}, {}, BODY,
    ),
    "twilio": (TWILIO, twilio_headers(), {}, urlencode(FORM).encode()),
    "telegram": (TELEGRAM, {TOKEN_HEADER: KEY.decode()}, {}, BODY),
    "wechat": (WECHAT, {}, wechat_query(), BODY),
    "wechat, in the other order of the alphabet": (WECHAT, {}, wechat_query(nonce="zebra"), BODY),
}  # fmt: skip

WRONG = {
    "standard, another secret": (STANDARD, standard_headers(OTHER), {}, BODY, "wrong_signature"),
    "standard, another body": (STANDARD, standard_headers(), {}, TAMPERED, "wrong_signature"),
    "standard, another id": (STANDARD, standard_headers() | {"webhook-id": "msg_2"}, {}, BODY, "wrong_signature"),
    "standard, another time": (STANDARD, standard_headers() | {"webhook-timestamp": LATE_BUT_RIGHT}, {}, BODY, "wrong_signature"),  # noqa: E501
    "standard, garbage": (STANDARD, standard_headers() | {"webhook-signature": "garbage"}, {}, BODY, "wrong_signature"),
    "standard, another version": (STANDARD, standard_headers() | {"webhook-signature": "v1a" + standard_headers()["webhook-signature"][2:]}, {}, BODY, "wrong_signature"),  # noqa: E501
    "standard, behind many others": (STANDARD, standard_headers() | {"webhook-signature": "v1,x " * 20 + standard_headers()["webhook-signature"]}, {}, BODY, "wrong_signature"),  # noqa: E501
    "standard, replayed": (STANDARD, standard_headers(seconds=OLD), {}, BODY, "stale_signature"),
    "standard, in the future": (STANDARD, standard_headers(seconds=EARLY), {}, BODY, "stale_signature"),
    "standard, no time": (STANDARD, standard_headers(seconds="now"), {}, BODY, "stale_signature"),
    "standard, a time without end": (STANDARD, standard_headers(seconds="9" * 5_000), {}, BODY, "stale_signature"),
    "standard, unsigned": (STANDARD, standard_headers() | {"webhook-signature": ""}, {}, BODY, "missing_signature"),
    "standard, without an id": (STANDARD, standard_headers() | {"webhook-id": ""}, {}, BODY, "missing_signature"),
    "standard, without any": (STANDARD, {}, {}, BODY, "missing_signature"),
    "hmac, another secret": (HUB, hmac_headers(OTHER), {}, BODY, "wrong_signature"),
    "hmac, another body": (HUB, hmac_headers(), {}, TAMPERED, "wrong_signature"),
    "hmac, without its prefix": (HUB, {"x-hub-signature-256": hmac_headers()["x-hub-signature-256"][7:]}, {}, BODY, "wrong_signature"),  # noqa: E501
    "hmac, not ASCII": (HUB, {"x-hub-signature-256": "sha256=\xe9"}, {}, BODY, "wrong_signature"),
    "hmac, unsigned": (HUB, {}, {}, BODY, "missing_signature"),
    "twilio, another secret": (TWILIO, twilio_headers(OTHER), {}, urlencode(FORM).encode(), "wrong_signature"),
    "twilio, another field": (TWILIO, twilio_headers(), {}, urlencode(FORM | {"Body": ""}).encode(), "wrong_signature"),
    "twilio, a field more": (TWILIO, twilio_headers(), {}, urlencode(FORM | {"More": ""}).encode(), "wrong_signature"),
    "twilio, another address": (TWILIO, twilio_headers(url=URL + "2"), {}, urlencode(FORM).encode(), "wrong_signature"),
    "twilio, unsigned": (TWILIO, {}, {}, urlencode(FORM).encode(), "missing_signature"),
    "twilio, no form": (TWILIO, twilio_headers(), {}, b"\xff", "malformed_form"),
    "telegram, another secret": (TELEGRAM, {TOKEN_HEADER: OTHER.decode()}, {}, BODY, "wrong_signature"),
    "telegram, the beginning of it": (TELEGRAM, {TOKEN_HEADER: KEY.decode()[:-1]}, {}, BODY, "wrong_signature"),
    "telegram, unsigned": (TELEGRAM, {}, {}, BODY, "missing_signature"),
    "wechat, another secret": (WECHAT, {}, wechat_query(OTHER), BODY, "wrong_signature"),
    "wechat, another nonce": (WECHAT, {}, wechat_query() | {"nonce": "43"}, BODY, "wrong_signature"),
    "wechat, another time": (WECHAT, {}, wechat_query() | {"timestamp": LATE_BUT_RIGHT}, BODY, "wrong_signature"),
    "wechat, replayed": (WECHAT, {}, wechat_query(seconds=OLD), BODY, "stale_signature"),
    "wechat, unsigned": (WECHAT, {}, {"timestamp": SECONDS, "nonce": "42"}, BODY, "missing_signature"),
    "wechat, without a nonce": (WECHAT, {}, wechat_query() | {"nonce": ""}, BODY, "missing_signature"),
}  # fmt: skip


def check(verification, headers, query, body):
    verification.check(WebhookCall(headers, query, body, NOW))


@pytest.mark.parametrize("name", RIGHT)
def test_a_call_that_its_sender_signed_is_let_in(name) -> None:
    check(*RIGHT[name])


@pytest.mark.parametrize("name", WRONG)
def test_a_call_that_its_sender_did_not_sign_is_refused_by_name(name) -> None:
    *call, reason = WRONG[name]
    with pytest.raises(RequestRefused) as caught:
        check(*call)
    assert caught.value.reason == reason


def test_the_published_example_of_standard_webhooks_is_let_in() -> None:
    key = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    then = datetime.fromtimestamp(1614265330, UTC)
    StandardWebhooks((key,)).check(WebhookCall(headers, {}, b'{"test": 2432232314}', then))


def test_the_published_example_of_twilio_is_let_in() -> None:
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    verification = Twilio((b"12345",), "https://mycompany.com/myapp.php?foo=1&bar=2")
    headers = {"x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}
    verification.check(WebhookCall(headers, {}, urlencode(fields).encode(), NOW))


@given(st.text(st.characters(codec="utf-8")), st.binary(min_size=24, max_size=64))
def test_what_the_library_of_standard_webhooks_signs_is_let_in(text, key) -> None:
    signature = standardwebhooks.Webhook(key).sign("msg_1", NOW, text)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": SECONDS, "webhook-signature": signature}
    check(StandardWebhooks((key,)), headers, {}, text.encode())


ANY_HEADER = st.text(st.characters(max_codepoint=255), max_size=60)
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature", "x-hub-signature-256", "x-twilio-signature")


@given(
    st.sampled_from([STANDARD, HUB, TWILIO, TELEGRAM, WECHAT]),
    st.dictionaries(st.sampled_from([*HEADERS, TOKEN_HEADER]), ANY_HEADER),
    st.dictionaries(st.sampled_from(["signature", "timestamp", "nonce"]), st.text(st.characters(codec="utf-8"))),
    st.binary(),
)
def test_any_call_is_refused_in_our_words(verification, headers, query, body) -> None:
    with suppress(RequestRefused):
        check(verification, headers, query, body)
        pytest.fail("nobody signed it")


def test_a_secret_is_not_shown_where_a_verification_is() -> None:
    for verification in (STANDARD, HUB, TWILIO, TELEGRAM, WECHAT):
        assert KEY.decode() not in repr(verification)
