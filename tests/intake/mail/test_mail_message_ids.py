"""Message ids, and the thread that they make."""

from __future__ import annotations

from services.intake.mail.message_ids import LONGEST_THREAD
from services.intake.mail.parse import parse_mail

HEAD = b"From: Ann <ann@customer.example>\r\nSubject: Parcel\r\nDate: Wed, 25 Nov 2026 10:00:00 +0800\r\n"


def test_a_mail_without_an_id_has_the_same_on_whichever_way_it_comes() -> None:
    mail = parse_mail(HEAD + b"\r\nIt is late.\r\n")
    by_other_servers = b"Received: from a by b\r\nReceived: from c by d\r\n" + HEAD + b"\r\nIt is late.\r\n"
    from_mbox = b"From ann Wed Nov 25 10:00:01 2026\n" + (HEAD + b"\r\nIt is late.\r\n").replace(b"\r\n", b"\n")
    assert parse_mail(by_other_servers).message_id == parse_mail(from_mbox).message_id == mail.message_id
    assert "no_message_id" in mail.faults


def test_another_mail_without_an_id_has_another() -> None:
    late, lost = (parse_mail(HEAD + b"\r\nIt is %s.\r\n" % word).message_id for word in (b"late", b"lost"))
    by_another = parse_mail(HEAD.replace(b"ann@", b"bob@") + b"\r\nIt is late.\r\n").message_id
    assert len({late, lost, by_another}) == 3


def test_an_id_that_is_too_long_for_a_name_is_hashed_alike_wherever_it_stands() -> None:
    written = b"<" + b"x" * 300 + b"@customer.example>"
    first = parse_mail(HEAD + b"Message-ID: " + written + b"\r\n\r\nHello\r\n")
    answer = parse_mail(HEAD + b"References: " + written + b"\r\n\r\nHello\r\n")
    assert first.message_id == answer.thread_id
    assert len(first.message_id) < 100
    assert "no_message_id" not in first.faults


def test_upper_and_lower_case_make_two_ids() -> None:
    one, other = (parse_mail(HEAD + b"Message-ID: <%s@x.example>\r\n\r\n" % local).message_id for local in (b"a", b"A"))
    assert one != other


def test_a_long_thread_keeps_its_first_ids_and_what_is_answered() -> None:
    references = b" ".join(b"<r%d@x.example>" % number for number in range(200))
    mail = parse_mail(HEAD + b"References: " + references + b"\r\nIn-Reply-To: <r199@x.example>\r\n\r\nHello\r\n")
    assert mail.thread_id == mail.thread[0] == "r0@x.example"
    assert mail.thread[-1] == "r199@x.example"
    assert len(mail.thread) == LONGEST_THREAD


def test_a_mail_that_answers_nothing_begins_its_own_thread() -> None:
    mail = parse_mail(HEAD + b"Message-ID: <m1@customer.example>\r\n\r\nHello\r\n")
    assert mail.thread == ()
    assert mail.thread_id == "m1@customer.example"
