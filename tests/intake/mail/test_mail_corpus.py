"""Awkward e-mails, each with what is right for it.

``tune`` was looked at while the parser was written; ``held_out`` was not.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.intake.mail.parse import parse_mail
from tests.intake.mail.corpus_mails import OWN_DOMAINS, as_written_in_corpus, mails, read_expected


@pytest.mark.parametrize("mail", mails(), ids=lambda mail: f"{mail.parent.name}/{mail.stem}")
def test_each_mail_is_read_as_is_right_for_it(mail: Path) -> None:
    assert as_written_in_corpus(parse_mail(mail.read_bytes(), OWN_DOMAINS)) == read_expected(mail)


def test_the_corpus_is_as_large_as_it_claims_and_names_what_it_follows() -> None:
    described = [json.loads(mail.with_suffix(".json").read_text(encoding="utf-8")) for mail in mails()]
    assert len(described) >= 150
    assert sum("after" in each for each in described) >= 40
    assert all(each["why"] for each in described)


@pytest.mark.parametrize("mail", mails(), ids=lambda mail: f"{mail.parent.name}/{mail.stem}")
def test_the_ends_of_lines_change_nothing(mail: Path) -> None:
    raw = mail.read_bytes().replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    assert parse_mail(raw, OWN_DOMAINS) == parse_mail(mail.read_bytes(), OWN_DOMAINS)
