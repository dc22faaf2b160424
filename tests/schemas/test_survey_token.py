"""A survey token brings back exactly what was signed, and nothing else passes for one."""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.survey_token import (
    MAX_TOKEN_LENGTH,
    InvalidSurveyToken,
    SurveyClaims,
    SurveyKeys,
    sign,
    verify,
)

KEYS = SurveyKeys.first(bytes(range(32)))
LONGEST_KEY_ID = "k" * 32
CLAIMS = SurveyClaims(
    complaint_id="0b6f1c1e-8f0e-4f6e-9a55-3f8d9f1c2b3a",
    cycle="6ba7b810-9dad-51d1-80b4-00c04fd430c8",
    metric="csat",
    issued_at=datetime(2026, 11, 22, 12, 10, 0, 7, UTC),
    expires_at=datetime(2026, 11, 29, 12, 0, 0, 123456, UTC),
)
BEFORE = CLAIMS.expires_at - timedelta(microseconds=1)

identifiers = st.binary(min_size=16, max_size=16).map(lambda raw: str(UUID(bytes=raw)))
instants = st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29)).map(
    lambda naive: naive.replace(tzinfo=UTC)
)
claims = st.builds(
    SurveyClaims,
    complaint_id=identifiers,
    cycle=identifiers,
    metric=st.sampled_from(["csat", "nps", "ces"]),
    issued_at=instants,
    expires_at=instants,
)
keys = st.builds(
    lambda name, secret: SurveyKeys(version="1", current=name, keys={name: secret.hex()}),
    st.from_regex(r"\A[a-zA-Z0-9][a-zA-Z0-9._-]{0,31}\Z"),
    st.binary(min_size=32, max_size=128),
)


def refusal(token: str, keys: SurveyKeys = KEYS, at: datetime = BEFORE) -> str:
    with pytest.raises(InvalidSurveyToken) as refused:
        verify(token, keys, at)
    return refused.value.reason


@given(claims, keys)
def test_what_was_signed_comes_back(claims: SurveyClaims, keys: SurveyKeys) -> None:
    at = claims.expires_at - timedelta(microseconds=1)
    assert verify(sign(claims, keys), keys, at) == claims


@given(claims, keys)
def test_a_token_fits_a_url_and_a_name(claims: SurveyClaims, keys: SurveyKeys) -> None:
    token = sign(claims, keys)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert len(token) <= MAX_TOKEN_LENGTH <= 200


def test_the_longest_key_id_fits() -> None:
    longest = SurveyKeys(version="1", current=LONGEST_KEY_ID, keys={LONGEST_KEY_ID: "ab" * 32})
    token = sign(CLAIMS, longest)
    assert len(token) == MAX_TOKEN_LENGTH
    assert verify(token, longest, BEFORE) == CLAIMS


def test_the_same_claims_give_the_same_token() -> None:
    assert sign(CLAIMS, KEYS) == sign(CLAIMS, KEYS)


@given(st.data())
def test_no_byte_can_be_changed(data: st.DataObject) -> None:
    token = sign(CLAIMS, KEYS)
    signed = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    place = data.draw(st.integers(0, len(signed) - 1))
    signed[place] ^= data.draw(st.integers(1, 255))
    tampered = base64.urlsafe_b64encode(signed).rstrip(b"=").decode()
    assert refusal(tampered) in {"bad_signature", "unknown_key"}


