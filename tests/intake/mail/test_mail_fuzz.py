"""Whatever the bytes are, there is a mail, its texts can be kept, and its sizes are bounded."""

from __future__ import annotations

import re
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.external_names import canonical_name
from services.intake.mail.bodies import LONGEST_TEXT
from services.intake.mail.message import Fault, Kind, KindReason, Mail
from services.intake.mail.message_ids import LONGEST_THREAD
from services.intake.mail.parse import parse_mail
from tests.intake.mail.corpus_mails import OWN_DOMAINS, mails

CORPUS = [raw for mail in mails() if len(raw := mail.read_bytes()) < 20_000]
AWKWARD = [
    b"\n", b"\r", b"\0", b" ", b"\t", b"\n\n", b"--", b"--b1", b"--b1--", b"=", b"=?", b"?=", b"=?gb2312?B?", b"<",
    b">", b'"', b"(", b"\\", b"@", b":", b";", b"\xff", b"\x80\x81", b"\xef\xbb\xbf", b"*0*=", b"charset=utf-16",
    b"Content-Type: multipart/mixed\n", b"Content-Transfer-Encoding: base64\n", b"\x1b$B", b"~{",
    b"\nOn 2026 10:00 a@b wrote:\n", b"\n> ", b"<blockquote>", b"</",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A mail of the corpus with pieces cut out, put in, doubled, or taken from another mail."""
    raw = bytearray(draw(st.sampled_from(CORPUS)))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(raw)))
        end = min(len(raw), start + draw(st.integers(0, 200)))
        other = draw(st.sampled_from(CORPUS))
        position = draw(st.integers(0, len(other)))
        raw[start:end] = draw(
            st.one_of(
                st.just(b""),
                st.just(bytes(raw[start:end]) * 2),
                st.sampled_from(AWKWARD),
                st.binary(max_size=20),
                st.just(other[position : position + draw(st.integers(0, 500))]),
            )
        )
    return bytes(raw)


def assert_can_be_kept(mail: Mail) -> None:
    texts = [mail.text, mail.full_text, mail.subject, mail.sender_name or "", *(each.name for each in mail.attachments)]
    for text in texts:
        assert "\0" not in text
        assert len(text.encode()) <= 4 * LONGEST_TEXT
    for identifier in (mail.message_id, *mail.thread):
        assert canonical_name(identifier) == identifier
    assert len(mail.thread) <= LONGEST_THREAD
    assert len(mail.attachments) <= 500
    for attachment in mail.attachments:
        assert 1 <= len(attachment.name) <= 200
        assert re.fullmatch(r"[^\s/]{1,99}/[^\s/]{1,99}", attachment.media_type)
        assert attachment.size >= 0
    assert mail.kind in get_args(Kind)
    assert mail.reason in get_args(KindReason)
    assert set(mail.faults) <= set(get_args(Fault))
    assert mail.sent_at is None or mail.sent_at.tzinfo is not None
    assert mail.sent_at is not None or {"no_date", "malformed_date", "date_without_zone", "date_out_of_range"} & {
        *mail.faults
    }
    assert mail.sender_address is not None or "no_sender" in mail.faults
    assert bool(mail.text) == bool(mail.full_text)


@settings(max_examples=500, deadline=None)
@given(mutated())
def test_a_mutated_mail_is_read(raw: bytes) -> None:
    assert_can_be_kept(parse_mail(raw, OWN_DOMAINS))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=2_000))
def test_any_bytes_are_read(raw: bytes) -> None:
    assert_can_be_kept(parse_mail(raw, OWN_DOMAINS))


@settings(max_examples=200, deadline=None)
@given(mutated())
def test_the_same_bytes_give_the_same_mail(raw: bytes) -> None:
    assert parse_mail(raw) == parse_mail(raw)
