"""What protects intake's callers and their data, switched on: a choice in; variables and headers of a post out."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from redress.personal.keys_writer import add_key as add_personal_key
from schemas.free_text import PersonalDataKind
from services.config.folder import SHIPPED
from services.intake.domain.api_keys import ID_BYTES, SECRET_BYTES, digest_key, write_key
from services.intake.keys_file import KeyEntry, RateEntry
from services.intake.keys_writer import add_key

Protection = Literal["keys", "masking", "encryption"]


def protect(protections: Collection[Protection], home: Path) -> tuple[list[str], dict[str, str]]:
    """Variables, as ``NAME=value``, and headers. Files are made under ``home``."""
    variables: list[str] = []
    headers: dict[str, str] = {}
    if "keys" in protections:
        file = home / "api-keys.yaml"
        file.unlink(missing_ok=True)
        headers["authorization"] = f"Bearer {_issue(file)}"
        variables.append(f"REDRESS_KEYS={file}")
    if "masking" in protections:
        config = home / "config-with-masking"
        config.mkdir(exist_ok=True)
        channels = (SHIPPED / "channels.yaml").read_text(encoding="utf-8")
        kinds = f"mask: [{', '.join(get_args(PersonalDataKind))}]\n"
        (config / "channels.yaml").write_text(channels.replace("channels:\n", f"{kinds}channels:\n", 1), "utf-8")
        variables.append(f"REDRESS_CONFIG={config}")
    if "encryption" in protections:
        file = home / "keys-of-the-bench.yaml"  # Intake finds personal-keys.yaml in its home by itself.
        if not file.exists():
            add_personal_key(file)
        variables.append(f"REDRESS_PERSONAL_KEYS={file}")
    return variables, headers


def _issue(file: Path) -> str:
    key_id, secret = secrets.token_bytes(ID_BYTES), secrets.token_bytes(SECRET_BYTES)
    text = write_key(key_id, secret)
    add_key(
        file,
        KeyEntry(
            id=key_id.hex(),
            sha256=digest_key(text).hex(),
            owner="bench",
            scopes=("complaints", "bulk"),
            rate=RateEntry(per_second=100_000, burst=10_000_000),
            created_at=datetime.now(UTC).replace(microsecond=0),
        ),
    )
    return text
