"""An e-mail becomes a complaint or a reply: by HTTP, as a mail server's pipe or a fetcher sends it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from schemas.topics import COMPLAINT_EVENTS
from services.intake import bodies
from services.intake.domain.identity import derive_complaint_id

pytestmark = pytest.mark.asyncio

PATH = "/v1/channels/email/email"
MAIL = {"content-type": "message/rfc822"}
SENT = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


def mail(*headers: str, body: str = "It was charged twice.", sent: datetime = SENT, number: int = 1) -> bytes:
    own = [
        "From: Ann Example <ann@shop.example>",
        "To: complaints@bank.example",
        f"Date: {format_datetime(sent)}",
        f"Message-ID: <m{number}@shop.example>",
        "Subject: =?utf-8?b?6YCA5qy+?= card",
        "Content-Type: text/plain; charset=utf-8",
    ]
    return "\r\n".join([*own, *headers, "", body]).encode()


async def kept(client, kafka, raw: bytes):
    answer = await client.post(PATH, content=raw, headers=MAIL)
    assert answer.status_code == 202, answer.text
    return COMPLAINT_EVENTS.codec.decode(kafka.records[-1].value)


async def test_a_mail_is_a_complaint_whose_reference_is_its_message_id(client, kafka):
    event = await kept(client, kafka, mail())
    assert event.type == "complaint_received"
    assert event.external_ref == "m1@shop.example"
    assert event.complaint_id == derive_complaint_id("local", "email", "m1@shop.example")
    assert (event.personal.subject, event.personal.body) == ("退款 card", "It was charged twice.")
    assert (event.personal.name, event.personal.contact) == ("Ann Example", "ann@shop.example")
    assert (event.occurred_at, event.tags) == (SENT, ())
    assert "ann" not in event.customer.id.lower()


async def test_the_same_mail_again_is_the_same_event(client, kafka):
    first, second = await kept(client, kafka, mail()), await kept(client, kafka, mail())
    assert (first.event_id, first.complaint_id) == (second.event_id, second.complaint_id)


async def test_mails_of_one_address_are_of_one_customer(client, kafka):
    first, second = await kept(client, kafka, mail()), await kept(client, kafka, mail(number=2))
    assert first.complaint_id != second.complaint_id
    assert first.customer.id == second.customer.id


@pytest.mark.parametrize(
    "headers",
    [
        ["In-Reply-To: <m1@shop.example>"],
        ["References: <m1@shop.example> <a1@bank.example>", "In-Reply-To: <a1@bank.example>"],
    ],
    ids=["In-Reply-To", "References"],
)
async def test_a_reply_belongs_to_the_complaint_that_began_its_thread(client, kafka, headers):
    complaint = await kept(client, kafka, mail())
    quoted = "And again.\r\n\r\nOn Tue, 1 Dec 2026 at 10:00, Bank wrote:\r\n> We look into it."
    reply = await kept(client, kafka, mail(*headers, number=3, body=quoted))
    assert (reply.type, reply.complaint_id) == ("customer_replied", complaint.complaint_id)
    assert (reply.personal.body, reply.automatic, reply.channel) == ("And again.", False, "email")


async def test_an_out_of_office_reply_is_told_as_automatic(client, kafka):
    headers = ["In-Reply-To: <m1@shop.example>", "Auto-Submitted: auto-replied"]
    assert (await kept(client, kafka, mail(*headers, number=4))).automatic


async def test_what_a_machine_writes_outside_a_thread_is_kept_and_tagged(client, kafka):
    event = await kept(client, kafka, mail("List-Id: <news.shop.example>", number=5))
    assert (event.type, event.tags) == ("complaint_received", ("list", "list_id"))


async def test_a_mail_of_ours_that_comes_back_is_refused(client, kafka):
    answer = await client.post(PATH, content=mail("Redress-Complaint: 1"), headers=MAIL)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:redress:problem:mail-loop")
    assert not kafka.records


@pytest.mark.parametrize(("days", "believed"), [(-4, True), (-6, False), (1, False)])
async def test_a_mail_s_date_counts_if_it_can_be_so(client, kafka, days, believed):
    sent = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    event = await kept(client, kafka, mail(sent=sent))
    assert (event.occurred_at == sent) == believed
    assert believed or event.occurred_at == event.recorded_at


async def test_bytes_that_are_hardly_a_mail_are_kept_too(client, kafka):
    event = await kept(client, kafka, b"\xff\xfe no header, no end")
    assert event.type == "complaint_received"
    assert event.customer.id == "unknown"


async def test_what_is_no_mail_or_too_large_or_of_another_channel_is_refused(client, kafka, monkeypatch):
    monkeypatch.setattr("services.intake.app.MOST_MAIL_BYTES", 1_000)
    answers = [
        await client.post(PATH, content=mail(), headers={"content-type": "application/json"}),
        await client.post(PATH, content=mail(body="x" * 1_000), headers=MAIL),
        await client.post("/v1/channels/fax/email", content=mail(), headers=MAIL),
    ]
    assert [answer.status_code for answer in answers] == [415, 413, 422]
    assert not kafka.records


async def test_a_mail_may_be_larger_than_other_bodies(client, kafka):
    attachment = "\r\n".join(["A" * 76] * (2 * bodies.MOST_BYTES // 78))
    photo = 'Content-Type: image/jpeg\r\nContent-Disposition: attachment; filename="card.jpg"'
    parts = [
        "--b\r\nContent-Type: text/plain\r\n\r\nSee the photo.",
        f"--b\r\n{photo}\r\nContent-Transfer-Encoding: base64\r\n\r\n{attachment}",
        "--b--",
    ]
    raw = mail(body="\r\n".join(parts)).replace(b"text/plain; charset=utf-8", b'multipart/mixed; boundary="b"', 1)
    event = await kept(client, kafka, raw)
    (one,) = event.attachments
    assert (event.personal.body, one.name, one.media_type) == ("See the photo.", "card.jpg", "image/jpeg")
    assert one.size > bodies.MOST_BYTES
