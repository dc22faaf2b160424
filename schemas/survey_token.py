"""Survey tokens: claims and keys go in, opaque URL-safe text comes out; claims again from such text alone.

A token is base64url without padding of: its format (1 byte, FORMAT), the instants of issue and of expiry (microseconds
since 1970, 8 bytes each, big-endian), complaint_id (16 bytes), cycle (16 bytes), metric (1 byte), key id (1 to 32 ASCII
characters), and the first 16 bytes of the HMAC-SHA256 of all that precedes them (RFC 2104; its section 5 allows
truncation to 128 bits).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Self, get_args
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from schemas.instants import Instant
from schemas.primitives import Frozen, Identifier, Name, SurveyMetric

InvalidReason = Literal["malformed", "unknown_key", "bad_signature", "expired"]
KeyId = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,31}$")]
Secret = Annotated[str, StringConstraints(pattern=r"^([0-9a-fA-F]{2}){32,128}$")]
"""At least 256 random bits in hexadecimal: a shorter key is weaker than the hash (RFC 2104, section 3)."""

METRICS: tuple[SurveyMetric, ...] = get_args(SurveyMetric)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

FORMAT = 1
"""A token of another format is malformed: only what this version lays out is read."""

_CLAIMS = struct.Struct(">Bqq16s16sB")
_SIGNATURE_BYTES = 16
_PURPOSE = b"redress-survey-token\x00"
"""Signed with every token, so that a secret used for something else as well signs no token by accident."""
MAX_TOKEN_LENGTH = -(-4 * (_CLAIMS.size + 32 + _SIGNATURE_BYTES) // 3)
_MIN_BYTES = _CLAIMS.size + 1 + _SIGNATURE_BYTES
TOKEN_PATTERN = rf"^[A-Za-z0-9_-]{{{-(-4 * _MIN_BYTES // 3)},{MAX_TOKEN_LENGTH}}}$"


class InvalidSurveyToken(Exception):
    """The text is no token of ours, or no longer one. The message never quotes it."""

    def __init__(self, reason: InvalidReason) -> None:
        super().__init__(f"invalid survey token: {reason}")
        self.reason: InvalidReason = reason


class SurveyClaims(Frozen):
    """What a token vouches for: who may answer which survey, from ``issued_at`` on and before ``expires_at``."""

    complaint_id: Identifier
    cycle: Identifier
    metric: SurveyMetric
    issued_at: Instant
    expires_at: Instant


class SurveyKeys(Frozen):
    """survey-keys.yaml: secrets by key id. ``current`` signs; all verify, so that a key can be changed."""

    model_config = ConfigDict(extra="forbid")

    version: Name
    current: KeyId
    keys: Annotated[dict[KeyId, Secret], Field(repr=False, min_length=1)]

    @model_validator(mode="after")
    def _current_has_a_secret(self) -> Self:
        if self.current not in self.keys:
            raise ValueError(f"current names the key {self.current!r}, which is not among keys: add it there")
        return self

    @classmethod
    def first(cls, secret: bytes) -> Self:
        """A new deployment's keys: one key from 32 to 128 bytes that the caller drew at random."""
        return cls(version="1", current="1", keys={"1": secret.hex()})


def sign(claims: SurveyClaims, keys: SurveyKeys) -> str:
    """The token of ``claims`` under the current key: up to MAX_TOKEN_LENGTH characters of ``A-Za-z0-9_-``."""
    payload = (
        _CLAIMS.pack(
            FORMAT,
            (claims.issued_at - EPOCH) // MICROSECOND,
            (claims.expires_at - EPOCH) // MICROSECOND,
            UUID(claims.complaint_id).bytes,
            UUID(claims.cycle).bytes,
            METRICS.index(claims.metric),
        )
        + keys.current.encode()
    )
    return _text(payload + _signature(payload, keys.keys[keys.current]))


def verify(token: str, keys: SurveyKeys, at: datetime) -> SurveyClaims:
    """The claims of ``token``, which must be before its expiry ``at`` an aware instant.

    Raises InvalidSurveyToken, and nothing else whatever ``token`` holds.
    """
    signed = _bytes(token)
    payload, signature = signed[:-_SIGNATURE_BYTES], signed[-_SIGNATURE_BYTES:]
    secret = keys.keys.get(payload[_CLAIMS.size :].decode("latin-1"))
    if secret is None:
        raise InvalidSurveyToken("unknown_key")
    if not hmac.compare_digest(signature, _signature(payload, secret)):
        raise InvalidSurveyToken("bad_signature")
    token_format, issued, expires, complaint_id, cycle, metric = _CLAIMS.unpack_from(payload)
    if token_format != FORMAT or metric >= len(METRICS):
        raise InvalidSurveyToken("malformed")
    claims = SurveyClaims(
        complaint_id=str(UUID(bytes=complaint_id)),
        cycle=str(UUID(bytes=cycle)),
        metric=METRICS[metric],
        issued_at=EPOCH + issued * MICROSECOND,
        expires_at=EPOCH + expires * MICROSECOND,
    )
    if at >= claims.expires_at:
        raise InvalidSurveyToken("expired")
    return claims


def _signature(payload: bytes, secret: str) -> bytes:
    return hmac.digest(bytes.fromhex(secret), _PURPOSE + payload, "sha256")[:_SIGNATURE_BYTES]


def _text(signed: bytes) -> str:
    return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()


def _bytes(token: str) -> bytes:
    """The signed bytes. Of the texts that base64 reads as the same bytes, only the one we wrote is taken."""
    if len(token) > MAX_TOKEN_LENGTH:
        raise InvalidSurveyToken("malformed")
    try:
        signed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        raise InvalidSurveyToken("malformed") from None
    if len(signed) < _MIN_BYTES or _text(signed) != token:
        raise InvalidSurveyToken("malformed")
    return signed
