"""The senders that are shipped, each on bodies of the shape that its own documentation shows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from schemas.ids import derived_id
from services.intake.domain.arrivals import Arrival, Sender
from services.intake.domain.refusals import RequestRefused
from services.intake.domain.webhook_bodies import read_body
from services.intake.domain.webhook_mapping import accept_webhook
from services.intake.sender_description import SHIPPED, read_sender

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
PHONE = "16505551234"


def take(sender: str, body: bytes, call_id: str | None = None):
    described = read_sender(sender)
    arrival = Arrival(Sender("local", frozenset({"chat"}), lambda: "fresh"), None, NOW)
    return accept_webhook(described.mapping(), "chat", read_body(described.body, body), call_id, arrival)


def only(outcome):
    assert (outcome.ignored, outcome.refused, len(outcome.accepted)) == ([], [], 1), outcome
    return outcome.accepted[0].event


def customer(sender_s_own: str) -> str:
    return derived_id("local", "chat", "customer", sender_s_own)


def whatsapp(*messages, field="messages", **more) -> bytes:
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"},
        "contacts": [{"profile": {"name": "Sheena Nelson"}, "wa_id": PHONE}],
        **({"messages": messages} if messages else {}),
        **more,
    }
    changes = [{"value": value, "field": field}]
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}).encode()


TEXT = {"from": PHONE, "id": "wamid.A==", "timestamp": "1749416383", "type": "text", "text": {"body": "Charged twice"}}
STATUS = {"id": "wamid.B==", "status": "delivered", "timestamp": "1750030073", "recipient_id": PHONE}


def test_whatsapp_text() -> None:
    event = only(take("whatsapp", whatsapp(TEXT)))
    assert (event.type, event.channel, event.external_ref) == ("complaint_received", "chat", "wamid.A==")
    assert event.occurred_at == datetime.fromtimestamp(1749416383, UTC)
    assert (event.personal.body, event.personal.subject) == ("Charged twice", "")
    assert (event.personal.name, event.personal.contact) == ("Sheena Nelson", "+" + PHONE)
    assert event.customer.id == customer(PHONE)
    assert event.personal.attributes == {"whatsapp_type": "text", "whatsapp_number": "15550783881"}


def test_whatsapp_keeps_a_phone_number_nowhere_but_in_personal() -> None:
    (accepted,) = take("whatsapp", whatsapp(TEXT)).accepted
    outside = accepted.event.model_dump_json(exclude={"personal"})
    assert PHONE not in outside


def test_whatsapp_knows_a_user_by_the_business_scoped_id_where_there_is_no_number() -> None:
    without = {name: value for name, value in TEXT.items() if name != "from"} | {"from_user_id": "US.1349120865530"}
    hidden = only(take("whatsapp", whatsapp(without)))
    shown = only(take("whatsapp", whatsapp(TEXT | {"from_user_id": "US.1349120865530"})))
    assert hidden.customer.id == shown.customer.id == customer("US.1349120865530")
    assert (hidden.personal.contact, shown.personal.contact) == ("US.1349120865530", "+" + PHONE)


@pytest.mark.parametrize(
    ("message", "body"),
    [
        ({"type": "button", "button": {"payload": "x", "text": "Complain"}}, "Complain"),
        ({"type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": "1", "title": "Yes"}}}, "Yes"),  # noqa: E501
        ({"type": "interactive", "interactive": {"type": "list_reply", "list_reply": {"id": "1", "title": "Late"}}}, "Late"),  # noqa: E501
        ({"type": "image", "image": {"id": "9", "mime_type": "image/jpeg", "caption": "Broken"}}, "Broken"),
        ({"type": "image", "image": {"id": "9", "mime_type": "image/jpeg"}}, "(image)"),
        ({"type": "audio", "audio": {"id": "9", "mime_type": "audio/ogg"}}, "(audio)"),
        ({"type": "location", "location": {"latitude": 1.5, "longitude": 2.5}}, "(location)"),
        ({"type": "unsupported", "errors": [{"code": 131051}]}, "(unsupported)"),
    ],
)  # fmt: skip
def test_whatsapp_messages_without_text_have_a_body_all_the_same(message, body) -> None:
    given = {"from": PHONE, "id": "wamid.C==", "timestamp": "1749416383", **message}
    event = only(take("whatsapp", whatsapp(given)))
    assert event.personal.body == body
    assert event.personal.attributes.get("media_id") == ("9" if message["type"] in ("image", "audio") else None)


@pytest.mark.parametrize(
    ("body", "reasons"),
    [
        (whatsapp(statuses=[STATUS]), ["delivery_status"]),
        (whatsapp(statuses=[STATUS, STATUS | {"status": "failed", "errors": [{"code": 1}]}]), ["delivery_status"] * 2),
        (whatsapp(errors=[{"code": 130429, "title": "Rate limit hit"}]), ["error_notice"]),
        (whatsapp({"from": PHONE, "id": "r", "type": "reaction", "reaction": {"emoji": "x"}}), ["reaction"]),
        (whatsapp({"from": PHONE, "id": "s", "type": "system", "system": {"body": "changed"}}), ["system_notice"]),
        (whatsapp(field="account_update", event="DISABLED_UPDATE"), ["other_notification"]),
    ],
)
def test_whatsapp_calls_that_are_no_message_are_let_pass_by_name(body, reasons) -> None:
    outcome = take("whatsapp", body)
    assert (outcome.accepted, outcome.refused, outcome.ignored) == ([], [], reasons)


def test_whatsapp_messages_and_statuses_of_one_call_are_told_apart() -> None:
    second = TEXT | {"id": "wamid.D==", "from": "16505550000"}
    outcome = take("whatsapp", whatsapp(TEXT, second, statuses=[STATUS], contacts=[{}, {}]))
    assert (len(outcome.accepted), outcome.ignored, outcome.refused) == (2, ["delivery_status"], [])
    assert len({one.subject for one in outcome.accepted}) == len({one.event.event_id for one in outcome.accepted}) == 2
    assert {one.event.personal.name for one in outcome.accepted} == {None}


def test_twilio() -> None:
    form = {
        "MessageSid": "SM0123456789abcdef0123456789abcdef", "SmsStatus": "received", "NumMedia": "0",
        "AccountSid": "AC1", "From": "+14155550100", "To": "+14155550199",
        "Body": "Tschüß & bye", "ApiVersion": "2010-04-01",
    }  # fmt: skip
    event = only(take("twilio", urlencode(form).encode()))
    assert (event.external_ref, event.personal.body) == (form["MessageSid"], "Tschüß & bye")
    assert (event.customer.id, event.personal.contact) == (customer("+14155550100"), "+14155550100")
    assert event.personal.attributes == {"twilio_number": "+14155550199"}
    assert event.occurred_at == NOW


def test_twilio_media_and_statuses() -> None:
    picture = {"MessageSid": "MM1", "From": "whatsapp:+1", "To": "whatsapp:+2", "Body": "", "NumMedia": "1"}
    media = {"MediaUrl0": "https://api.example/m", "MediaContentType0": "image/jpeg", "ProfileName": "Ann"}
    event = only(take("twilio", urlencode(picture | media).encode()))
    assert (event.personal.body, event.personal.name) == ("(no text)", "Ann")
    assert event.personal.attributes["media_url"] == "https://api.example/m"
    status = {"MessageSid": "SM1", "MessageStatus": "delivered", "From": "+1", "To": "+2"}
    assert take("twilio", urlencode(status).encode()).ignored == ["delivery_status"]


def wechat(kind: str, inner: str) -> bytes:
    return (
        "<xml><ToUserName><![CDATA[gh_7f08]]></ToUserName><FromUserName><![CDATA[oU-openid]]></FromUserName>"
        f"<CreateTime>1348831860</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>{inner}</xml>"
    ).encode()


@pytest.mark.parametrize(
    ("kind", "inner", "body"),
    [
        ("text", "<Content><![CDATA[重复扣款，请退款]]></Content>", "重复扣款，请退款"),
        ("voice", "<MediaId>m</MediaId><Format>amr</Format><Recognition><![CDATA[退款]]></Recognition>", "退款"),
        ("voice", "<MediaId>m</MediaId><Format>amr</Format>", "(voice)"),
        ("image", "<PicUrl><![CDATA[https://mmbiz.example/p]]></PicUrl><MediaId>m</MediaId>", "(image)"),
        ("location", "<Location_X>23.1</Location_X><Label><![CDATA[上海]]></Label>", "上海"),
        ("link", "<Title><![CDATA[网页]]></Title><Url><![CDATA[https://x.example]]></Url>", "网页"),
    ],
)
def test_wechat(kind, inner, body) -> None:
    event = only(take("wechat", wechat(kind, inner + "<MsgId>1234567890123456</MsgId>")))
    assert (event.external_ref, event.personal.body) == ("1234567890123456", body)
    assert event.occurred_at == datetime.fromtimestamp(1348831860, UTC)
    assert (event.customer.id, event.personal.contact) == (customer("oU-openid"), "oU-openid")
    assert event.personal.attributes["wechat_type"] == kind


def test_wechat_events_are_let_pass_and_encrypted_messages_are_not() -> None:
    assert take("wechat", wechat("event", "<Event><![CDATA[subscribe]]></Event>")).ignored == ["event"]
    (refused,) = take("wechat", b"<xml><ToUserName>gh_7f08</ToUserName><Encrypt>AAAA</Encrypt></xml>").refused
    assert (refused.reason, refused.faults[0].where) == ("invalid", "/external_ref")


def test_telegram() -> None:
    message = {
        "message_id": 1365, "date": 1749416383, "chat": {"id": 1111111, "type": "private"},
        "from": {"id": 1111111, "first_name": "Ann", "last_name": "Li", "is_bot": False}, "text": "退款",
    }  # fmt: skip
    event = only(take("telegram", json.dumps({"update_id": 10000, "message": message}).encode()))
    assert (event.external_ref, event.personal.body, event.personal.name) == ("10000", "退款", "Ann Li")
    assert (event.customer.id, event.personal.contact) == (customer("1111111"), "1111111")
    assert event.occurred_at == datetime.fromtimestamp(1749416383, UTC)
    edited = {"update_id": 10001, "edited_message": message}
    assert take("telegram", json.dumps(edited).encode()).ignored == ["edited_message"]
    assert take("telegram", b'{"update_id": 2, "poll": {}}').ignored == ["other_update"]


CREATED = {
    "type": "complaint.created",
    "timestamp": "2026-11-25T11:00:00Z",
    "data": {"id": "A-1", "customer": {"id": "c-1"}, "subject": "Card", "body": "Charged twice.", "severity": "high"},
}
REPLIED = {
    "type": "complaint.replied",
    "timestamp": "2026-11-25T11:30:00Z",
    "data": {"complaint": "A-1", "body": "Now?"},
}


def test_standard_webhooks_complaints_and_replies() -> None:
    received = only(take("standard-webhooks", json.dumps(CREATED).encode(), "msg_1"))
    replied = only(take("standard-webhooks", json.dumps(REPLIED).encode(), "msg_2"))
    assert (received.type, received.severity, received.personal.subject) == ("complaint_received", "high", "Card")
    assert (replied.type, replied.channel, replied.personal.body) == ("customer_replied", "chat", "Now?")
    assert replied.complaint_id == received.complaint_id
    assert replied.occurred_at == datetime(2026, 11, 25, 11, 30, tzinfo=UTC)


def test_standard_webhooks_are_known_by_the_id_of_the_call() -> None:
    first, again, other = (
        only(take("standard-webhooks", json.dumps(CREATED).encode(), call)) for call in ("msg_1", "msg_1", "msg_2")
    )
    assert first == again
    assert first.complaint_id == other.complaint_id
    assert first.event_id != other.event_id
    assert take("standard-webhooks", b'{"type": "order.shipped", "data": {}}', "msg_3").ignored == ["other_type"]


@pytest.mark.parametrize("sender", SHIPPED)
@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'"x"', b"7", b'{"entry": 7}', b'{"message": [], "type": {}}'])
def test_what_is_of_another_shape_is_never_kept(sender, body) -> None:
    described = read_sender(sender)
    text = {"json": body, "form": urlencode({"x": body.decode()}).encode(), "xml": b"<x>" + body + b"</x>"}
    try:
        outcome = take(sender, text[described.body], "msg_1")
    except RequestRefused as refused:
        assert refused.reason == "unmapped"  # noqa: PT017
    else:
        assert outcome.accepted == []
        assert outcome.refused or outcome.ignored
