"""Writes personal-keys.yaml: the first key, or another that is used from then on."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import yaml
from filelock import FileLock

from services.config.personal_keys import PersonalKeys
from services.config.yaml_files import load

SECRET_BYTES = 32


def add_key(path: Path) -> PersonalKeys:
    """Add a key and make it the current one; the file is made, with mode 0600, where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        secret = secrets.token_hex(SECRET_BYTES)
        if os.path.lexists(path):
            old = load(path, PersonalKeys)
            current = str(1 + max((int(one) for one in old.keys if one.isdecimal()), default=0))
            keys = PersonalKeys(current=current, keys={**old.keys, current: secret}, pseudonyms=old.pseudonyms)
        else:
            keys = PersonalKeys(current="1", keys={"1": secret}, pseudonyms=secrets.token_hex(SECRET_BYTES))
        forming = path.with_suffix(".forming")
        forming.unlink(missing_ok=True)
        with os.fdopen(os.open(forming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
            yaml.safe_dump(keys.model_dump(), written, sort_keys=False)
        forming.replace(path)
    return keys
