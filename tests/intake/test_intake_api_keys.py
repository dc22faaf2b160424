"""A key is known by its text alone, and allows what it says for as long as it says."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.api_keys import ApiKey, authorize, digest_key, find_key, write_key
from services.intake.domain.rate_limit import Rate
from services.intake.domain.scopes import OF_A_FRONT_END, SCOPES, Scope

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
TEXT = write_key(bytes(6), b"s" * 32)
KEY = ApiKey(
    id="000000000000",
    sha256=digest_key(TEXT),
    owner="shop",
    channels=frozenset({"web"}),
    scopes=frozenset({"complaints", "events"}),
    rate=Rate(10, 10),
)
KEYS = {KEY.id: KEY}


def test_a_text_shows_whose_it_is_and_a_double_click_marks_it_whole():
    assert TEXT == "redress_000000000000_" + "73" * 32
    assert TEXT.isidentifier()


def test_a_key_is_found_by_its_text():
    assert find_key(TEXT, KEYS) is KEY


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT[:-1],
        TEXT + "0",
        TEXT + "\n",
        TEXT.upper(),
        TEXT[:-1] + "4",
        TEXT.replace("000000000000", "000000000001"),
        TEXT.replace("redress", "other"),
        KEY.sha256.hex(),
        "redress_000000000000_" + KEY.sha256.hex(),
        "redress_" + "0" * 100_000,
        "é" * 85,
    ],
)
def test_no_other_text_is_a_key(text):
    assert find_key(text, KEYS) is None


@given(st.binary(min_size=38, max_size=38))
def test_a_key_is_found_among_others_and_not_once_it_is_gone(drawn):
    text = write_key(drawn[:6], drawn[6:])
    key = replace(KEY, id=drawn[:6].hex(), sha256=digest_key(text))
    assert find_key(text, KEYS | {key.id: key}) is key
    assert find_key(text, {}) is None


@pytest.mark.parametrize(
    ("changed", "scopes", "denial"),
    [
        ({}, {"complaints"}, None),
        ({}, {"back-office", "events"}, None),
        ({}, {"back-office"}, "wrong_scope"),
        ({}, set(), "wrong_scope"),
        ({"scopes": frozenset()}, {"complaints"}, "wrong_scope"),
        ({"expires_at": NOW + timedelta(microseconds=1)}, {"complaints"}, None),
        ({"expires_at": NOW}, {"complaints"}, "expired_key"),
        ({"revoked": True}, {"complaints"}, "revoked_key"),
        ({"revoked": True, "expires_at": NOW}, {"back-office"}, "revoked_key"),
        ({"expires_at": NOW}, {"back-office"}, "expired_key"),
        ({"test": True}, {"complaints"}, None),
    ],
)
def test_a_key_allows_what_one_of_its_scopes_allows_until_it_ends(changed, scopes, denial):
    assert authorize(replace(KEY, **changed), scopes, NOW) == denial


def test_every_scope_says_what_it_allows_and_a_front_end_s_reach_no_one_else_s_complaints():
    assert set(SCOPES) == set(get_args(Scope))
    assert set(OF_A_FRONT_END) == set(SCOPES) - {"back-office", "classify", "agent-status"}


def test_the_page_about_keys_lists_every_scope_as_it_is():
    page = (Path(__file__).parents[2] / "docs" / "keys.md").read_text(encoding="utf-8")
    assert [(scope, allows) for scope, allows in re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", page, re.MULTILINE)] == [
        *SCOPES.items()
    ]


def test_a_key_without_channels_may_use_all():
    assert KEY.may_use("web")
    assert not KEY.may_use("email")
    assert replace(KEY, channels=None).may_use("email")
