"""Which sign decides what kind of mail it is, where there are several."""

from __future__ import annotations

import pytest

from services.intake.mail.parse import parse_mail

HEAD = (
    b"From: Ann <ann@customer.example>\r\nDate: Wed, 25 Nov 2026 10:00:00 +0800\r\nMessage-ID: <m@customer.example>\r\n"
)
OWN = b"Redress-Mail: 1\r\n"
REPLIED = b"Auto-Submitted: auto-replied\r\n"
NULL = b"Return-Path: <>\r\n"
LIST = b"List-Id: <news.example>\r\n"
SUPPRESS = b"X-Auto-Response-Suppress: All\r\n"
BULK = b"Precedence: bulk\r\n"
AWAY = b"Subject: Automatic reply: Parcel\r\n"
REPORT = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n"
FAILED = b"--b\r\n\r\nSorry\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n--b--\r\n"


@pytest.mark.parametrize(
    ("headers", "kind", "reason"),
    [
        (OWN + REPLIED + REPORT, "loop", "own_header"),
        (REPORT + REPLIED + NULL, "bounce", "delivery_failed"),
        (REPLIED + NULL + LIST, "automatic_reply", "auto_replied"),
        (AWAY + NULL, "automatic_reply", "automatic_subject"),
        (NULL + LIST, "bounce", "null_sender"),
        (LIST + SUPPRESS + BULK, "list", "list_id"),
        (BULK + SUPPRESS, "list", "precedence_bulk"),
        (SUPPRESS, "automatic_reply", "auto_response_suppress"),
        (b"", "message", "no_sign_of_automation"),
    ],
)
def test_what_is_said_outright_goes_before_what_is_only_usual(headers: bytes, kind: str, reason: str) -> None:
    mail = parse_mail(HEAD + headers + b"\r\n" + FAILED)
    assert (mail.kind, mail.reason) == (kind, reason)


@pytest.mark.parametrize(
    ("kind", "automatic"), [(REPLIED, True), (REPORT, True), (NULL, True), (LIST, False), (OWN, False), (b"", False)]
)
def test_only_what_answers_one_person_is_automatic(kind: bytes, *, automatic: bool) -> None:
    assert parse_mail(HEAD + kind + b"\r\n" + FAILED).automatic is automatic


def test_without_domains_of_our_own_no_message_id_is_ours() -> None:
    raw = HEAD + b"\r\nHello\r\n"
    assert parse_mail(raw).kind == "message"
    assert parse_mail(raw, ["CUSTOMER.example"]).reason == "own_message_id"
    assert parse_mail(raw, ["example"]).kind == "message"


def test_a_footer_that_a_gateway_adds_does_not_hide_a_bounce() -> None:
    report = REPORT + b"\r\n" + FAILED
    raw = (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n"
        + report
        + b"--o\r\n\r\nScanned.\r\n--o--\r\n"
    )
    assert parse_mail(raw).reason == "delivery_failed"
