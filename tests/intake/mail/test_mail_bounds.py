"""Mails that want to cost time or memory: they are read to a bound, and what was left out is named.

A mail that takes more than linear time runs into the time limit of the tests.
"""

from __future__ import annotations

import encodings
import tracemalloc

import pytest

from services.intake.mail.bodies import LONGEST_TEXT
from services.intake.mail.parse import parse_mail
from tests.intake.mail.test_mail_fuzz import assert_can_be_kept

MIB = 1_048_576
HEAD = (
    b"From: Ann <ann@customer.example>\nSubject: x\nDate: Wed, 25 Nov 2026 10:00:00 +0800\nMessage-ID: <m@x.example>\n"
)
MIXED = b"Content-Type: multipart/mixed; boundary=b\n\n"
BASE64 = b"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n"
TNEF = b"Content-Type: application/ms-tnef\n\n\x78\x9f\x3e\x22\1\0"


def plain(body: bytes) -> bytes:
    return b"Content-Type: text/plain\n\n" + body


def html(body: bytes) -> bytes:
    return b"Content-Type: text/html\n\n" + body


# What comes before, the unit that fills the mail, and a fault that must be named.
COSTLY: dict[str, tuple[bytes, bytes, str | None]] = {
    "line feeds": (plain(b""), b"\n", "no_text"),
    "carriage returns": (plain(b""), b"\r", "no_text"),
    "NUL": (plain(b""), b"\0", "nul_removed"),
    "one header": (b"X-Long: ", b"a", "headers_cut"),
    "many headers": (b"", b"a:b\n", "headers_cut"),
    "folds": (b"X-Long: a\n", b" b\n", "headers_cut"),
    "stray lines": (b"", b"a\nb:c\n", "malformed_header"),
    "encoded words without end": (b"X-Mailer: x\nSubject: ", b"=?a?q?", "headers_cut"),
    "quotes in a sender": (b"Reply-To: ", b'"\\', "headers_cut"),
    "parameters": (b"Content-Type: text/plain", b";a=b", "headers_cut"),
    "parts": (MIXED, b"--b\n\nx\n", "too_many_parts"),
    "parts with headers": (MIXED, b"--b\n" + b"a:b\n" * 2_000 + b"\n", "headers_cut"),
    "lines that are nearly boundaries": (MIXED, b"--bX\n", "missing_boundary"),
    "dashes": (b"Content-Type: multipart/mixed; boundary=-\n\n", b"-", "missing_boundary"),
    "one line": (plain(b""), b"x ", "text_cut"),
    "spaces after On": (plain(b"On"), b" ", None),
    "On and On": (plain(b""), b"On x ", "text_cut"),
    "lines that end like an attribution": (plain(b""), b"wrote:\n", "text_cut"),
    "attributions": (plain(b""), b"On 2026-11-25 10:00 a@b wrote:\n>x\n", "text_cut"),
    "quote marks": (plain(b""), b">", "text_cut"),
    "tags": (html(b""), b"<b>", "text_cut"),
    "closing tags without opening ones": (html(b"<div>" * 10_000), b"</p></b>", "text_cut"),
    "brackets": (html(b""), b"<", "text_cut"),
    "comments": (html(b""), b"<!--", "text_cut"),
    "quotes in HTML": (html(b""), b"<blockquote>x", "text_cut"),
    "tables in tables": (html(b""), b"<table><tr><td>", "text_cut"),
    "base64": (BASE64, b"QUJD" * 19 + b"\n", None),
    "base64 of padding": (BASE64, b"A=\n", "malformed_base64"),
    "blank lines in base64": (BASE64, b"\n\n", None),
    "container of Outlook": (TNEF, b"\2\2\x90\6\0" + b"\0" * 6, "malformed_tnef"),
    "groups of a status": (b"Content-Type: message/delivery-status\n\n", b"a:b\n\n", None),
    "nested multiparts": (b"", b"Content-Type: multipart/mixed; boundary=b\n\n--b\n", None),
}  # fmt: skip


def fill(name: str, size: int) -> bytes:
    before, unit, _ = COSTLY[name]
    return HEAD + before + unit * (size // len(unit))


@pytest.mark.parametrize("name", COSTLY)
def test_a_costly_mail_is_read_to_a_bound(name: str) -> None:
    mail = parse_mail(fill(name, 2 * MIB))
    assert_can_be_kept(mail)
    fault = COSTLY[name][2]
    assert fault is None or fault in mail.faults


@pytest.mark.prove
@pytest.mark.parametrize("name", COSTLY)
def test_a_costly_mail_of_25_mib_is_read_too(name: str) -> None:
    assert_can_be_kept(parse_mail(fill(name, 25 * MIB)))


@pytest.mark.parametrize(
    "name", ["line feeds", "carriage returns", "one line", "quotes in HTML", "base64", "parts", "NUL"]
)
def test_memory_stays_below_four_times_the_mail_and_16_mib(name: str) -> None:
    raw = fill(name, 4 * MIB)
    tracemalloc.start()
    parse_mail(raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * len(raw) + 16 * MIB


def test_a_text_ends_where_an_event_has_no_more_room() -> None:
    mail = parse_mail(HEAD + plain("退".encode() * 200_000))
    assert len(mail.text) == len(mail.full_text) == LONGEST_TEXT
    assert "text_cut" in mail.faults


def test_names_of_charsets_that_strangers_invent_are_not_remembered() -> None:
    for number in range(200):
        parse_mail(HEAD + b"Content-Type: text/plain; charset=x-%d\n\n\xff" % number)
    assert not [name for name in encodings._cache if name.startswith("x_")]  # type: ignore[attr-defined]
