"""From an event to its bytes with what is personal encrypted, and back.

In place of the texts ``personal`` holds ``encrypted``. A text that no event may lack, such as the reason of a
``deadline_extended``, is there and empty, so that every reader goes on to read the event.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from services.personal.encryption import Encrypted, Encryption, Unreadable

PERSONAL = "personal"
ENCRYPTED = "encrypted"


def encrypt_event(event: BaseModel, encryption: Encryption) -> tuple[bytes, Encrypted] | None:
    """The event as JSON in UTF-8, and what it was encrypted to; None where it has nothing personal."""
    personal = getattr(event, PERSONAL, None)
    if personal is None or not any(vars(personal).values()):
        return None
    encrypted = encryption.encrypt(personal.__pydantic_serializer__.to_json(personal))
    rest: bytes = event.__pydantic_serializer__.to_json(event, exclude={PERSONAL})
    inside = {**_required(personal.__class__), ENCRYPTED: encrypted.text}
    return rest[:-1] + f',"{PERSONAL}":{json.dumps(inside, separators=(",", ":"))}}}'.encode(), encrypted


def key_id_of(event: Mapping[str, Any]) -> str | None:
    """The key that an event, read as JSON, is under; None where nothing in it is encrypted. Raises Unreadable."""
    text = event.get(PERSONAL, {}).get(ENCRYPTED)
    return None if text is None else Encryption.key_id_of(text)


def decrypt_event(event: Mapping[str, Any], key: str, encryption: Encryption) -> dict[str, Any]:
    """An event, read as JSON, as it was before it was encrypted. Raises Unreadable."""
    plain = encryption.decrypt(event[PERSONAL][ENCRYPTED], key)
    try:
        personal = json.loads(plain)
    except ValueError:
        raise Unreadable("what was encrypted is no JSON") from None
    return {**event, PERSONAL: personal}


@cache
def _required(kind: type[BaseModel]) -> dict[str, str]:
    return {name: "" for name, field in kind.model_fields.items() if field.is_required()}
