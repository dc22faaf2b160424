"""Whether a member of a library is what it was when code that relies on it was written."""

from __future__ import annotations

import inspect
from hashlib import sha256
from typing import Any


def source_digest(member: Any) -> str:
    """The first 16 hex digits of the SHA-256 of its source; of a property or decorated function, what is within."""
    wrapped = ("fget", "fun", "__func__")  # property, mode's service task, class or static method
    source = inspect.getsource(next((getattr(member, name) for name in wrapped if hasattr(member, name)), member))
    return sha256(source.encode()).hexdigest()[:16]