def test_every_single_bit_counts() -> None:
    token = sign(CLAIMS, KEYS)
    signed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for bit in range(8 * len(signed)):
        tampered = bytearray(signed)
        tampered[bit // 8] ^= 1 << bit % 8
        refusal(base64.urlsafe_b64encode(tampered).rstrip(b"=").decode())


@pytest.mark.parametrize("character", ["A", "-", "_", "+", "/", "=", "é", "\x00", "\n", " ", "０"])
def test_no_character_can_be_changed_added_or_taken_away(character: str) -> None:
    token = sign(CLAIMS, KEYS)
    for place in range(len(token) + 1):
        refusal(token[:place] + character + token[place:])
        if token[place : place + 1] not in {character, ""}:
            refusal(token[:place] + character + token[place + 1 :])
        if place < len(token):
            refusal(token[:place] + token[place + 1 :])


@given(st.text(max_size=400))
def test_any_other_text_is_refused_by_name(text: str) -> None:
    assert refusal(text) in {"malformed", "unknown_key", "bad_signature"}


@given(st.binary(max_size=200))
def test_any_other_bytes_are_refused_by_name(raw: bytes) -> None:
    assert refusal(base64.urlsafe_b64encode(raw).rstrip(b"=").decode()) in {
        "malformed",
        "unknown_key",
        "bad_signature",
    }


@pytest.mark.parametrize("token", ["", "A", "AA", "A" * 76, "A" * (MAX_TOKEN_LENGTH + 1), "A" * 10_000_000])
def test_a_text_of_the_wrong_size_is_malformed(token: str) -> None:
    assert refusal(token) == "malformed"


@pytest.mark.parametrize(
    ("after", "valid"),
    [(timedelta(microseconds=-1), True), (timedelta(0), False), (timedelta(days=400), False)],
)
def test_a_token_is_good_until_its_expiry_and_not_at_it(after: timedelta, valid: bool) -> None:
    token, at = sign(CLAIMS, KEYS), CLAIMS.expires_at + after
    if valid:
        assert verify(token, KEYS, at) == CLAIMS
    else:
        assert refusal(token, at=at) == "expired"


@pytest.mark.parametrize(("place", "value"), [(0, 0), (0, 2), (49, 3)], ids=["no format", "format", "metric"])
def test_a_format_or_metric_of_another_version_is_malformed(place: int, value: int) -> None:
    token = sign(CLAIMS, KEYS)
    payload = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[:-16])
    payload[place] = value
    signature = hmac.digest(bytes.fromhex(KEYS.keys["1"]), b"redress-survey-token\x00" + payload, "sha256")[:16]
    assert refusal(base64.urlsafe_b64encode(payload + signature).rstrip(b"=").decode()) == "malformed"


def test_an_expired_forgery_is_a_forgery() -> None:
    forged = sign(CLAIMS, SurveyKeys.first(bytes(32)))
    assert refusal(forged, at=CLAIMS.expires_at) == "bad_signature"


def test_an_old_key_verifies_and_no_longer_signs_until_it_is_removed() -> None:
    changed = SurveyKeys(version="2", current="2", keys={**KEYS.keys, "2": "cd" * 32})
    old, new = sign(CLAIMS, KEYS), sign(CLAIMS, changed)
    assert verify(old, changed, BEFORE) == verify(new, changed, BEFORE) == CLAIMS
    assert refusal(new, KEYS) == "unknown_key"
    removed = SurveyKeys(version="3", current="2", keys={"2": "cd" * 32})
    assert refusal(old, removed) == "unknown_key"


@pytest.mark.parametrize(
    "file",
    [
        {"version": "1", "current": "2", "keys": {"1": "ab" * 32}},
        {"version": "1", "current": "1", "keys": {}},
        {"version": "1", "current": "1", "keys": {"1": "ab" * 31}},
        {"version": "1", "current": "1", "keys": {"1": "xy" * 32}},
        {"version": "1", "current": "1", "keys": {"1": "ab" * 32 + "c"}},
        {"version": "1", "current": "a b", "keys": {"a b": "ab" * 32}},
        {"version": "1", "current": "k" * 33, "keys": {"k" * 33: "ab" * 32}},
        {"version": "1", "current": "1", "keys": {"1": "ab" * 32}, "secret": "x"},
    ],
)
def test_keys_that_could_not_sign_safely_are_refused(file: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SurveyKeys.model_validate(file)


def test_a_first_key_needs_256_bits() -> None:
    with pytest.raises(ValidationError):
        SurveyKeys.first(bytes(31))


def test_secrets_show_neither_in_a_repr_nor_in_an_error() -> None:
    secret = bytes(range(32)).hex()
    assert secret not in repr(KEYS)
    assert secret not in str(KEYS)
    with pytest.raises(ValidationError) as refused:
        SurveyKeys.model_validate({"version": "1", "current": "1", "keys": {"1": secret[:-2]}})
    assert secret[:8] not in str(refused.value)
