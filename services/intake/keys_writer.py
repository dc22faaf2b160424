"""From the keys file as it is to the file with a key more, or one revoked: whole, or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import yaml
from filelock import FileLock

from services.config.yaml_files import load
from services.intake.keys_file import KeyEntry, KeysFile

HEADING = """\
# Who may call intake. `redress keys` writes this file anew and keeps no comments. It holds no key: only SHA-256s.
"""
OWNERS_ALONE = 0o600

Entries = tuple[KeyEntry, ...]


class NoSuchKey(Exception):
    """The file has no key of that id."""


def add_key(path: Path, entry: KeyEntry) -> None:
    """Write ``entry`` into the file, which is made if there is none. Raises ConfigError."""
    _change(path, lambda entries: (*entries, entry))


def revoke_key(path: Path, key_id: str, now: datetime) -> KeyEntry:
    """The key, revoked ``now`` if it was not before. Raises ConfigError and NoSuchKey."""

    def revoke(entry: KeyEntry) -> KeyEntry:
        found = entry.id == key_id and entry.revoked_at is None
        return entry.model_copy(update={"revoked_at": now}) if found else entry

    entries = _change(path, lambda entries: tuple(map(revoke, entries)))
    revoked = next((entry for entry in entries if entry.id == key_id), None)
    if revoked is None:
        raise NoSuchKey
    return revoked


def _change(path: Path, edit: Callable[[Entries], Entries]) -> Entries:
    """The file's keys after ``edit``, written if they are others than before; nobody else writes meanwhile."""
    file = path.resolve()  # of a link, what it leads to
    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(file.with_suffix(".lock")):
        before = load(file, KeysFile) if file.exists() else KeysFile(version="1", keys=())
        entries = edit(before.keys)
        if entries != before.keys:
            _replace(file, before.model_copy(update={"keys": entries}))
    return entries


def _replace(file: Path, content: KeysFile) -> None:
    """Write beside, then rename: who reads meanwhile has the one or the other.

    A file keeps its mode and owner, so that intake can still read what an administrator has written.
    """
    forming = file.with_suffix(".forming")
    forming.unlink(missing_ok=True)
    written = yaml.safe_dump(
        content.model_dump(mode="json", exclude_defaults=True), sort_keys=False, allow_unicode=True, width=1_000
    )
    with os.fdopen(os.open(forming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNERS_ALONE), "w", encoding="utf-8") as out:
        out.write(HEADING + written)
        out.flush()
        if file.exists():
            before = file.stat()
            with suppress(PermissionError):
                os.fchown(out.fileno(), before.st_uid, before.st_gid)
            os.fchmod(out.fileno(), stat.S_IMODE(before.st_mode))
        os.fsync(out.fileno())
    forming.replace(file)
