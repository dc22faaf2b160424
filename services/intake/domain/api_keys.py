"""From the text of an API key to the key that it is, and to what that key allows.

A text is ``redress_``, the key's id (12 hexadecimal digits) and its secret (64 of them), joined by an underscore. So
scanners of source code find one by its beginning, and a double click marks all of it. It has no checksum: keys are
pasted, never typed, and the fixed length tells one that was cut off.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.intake.domain.rate_limit import Rate
from services.intake.domain.scopes import Scope

ID_BYTES = 6
SECRET_BYTES = 32

ID_PATTERN = "[0-9a-f]{12}"
_find_id = re.compile(f"redress_({ID_PATTERN})_[0-9a-f]{{64}}").fullmatch
_NO_DIGEST = bytes(hashlib.sha256().digest_size)

Denial = Literal["revoked_key", "expired_key", "wrong_scope"]
"""Why a key that is known does not allow something."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept: never its text, only the SHA-256 of that. ``channels`` is None where it may use all."""

    id: str
    sha256: bytes
    owner: str
    channels: frozenset[str] | None
    scopes: frozenset[Scope]
    rate: Rate
    expires_at: datetime | None = None
    revoked: bool = False
    test: bool = False

    def may_use(self, channel: str) -> bool:
        """Whether it may speak for ``channel``."""
        return self.channels is None or channel in self.channels


def write_key(key_id: bytes, secret: bytes) -> str:
    """The text of a key of ID_BYTES and SECRET_BYTES that the caller drew at random."""
    return f"redress_{key_id.hex()}_{secret.hex()}"


def digest_key(text: str) -> bytes:
    """What is kept of a key's text. 256 random bits need no slow hash: nobody finds them by trying."""
    return hashlib.sha256(text.encode()).digest()


def find_key(text: str, keys: Mapping[str, ApiKey]) -> ApiKey | None:
    """The key whose text this is. An id that nobody has costs the same as one that somebody has."""
    match = _find_id(text)
    if match is None:
        return None
    found = keys.get(match[1])
    same = hmac.compare_digest(digest_key(text), _NO_DIGEST if found is None else found.sha256)
    return found if same else None


def authorize(key: ApiKey, scopes: tuple[Scope, ...], now: datetime) -> Denial | None:
    """Why ``key`` does not allow what any of ``scopes`` allows, or None where it does."""
    if key.revoked:
        return "revoked_key"
    if key.expires_at is not None and now >= key.expires_at:
        return "expired_key"
    return "wrong_scope" if key.scopes.isdisjoint(scopes) else None
